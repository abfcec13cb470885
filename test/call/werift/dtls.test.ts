// Two ends of a handshake with everything in between that a network or an enemy may do; raw werift beside it where it falls.
import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test, vi } from 'vitest'
import { DtlsClient, DtlsServer, RTCCertificate } from 'werift'
import { type Certificate, DtlsAssociation, ourCertificate, type SrtpKeys } from '../../../src/call/werift/dtls.ts'
import { Odd } from '../../../src/call/werift/odd.ts'
import { CLOSE_NOTIFY, FATAL, handshake, record } from '../datagram.ts'

type End = ReturnType<typeof end>
function end(
  role: 'client' | 'server',
  certificate: Certificate,
  promised: string,
  wire: (datagram: Buffer) => void,
  ahead: readonly string[] = [],
) {
  const odd = new Odd()
  const data: string[] = []
  const ends: string[] = []
  const state: { keys: SrtpKeys | null } = { keys: null }
  const association = new DtlsAssociation({
    role,
    certificate,
    fingerprint: promised,
    odd,
    send: wire,
    onOpen: (keys) => {
      state.keys = keys
    },
    onData: (bytes) => void data.push(bytes.toString()),
    onSaid: () => {
      for (const word of ahead) association.send(Buffer.from(word))
    },
    onEnd: (sentence) => void ends.push(sentence),
  })
  return { association, odd, data, ends, state }
}

type Net = {
  /** What becomes of one datagram on its way; the same by default. */
  readonly change?: (datagram: Buffer, to: 'client' | 'server') => readonly Buffer[]
  readonly clientShows?: Certificate
  readonly serverShows?: Certificate
  readonly clientBelieves?: string
  /** What the client says right behind its part of the handshake. */
  readonly ahead?: readonly string[]
}
async function connect({ change = (datagram) => [datagram], clientShows, serverShows, clientBelieves, ahead = [] }: Net = {}) {
  const honest = await ourCertificate()
  const sent: Record<'client' | 'server', Buffer[]> = { client: [], server: [] }
  const ends: { client?: End; server?: End } = {}
  const wire = (to: 'client' | 'server') => (datagram: Buffer) => {
    sent[to].push(Buffer.from(datagram))
    for (const changed of change(Buffer.from(datagram), to)) queueMicrotask(() => ends[to]?.association.receive(changed))
  }
  const client = end('client', clientShows ?? honest, clientBelieves ?? honest.fingerprint, wire('server'), ahead)
  const server = end('server', serverShows ?? honest, honest.fingerprint, wire('client'))
  Object.assign(ends, { client, server })
  for (const { association } of [client, server]) association.agreed()
  client.association.start()
  return { client, server, sent }
}
/** Our certificate, which is no secret, and a key of his own. */
async function stolenCertificate(): Promise<Certificate> {
  const honest = await ourCertificate()
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { fingerprint: honest.fingerprint, of: new RTCCertificate(pem, honest.of.certPem, honest.of.signatureHash) }
}
const close = (...ends: readonly End[]) => {
  for (const { association } of ends) association.close()
}

test('both ends open, with the same keys crosswise, and wait for no timer on the way: werift would sleep 100 ms', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval'] })
  try {
    const { client, server } = await connect()
    while (!client.state.keys || !server.state.keys) await new Promise((done) => setImmediate(done))
    expect(client.state.keys.local).toEqual(server.state.keys.remote)
    expect(client.state.keys.remote).toEqual(server.state.keys.local)
    client.association.send(Buffer.from('hello'))
    while (server.data.length === 0) await new Promise((done) => setImmediate(done))
    expect(server.data).toEqual(['hello'])
    close(client, server)
  } finally {
    vi.useRealTimers()
  }
})

test('a client may say a little right behind its part of the handshake; it is heard when the handshake is over, and once', async () => {
  const ahead = ['one', 'two', 'three', 'four', 'too many']
  const { client, server, sent } = await connect({ ahead, change: (datagram) => [datagram, datagram] })
  await vi.waitFor(() => expect(server.data).toEqual(['one', 'two', 'three', 'four']))
  client.association.send(Buffer.from('after'))
  await vi.waitFor(() => expect(server.data.at(-1)).toBe('after'))
  // A Finished that comes again is the same to the byte; no two records that differ have one number.
  const records = sent.server.filter((datagram) => datagram.readUInt16BE(3) === 1)
  const different = new Set(records.map((datagram) => datagram.toString('hex')))
  expect(new Set(records.map((datagram) => datagram.readUIntBE(5, 6))).size).toBe(different.size)
  close(client, server)
})

