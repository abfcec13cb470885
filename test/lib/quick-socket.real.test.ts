// A socket through the addon behaves as Node's own does: what it sends arrives as it was, in order; what it hears is told; and closed is closed.
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import { packetPath, packets } from '../../src/lib/packets.ts'
import { type QuickSocket, quicken } from '../../src/lib/quick-socket.ts'
import { busyFor } from '../busy.ts'
import { mustHavePackets } from '../call/werift/kit.ts'
import { dice } from '../fake/dice.ts'

const MEDIA = 0x80
const open = new Set<Socket>()
afterEach(async () => {
  for (const socket of open) await new Promise<void>((closed) => socket.close(() => closed()))
  open.clear()
})

const HOSTS = { udp4: '127.0.0.1', udp6: '::1' } as const
type Family = keyof typeof HOSTS

async function bound(family: Family): Promise<Socket> {
  const socket = createSocket(family)
  socket.bind(0, HOSTS[family])
  await once(socket, 'listening')
  open.add(socket)
  return socket
}
const quickly = (socket: Socket, taker: Parameters<typeof quicken>[1] = null) => quicken(socket as unknown as QuickSocket, taker)

/** What a plain socket hears, as text. */
async function listener(family: Family) {
  const socket = await bound(family)
  const heard: Buffer[] = []
  socket.on('message', (data) => void heard.push(data))
  return { socket, heard, port: socket.address().port }
}

test('the addon is there, and says so', () => {
  expect(packets).not.toBeNull()
  expect(packetPath).toBe('native')
})

test.each(Object.entries(HOSTS) as Array<[Family, string]>)(
  '%s: many packets to two peers arrive as they were, in order',
  async (family, host) => {
    const [one, two, socket] = [await listener(family), await listener(family), await bound(family)]
    expect(quickly(socket)).toBe(true)
    const random = dice(5)
    const [sentOne, sentTwo]: [Buffer[], Buffer[]] = [[], []]
    const shared = Buffer.alloc(2048)
    for (let i = 0; i < 300; i++) {
      const length = i === 7 ? 2048 : 1 + random(1400)
      shared.fill(i, 0, length)
      // Every ninth is none of media: it goes Node's own way, and so does what follows until that is empty.
      shared[0] = i % 9 === 0 ? 1 : MEDIA
      const toOne = random(3) > 0
      ;(toOne ? sentOne : sentTwo).push(Buffer.from(shared.subarray(0, length)))
      socket.send(shared.subarray(0, length), toOne ? one.port : two.port, host)
      if (i % 9 === 0 || i % 50 === 0) await sleep(1)
    }
    shared.fill(0)
    await vi.waitFor(() => expect(one.heard.length + two.heard.length).toBe(300), { timeout: 5000 })
    expect(Buffer.concat(one.heard).equals(Buffer.concat(sentOne))).toBe(true)
    expect(Buffer.concat(two.heard).equals(Buffer.concat(sentTwo))).toBe(true)
    expect(socket.getSendQueueCount()).toBe(0)
  },
)

test.each(Object.entries(HOSTS) as Array<[Family, string]>)(
  '%s: what comes is told with where it is from; what is none of media may be kept',
  async (family, host) => {
    const [a, b, socket] = [await bound(family), await bound(family), await bound(family)]
    const told: Array<{ copy: string; data: Buffer; from: string }> = []
    quickly(socket, (data, host, port) => void told.push({ copy: data.toString('hex'), data, from: `${host} ${port}` }))
    const { port } = socket.address()
    const expected: string[] = []
    for (let i = 0; i < 60; i++) {
      const from = i % 7 < 3 ? a : b
      const data = Buffer.alloc(1 + i, i)
      data[0] = i % 2 === 0 ? MEDIA : 22
      expected.push(`${host} ${from.address().port} ${data.toString('hex')}`)
      await new Promise((sent) => from.send(data, port, host, sent))
    }
    await vi.waitFor(() => expect(told).toHaveLength(60), { timeout: 5000 })
    expect(told.map(({ from, copy }) => `${from} ${copy}`).sort()).toEqual(expected.sort())
    for (const { copy, data } of told) if (!copy.startsWith('80')) expect(data.toString('hex')).toBe(copy)
  },
)

test('what waited while we did something else is told with how long it did', async () => {
  const [peer, socket] = [await bound('udp4'), await bound('udp4')]
  const told: Array<{ came: number; waited: number }> = []
  quickly(socket, (_, __, ___, waited) => void told.push({ came: performance.now() - waited, waited }))
  const { port } = socket.address()
  for (let i = 0; i < 3; i++) await new Promise((sent) => peer.send(Buffer.from([MEDIA]), port, '127.0.0.1', sent))
  await vi.waitFor(() => expect(told).toHaveLength(3))
  told.length = 0
  // A plain socket's send() has gone through when it returns, if the address needs no look-up: a quick one does that.
  expect(quickly(peer)).toBe(true)
  const begun = performance.now()
  peer.send(Buffer.from([MEDIA]), port, '127.0.0.1')
  const sent = await busyFor(80)
  await vi.waitFor(() => expect(told).toHaveLength(1))
  const [{ came, waited } = { came: 0, waited: 0 }] = told
  expect(waited).toBeGreaterThanOrEqual(79)
  expect(came).toBeGreaterThanOrEqual(begun - 1)
  expect(came, 'however late we look').toBeLessThanOrEqual(sent + 40)
})

