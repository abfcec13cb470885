// The door for phones behind the real web server: who is let as far as its socket, and that it stands what comes through it.
import { request as askHttp } from 'node:http'
import { connect } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { RemoteDoor } from '../../src/control/remote.ts'
import type { Intent } from '../../src/core/intent.ts'
import { FakeClock, systemClock } from '../../src/lib/clock.ts'
import { newIdentity } from '../../src/room/identity.ts'
import { Pairing } from '../../src/room/pairing.ts'
import { Roster } from '../../src/room/roster.ts'
import { PageFiles } from '../../src/web/page-files.ts'
import { RemoteLink } from '../../src/web/pages/kit/remote.ts'
import type { OpenSocket } from '../../src/web/pages/kit/remote-line.ts'
import { placeOf } from '../../src/web/place.ts'
import { openServer } from '../../src/web/server.ts'
import { hex, systemRandom } from '../../src/wire/crypto.ts'
import { pairingLink } from '../../src/wire/pairing.ts'
import { type RemoteState, SOCKET_PATH } from '../../src/wire/remote.ts'
import { STATE } from '../control/remote-kit.ts'
import { quietLog } from '../fake/quiet.ts'
import { often } from '../often.ts'

const undo: Array<() => unknown> = []
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each()
})
async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((done) => setTimeout(done, 5))
}

type Kept = { file: string | null; readonly identity: ReturnType<typeof newIdentity> }
/** A box's web server with its door for phones. Pairing's time stands still, so that two minutes are long enough on any machine. */
async function box(kept: Kept = { file: null, identity: newIdentity() }, port = 0) {
  const { log, said } = quietLog()
  const onListenerError = (error: unknown) => expect.unreachable(String(error))
  const asked: Intent[] = []
  const roster = new Roster({
    shelf: {
      read: async () => kept.file,
      write: async (text) => {
        kept.file = text
      },
    },
    date: () => Date.now(),
    onTrouble: () => {},
    onListenerError,
  })
  await roster.load()
  const pairing = new Pairing({ box: kept.identity.publicKey, phones: roster, clock: new FakeClock(), onListenerError })
  const door = new RemoteDoor({
    identity: kept.identity,
    name: 'Living room',
    phones: roster,
    pairing,
    reach: { ask: (intent) => void asked.push(intent), query: async () => ({ ok: true }) },
    clock: systemClock,
    log,
  })
  door.open()
  door.show(STATE)
  const server = await openServer({
    log,
    clock: systemClock,
    listen: '127.0.0.1',
    httpPort: port,
    https: null,
    place: () => placeOf('parlor', ['127.0.0.1'], []),
    files: new PageFiles(new Map([['index.html', new TextEncoder().encode('<title>home')]])),
    look: { jpeg: async () => new Uint8Array(), watch: () => () => {} },
    tvKey: '',
    info: () => ({ iceServers: [], link: null, room: null }),
    authority: () => null,
    illness: () => null,
    elsewhere: [],
    mqtt: (stream) => void stream.destroy(),
    remote: (socket, address) => door.enter(socket, address),
  })
  const close = async () => {
    door.close()
    pairing.close()
    await server.close()
  }
  undo.push(close)
  return { door, roster, pairing, asked, said, server, close, port: server.httpPort, kept }
}

/** A WebSocket that is opened like the page's, by a program. */
const socketTo =
  (port: () => number): OpenSocket =>
  (ears) => {
    const ws = new WebSocket(`ws://127.0.0.1:${port()}${SOCKET_PATH}`, { origin: `http://127.0.0.1:${port()}` })
    ws.on('open', () => ears.opened())
    ws.on('error', () => {})
    ws.on('close', () => ears.closed())
    ws.on('message', (data: Buffer, isBinary) => ears.heard(isBinary ? new Uint8Array(data) : String(data)))
    return { send: (frame) => ws.readyState === ws.OPEN && ws.send(frame), close: () => ws.close() }
  }

function phone(port: () => number, shelf: { text: string | null } = { text: null }) {
  const link = new RemoteLink({
    socket: socketTo(port),
    shelf: {
      read: () => shelf.text,
      write: (text) => {
        shelf.text = text
      },
    },
    clock: systemClock,
  })
  const states: RemoteState[] = []
  link.on('state', (state) => states.push(state))
  link.start()
  undo.push(() => link.close())
  return { link, states, shelf }
}
function linkOf(pairing: Pairing): string {
  pairing.open()
  if (pairing.state.is !== 'open') throw new Error('pairing is not open')
  return pairingLink('http://127.0.0.1', pairing.state.secret)
}