test('what was said ahead is heard by nobody who is not whom the description promised', async () => {
  const { client, server } = await connect({ ahead: ['ahead'], clientShows: await stolenCertificate() })
  await vi.waitFor(() => expect(server.ends.length).toBe(1))
  expect(server.data).toEqual([])
  close(client, server)
})

test('a goodbye is sealed, believed at once, and said only once it stands', async () => {
  const { client, server, sent } = await connect()
  server.association.goodbye()
  await vi.waitFor(() => expect([client.state.keys, server.state.keys]).not.toContain(null))
  const before = sent.client.length
  server.association.goodbye()
  await vi.waitFor(() => expect(client.ends).toEqual(['the peer closed the connection']))
  expect(sent.client.slice(before).map((datagram) => [datagram.readUInt8(0), datagram.readUInt16BE(3)])).toEqual([[21, 1]])
  expect([client.odd.seen(), server.ends]).toEqual([{}, []])
  close(client, server)
})

describe('who shows a certificate must hold its key', () => {
  const stolen = stolenCertificate

  test('a client', async () => {
    const { client, server } = await connect({ clientShows: await stolen() })
    await vi.waitFor(() => expect(server.ends).toEqual(['the peer does not hold the key of its certificate']))
    expect(server.state.keys).toBeNull()
    close(client, server)
  })

  test('a server', async () => {
    const { client, server } = await connect({ serverShows: await stolen() })
    await vi.waitFor(() => expect(client.ends).toEqual(['the peer does not hold the key of its certificate']))
    expect(client.state.keys).toBeNull()
    close(client, server)
  })

  test('and the certificate must be the promised one', async () => {
    const { client, server } = await connect({ clientBelieves: 'AB:'.repeat(31).concat('AB') })
    await vi.waitFor(() => expect(client.ends).toEqual(['the peer shows another certificate than it promised']))
    close(client, server)
  })

  test('raw werift lets the thief in', async () => {
    const thief = await stolen()
    const honest = await ourCertificate()
    const wires = { client: { onData: (_: Buffer) => {} }, server: { onData: (_: Buffer) => {} } }
    const options = (mine: 'client' | 'server', { of }: Certificate) => ({
      cert: of.certPem,
      key: of.privateKey,
      ...(of.signatureHash && { signatureHash: of.signatureHash }),
      srtpProfiles: [7 as const],
      extendedMasterSecret: true,
      certificateRequest: mine === 'server',
      transport: Object.assign(wires[mine], {
        type: 'test',
        closed: false,
        address: undefined as never,
        send: async (data: Buffer) => queueMicrotask(() => wires[mine === 'client' ? 'server' : 'client'].onData(Buffer.from(data))),
        close: async () => {},
      }),
    })
    const server = new DtlsServer(options('server', honest))
    const client = new DtlsClient(options('client', thief))
    const connected = server.onConnect.asPromise()
    client.connect().catch(() => {})
    await connected
    expect(server.remoteCertificate?.equals(server.cipher.localCert as Buffer)).toBe(true)
  })
})