/** One of a picture's packets that is not its last. */
const piece = (number: number): Buffer => Buffer.concat([Buffer.from([MEDIA, 96]), Buffer.alloc(1000, number)])
const turns = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise(setImmediate)
}
/** A quick socket that hears, and one whose packets have come when send() is over. */
async function pair(taker: (data: Buffer) => void): Promise<{ socket: Socket; send: (data: Buffer) => Promise<void> }> {
  const [peer, socket] = [await bound('udp4'), await bound('udp4')]
  quickly(socket, taker)
  quickly(peer)
  const { port } = socket.address()
  const send = async (data: Buffer) => {
    peer.send(data, port, '127.0.0.1')
    await null // so it goes by itself
  }
  return { socket, send }
}

test('the packets of a picture are told of together, in their order, also when its end never comes', async () => {
  const told: Array<{ number: number | undefined; sent: number }> = []
  let sent = 0
  const { send } = await pair((data) => void told.push({ number: data[2], sent }))
  for (; sent < 60; sent++) {
    await send(piece(sent))
    await turns(1)
  }
  await vi.waitFor(() => expect(told).toHaveLength(60))
  expect(told.map(({ number }) => number)).toEqual(Array.from({ length: 60 }, (_, i) => i))
  expect(new Set(told.map((each) => each.sent)).size, 'times that something was told').toBeLessThan(45)
})

test('sound, reports and the last packet of a picture are told of at once', async () => {
  const told: Buffer[] = []
  const { send } = await pair((data) => void told.push(Buffer.from(data)))
  const [sound, report, last] = [Buffer.alloc(90, MEDIA), Buffer.alloc(1000, 200), piece(1)]
  sound[1] = 111
  report[0] = MEDIA
  last[1] = 0x80 | 96
  for (const [i, data] of [sound, report, last].entries()) {
    await send(data)
    await turns(3) // without any timer
    expect(told).toHaveLength(i + 1)
  }
})

test('a socket that is closed while a picture is being waited for tells nothing more', async () => {
  const told: Buffer[] = []
  for (let i = 0; i < 20; i++) {
    const { socket, send } = await pair((data) => void told.push(data))
    await send(piece(1))
    await turns(1)
    open.delete(socket)
    const before = told.length
    await new Promise<void>((closed) => socket.close(closed))
    await sleep(3)
    expect(told.length).toBe(before)
  }
})

test('a datagram longer than any of ours is lost, an empty one is told, and others come as ever', async () => {
  const [peer, socket] = [await bound('udp4'), await bound('udp4')]
  const lengths: number[] = []
  quickly(socket, (data) => void lengths.push(data.length))
  for (const length of [10, 60_000, 0, 4096, 4097, 11])
    await new Promise((sent) => peer.send(Buffer.alloc(length, 22), socket.address().port, '127.0.0.1', sent))
  await vi.waitFor(() => expect(lengths).toEqual([10, 0, 4096, 11]), { timeout: 5000 })
})

test('a full socket loses nothing that Node would keep, and nothing overtakes', async () => {
  const { port, heard } = await listener('udp4')
  const socket = await bound('udp4')
  const real = mustHavePackets()
  let refusals = 20
  const addon = {
    ...real,
    send: (arena: Buffer, orders: Buffer, count: number) => {
      if (refusals-- <= 0) return real.send(arena, orders, count)
      for (let i = 0; i < count; i++) orders.writeInt32LE(-11, i * 20 + 16)
      return count
    },
  }
  quicken(socket as unknown as QuickSocket, null, addon)
  for (let i = 0; i < 200; i++) {
    socket.send(Buffer.from([MEDIA, i]), port, '127.0.0.1')
    if (i % 10 === 9) await sleep(1)
  }
  await vi.waitFor(() => expect(heard).toHaveLength(200), { timeout: 5000 })
  expect(heard.map((data) => data[1])).toEqual(Array.from({ length: 200 }, (_, i) => i))
})

test('what was sent before close() goes; after it nothing goes and nothing is told, even where another file has the number', async () => {
  const { heard, port } = await listener('udp4')
  const peer = await bound('udp4')
  const files = () => readdirSync('/proc/self/fd').length
  const before = files()
  const told: Buffer[] = []
  for (let i = 0; i < 20; i++) {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    quickly(socket, (data) => void told.push(data))
    const own = socket.address().port
    socket.send(Buffer.from([MEDIA, i]), port, '127.0.0.1')
    peer.send(Buffer.from([22]), own, '127.0.0.1')
    await new Promise<void>((closed) => socket.close(() => closed()))
    const another = await bound('udp4') // most likely the same number
    expect(() => socket.send(Buffer.from([MEDIA, 255]), port, '127.0.0.1')).toThrow('Not running')
    expect(another.getSendQueueCount()).toBe(0)
    await new Promise<void>((closed) => another.close(() => closed()))
    open.delete(another)
  }
  await vi.waitFor(() => expect(heard).toHaveLength(20), { timeout: 5000 })
  expect(heard.map((data) => data[1])).toEqual(Array.from({ length: 20 }, (_, i) => i))
  expect(told.length).toBeLessThanOrEqual(20)
  expect(files()).toBe(before)
})

test('a socket closed by what it is told hears no more of it', async () => {
  const [peer, socket] = [await bound('udp4'), createSocket('udp4')]
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  let told = 0
  const closed = once(socket, 'close')
  quickly(socket, () => {
    told++
    socket.close()
  })
  for (let i = 0; i < 5; i++) peer.send(Buffer.from([22, i]), port, '127.0.0.1')
  await closed
  expect(told).toBe(1)
})

test('without the addon, and before it is bound, a socket stays as it is', async () => {
  const socket = await bound('udp4')
  const { send, close } = socket
  expect(quicken(socket as unknown as QuickSocket, null, null)).toBe(false)
  const unbound = createSocket('udp4')
  open.add(unbound)
  expect(quickly(unbound)).toBe(false)
  expect([socket.send, socket.close, unbound.send]).toEqual([send, close, send])
})