/** What the server says to a request for a socket, in one line: the status, or what the door said. */
const knock = (port: number, headers: Record<string, string>, path = SOCKET_PATH): Promise<number> =>
  new Promise((done) => {
    const request = askHttp({
      host: '127.0.0.1',
      port,
      path,
      agent: false,
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        ...headers,
      },
    })
    request.on('response', (response) => {
      response.resume()
      done(response.statusCode ?? 0)
    })
    request.on('upgrade', (_, socket) => {
      socket.destroy()
      done(101)
    })
    request.on('error', () => done(0))
    request.end()
  })

describe('the socket for phones', () => {
  test('opens for a page of this box', async () => {
    const { port } = await box()
    expect(await knock(port, { host: `127.0.0.1:${port}`, origin: `http://127.0.0.1:${port}` })).toBe(101)
    expect(await knock(port, { host: `parlor.local:${port}`, origin: `http://parlor.local:${port}` })).toBe(101)
  })

  test.each<[string, number, (port: number) => Record<string, string>]>([
    ['a page from anywhere', 403, (port) => ({ host: `127.0.0.1:${port}`, origin: 'https://evil.example' })],
    ['a page in a sandbox, a file', 403, (port) => ({ host: `127.0.0.1:${port}`, origin: 'null' })],
    ['another program on the same machine', 403, (port) => ({ host: `127.0.0.1:${port}`, origin: `http://127.0.0.1:${port + 1}` })],
    ['our name at the default port', 403, (port) => ({ host: `127.0.0.1:${port}`, origin: 'http://127.0.0.1' })],
    ['a name that begins with ours', 403, (port) => ({ host: `parlor.local:${port}`, origin: `http://parlor.local.evil.example:${port}` })],
    ['a name with ours before an @', 403, (port) => ({ host: `127.0.0.1:${port}`, origin: `http://127.0.0.1:${port}@evil.example` })],
    ['another of our names', 403, (port) => ({ host: `127.0.0.1:${port}`, origin: `http://parlor.local:${port}` })],
    ['a page that says cross-site', 403, (port) => ({ host: `127.0.0.1:${port}`, 'sec-fetch-site': 'cross-site' })],
    ['a page of a sibling site', 403, (port) => ({ host: `parlor.local:${port}`, 'sec-fetch-site': 'same-site' })],
    ['a rebound name', 421, (port) => ({ host: `evil.example:${port}`, origin: `http://evil.example:${port}` })],
    ['a rebound name with a dot', 421, (port) => ({ host: `evil.example.:${port}`, origin: `http://evil.example.:${port}` })],
    [
      'a rebound name that begins with an address',
      421,
      (port) => ({ host: `127.0.0.1.evil.example:${port}`, origin: `http://127.0.0.1.evil.example:${port}` }),
    ],
    ['a name with a space', 400, (port) => ({ host: `127.0.0.1 evil.example:${port}` })],
    ['two names', 400, (port) => ({ host: `127.0.0.1:${port}, evil.example` })],
    ['an extension', 403, (port) => ({ host: `127.0.0.1:${port}`, origin: 'chrome-extension://abcdefghijklmnop' })],
  ])('does not open for %s', async (_, status, headers) => {
    const { port, door } = await box()
    expect(await knock(port, headers(port))).toBe(status)
    expect(door.connected.size).toBe(0)
  })

  test('is asked nothing by forms, images and fetches', async () => {
    const { port } = await box()
    for (const [method, expected] of [
      ['POST', 405],
      ['GET', 404],
      ['PUT', 405],
      ['DELETE', 405],
      ['OPTIONS', 405],
    ] as const) {
      const status = await new Promise((done) => {
        const body = method === 'GET' ? '' : '{"want":"camera","on":true}'
        const headers = { 'content-type': 'text/plain', 'content-length': String(body.length) }
        const request = askHttp({ host: '127.0.0.1', port, path: SOCKET_PATH, method, headers, agent: false }, (response) => {
          response.resume()
          done(response.statusCode)
        })
        request.end(body)
      })
      expect([method, status]).toEqual([method, expected])
    }
  })
})