describe('the handshake', () => {
  test('takes two round trips: a server answers the first hello, and asks for no cookie', async () => {
    const { client, server, sent } = await connect()
    await vi.waitFor(() => expect([client.state.keys, server.state.keys]).not.toContain(null))
    const messages = (to: 'client' | 'server') => sent[to].filter((datagram) => datagram[0] === 22).map((datagram) => datagram[13])
    expect(messages('server').filter((type) => type === 1)).toHaveLength(1)
    expect(messages('client')).not.toContain(3)
    close(client, server)
  })

  test('goes on when the first answer was lost', async () => {
    let lost = 0
    const { client, server } = await connect({ change: (datagram, to) => (to === 'client' && lost++ === 0 ? [] : [datagram]) })
    await vi.waitFor(() => expect([client.state.keys, server.state.keys]).not.toContain(null), { timeout: 8000 })
    close(client, server)
  }, 10_000)

  test('takes what comes in any order as if it had come in its own, and waits for no timer', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval'] })
    try {
      let held: Buffer[] = []
      const { client, server, sent } = await connect({
        change: (datagram, to) => {
          if (to === 'server') return [datagram]
          held = [datagram, ...held]
          return held.length === 5 ? held : []
        },
      })
      while (sent.client.length < 6) await new Promise((done) => setImmediate(done))
      expect(sent.server.filter((datagram) => datagram[0] === 22).map((datagram) => datagram[13])).toContain(15)
      expect(server.state.keys).not.toBeNull()
      close(client, server)
    } finally {
      vi.useRealTimers()
    }
  })

  test('bears that every datagram comes twice', async () => {
    const { client, server } = await connect({ change: (datagram) => [datagram, datagram] })
    await vi.waitFor(() => expect([client.state.keys, server.state.keys]).not.toContain(null))
    expect(client.state.keys?.local).toEqual(server.state.keys?.remote)
    close(client, server)
  })

  test('bears plain alerts, forged records and rubbish between its messages', async () => {
    const evil = [
      record(21, 0, CLOSE_NOTIFY),
      record(21, 0, FATAL),
      record(21, 1, CLOSE_NOTIFY),
      record(23, 0, Buffer.from('data')),
      record(23, 1, Buffer.alloc(40)),
      record(99, 0, Buffer.alloc(20)),
      record(22, 0, handshake(20)),
      record(22, 0, Buffer.alloc(3)),
      Buffer.from('16fefd', 'hex'),
      Buffer.alloc(0),
    ]
    const { client, server } = await connect({
      change: (datagram, to) => (to === 'server' ? [...evil.slice(0, 6), datagram, ...evil.slice(7)] : [...evil.slice(0, 6), datagram]),
    })
    await vi.waitFor(() => expect([client.state.keys, server.state.keys]).not.toContain(null), { timeout: 5000 })
    expect([client.ends, server.ends]).toEqual([[], []])
    for (const word of ['dtls alert', 'dtls in the clear', 'dtls unknown record', 'dtls too early'] as const)
      expect(server.odd.count(word), word).toBeGreaterThan(0)
    close(client, server)
  })

  test('ends for one whose words were changed on the way', async () => {
    // The client's random number in its hello: whatever is changed there, a downgrade too, changes what both sign.
    const { client, server } = await connect({
      change: (datagram, to) => {
        if (to === 'server' && datagram[0] === 22 && datagram[13] === 1) {
          const random = 13 + 12 + 2 + 5
          datagram[random] = (datagram[random] ?? 0) ^ 1
        }
        return [datagram]
      },
    })
    await vi.waitFor(
      () => expect(client.ends.length + client.odd.count('dtls forged') + server.odd.count('dtls forged')).toBeGreaterThan(0),
      { timeout: 5000 },
    )
    expect([client.state.keys, server.state.keys]).toContain(null)
    close(client, server)
  })
})

describe('an open association', () => {
  test('takes each record once, and only sealed ones', async () => {
    const { client, server, sent } = await connect()
    await vi.waitFor(() => expect([client.state.keys, server.state.keys]).not.toContain(null))
    client.association.send(Buffer.from('once'))
    await vi.waitFor(() => expect(server.data).toEqual(['once']))
    const last = sent.server.at(-1) ?? Buffer.alloc(0)
    server.association.receive(last)
    for (const bad of [
      record(21, 0, CLOSE_NOTIFY),
      record(22, 0, handshake(1, Buffer.alloc(90))),
      record(23, 1, Buffer.alloc(60), 999),
      record(21, 1, Buffer.alloc(40), 998),
      record(23, 2, Buffer.alloc(40)),
    ])
      server.association.receive(bad)
    expect(server.data).toEqual(['once'])
    expect(server.odd.seen()).toEqual({
      'dtls replayed': 1,
      'dtls alert': 1,
      'dtls in the clear': 1,
      'dtls forged': 2,
      'dtls wrong epoch': 1,
    })
    client.association.send(Buffer.from('and again'))
    await vi.waitFor(() => expect(server.data).toEqual(['once', 'and again']))
    expect(server.ends).toEqual([])
    close(client, server)
  })

  test('repeats its last words when they were lost', async () => {
    let lost = 0
    const { client, server } = await connect({
      change: (datagram, to) => {
        const isFinished = to === 'client' && datagram[0] === 22 && datagram.readUInt16BE(3) === 1
        if (isFinished && lost++ === 0) return []
        return [datagram]
      },
    })
    await vi.waitFor(() => expect([client.state.keys, server.state.keys]).not.toContain(null), { timeout: 8000 })
    expect(lost).toBeGreaterThan(1)
    close(client, server)
  }, 10_000)
})