test('a phone pairs over the network, orders, sees each change, survives a restart of the box, and is out when removed', async () => {
  const first = await box()
  let port = first.port
  const { link, states } = phone(() => port)
  await link.pairByQr(linkOf(first.pairing), 'Anna')
  await until(() => states.length > 0)
  await link.ask({ want: 'mute', muted: true })
  expect(first.asked).toEqual([{ want: 'mute', muted: true }])
  first.door.show({ ...STATE, muted: true })
  await until(() => states.at(-1)?.muted === true)
  await first.close()
  await until(() => link.now === 'away')
  const second = await box(first.kept)
  port = second.port
  await until(() => link.now === 'connected')
  await link.ask({ want: 'leave' })
  expect(second.asked).toEqual([{ want: 'leave' }])
  await second.roster.remove(link.key ?? '')
  await until(() => link.now === 'removed')
  await expect(link.ask({ want: 'leave' })).rejects.toMatchObject({ code: 'daemon-away' })
})

const guesses = often(10_000, 1000)
test(`${guesses} guesses of the code from the network: three are tried, none is right, and the QR code still pairs`, async () => {
  const { port, pairing, roster, said } = await box()
  const qr = linkOf(pairing)
  const code = pairing.state.is === 'open' ? (pairing.state.code ?? '') : ''
  let tried = 0
  const byCode = pairing.byCode.bind(pairing)
  pairing.byCode = (newcomer, share) => {
    const taken = byCode(newcomer, share)
    if (taken.ok) tried++
    return taken
  }
  let guess = 0
  const outcomes: string[] = []
  const guesser = async () => {
    while (guess < guesses) {
      const digits = String(guess++).padStart(6, '0')
      if (digits === code) continue
      const { link } = phone(() => port)
      outcomes.push(
        await link.pairByCode(digits, 'Eve').then(
          () => 'in',
          (error: Error) => error.message,
        ),
      )
      link.close()
    }
  }
  await Promise.all(Array.from({ length: 12 }, guesser))
  expect(outcomes).not.toContain('in')
  expect(tried).toBeLessThanOrEqual(3)
  expect(roster.phones).toEqual([])
  expect(said.filter(({ level }) => level === 'error')).toEqual([])
  // Our address has knocked so often that it is let in again only after a while.
  const { link } = phone(() => port)
  while (link.now !== 'connected') await link.pairByQr(qr, 'Anna').catch(() => new Promise((done) => setTimeout(done, 100)))
  expect(roster.phones.map(({ name }) => name)).toEqual(['Anna'])
}, 120_000)

test('10,000 malformed frames from the network: the server and the phones that are in do not notice', async () => {
  const { port, pairing, asked, said } = await box()
  const { link } = phone(() => port)
  await link.pairByQr(linkOf(pairing), 'Anna')
  const share = hex(systemRandom(32))
  const texts = ['', '{', 'null', '[]', `{"hello":"parlor-remote-1","share":"${share}"}`, 'x'.repeat(2000)]
  const raw = (): Buffer => {
    // A frame as RFC 6455 has it, or nearly: masked or not, known opcodes or not, lengths that lie.
    const text = texts[Math.floor(Math.random() * texts.length)] ?? ''
    const body = Math.random() < 0.5 ? Buffer.from(text) : Buffer.from(systemRandom(Math.floor(Math.random() * 120)))
    const short = body.subarray(0, 125)
    return Buffer.concat([Buffer.of(Math.floor(Math.random() * 256), 0x80 | short.length), Buffer.alloc(4), short])
  }
  let sent = 0
  const fool = (): Promise<void> =>
    new Promise((done) => {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {})
      socket.on('close', () => done())
      socket.write(
        `GET ${SOCKET_PATH} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
      )
      socket.once('data', () => {
        for (let i = 0; i < 20; i++, sent++) socket.write(raw())
        setTimeout(() => socket.destroy(), 20)
      })
    })
  while (sent < 10_000) await Promise.all(Array.from({ length: 10 }, fool))
  expect(said.filter(({ level }) => level === 'error')).toEqual([])
  await link.ask({ want: 'leave' })
  expect(asked).toEqual([{ want: 'leave' }])
  const status = await knock(port, { host: `127.0.0.1:${port}`, origin: `http://127.0.0.1:${port}` })
  expect(status).toBe(101)
}, 120_000)
