// quick-socket.ts — lets a UDP socket of Node's send and receive through our addon: at a lower price, and with the same behaviour.
//
// Datagrams of all sockets are collected while one thing is being done (a packet came, and goes out to everybody) and handed to the system
// in one go when that is over, within the same turn of the loop. Only what is plain goes that way: one Buffer of RTP or RTCP, no
// callback, to an address without a name or a zone. The rest, and whatever the system does not take at once, goes through
// Node's own send(), which queues and reports as ever: so order is kept, and who looks at the queue finds it.
// What comes is read several datagrams at a time; the packets of a picture, which come one right behind the other, are waited for (a millisecond) and told of
// together. Without the addon nothing is changed.
import { type Packets, packets } from './packets.ts'

/** A dgram.Socket, as far as we touch it. */
export type QuickSocket = {
  send: (data: Buffer, port: number, host: string, ...more: readonly unknown[]) => void
  close: (done?: () => void) => unknown
  getSendQueueCount: () => number
}

/** Bytes and datagrams of a batch, no more than native/packets/door.c takes: a picture to ten peers. */
const ARENA = 262_144
const MOST = 200
/** Numbers of one order, and where they stand (native/packets/packets.c): door, begin, length, bytes of the address, result. */
const ORDER = 5
const RESULT = 4
/** Bytes kept before each datagram for its address. */
const ADDRESS = 28
/** Beyond this a datagram is none of ours, and does not deserve the room. */
const LONGEST = 2048

/** As native/packets/door.c has them: what is read at a time, and how long a datagram may be. */
const MANY = 16
const SLOT = 4096
/** Numbers for each: its length, bytes of its address, and microseconds since it came. */
const NEWS = 3

type Again = (data: Buffer, errno: number) => void

/** What waits for the end of the turn. */
class Batch {
  readonly #addon: Packets
  readonly #arena = Buffer.allocUnsafeSlow(ARENA)
  readonly #table = new Int32Array(MOST * ORDER)
  readonly #orders = Buffer.from(this.#table.buffer)
  readonly #again: Again[] = []
  #count = 0
  #end = 0

  constructor(addon: Packets) {
    this.#addon = addon
  }

  /** @param again sends a datagram that the system did not take */
  add(door: number, to: Buffer, data: Buffer, again: Again): void {
    if (this.#count === MOST || this.#end + ADDRESS + data.length > ARENA) this.flush()
    if (this.#count === 0) void turn.then(this.#flush)
    const at = this.#end + ADDRESS
    this.#arena.set(to, this.#end)
    this.#arena.set(data, at)
    const order = this.#count * ORDER
    this.#table[order] = door
    this.#table[order + 1] = at
    this.#table[order + 2] = data.length
    this.#table[order + 3] = to.length
    this.#again[this.#count] = again
    this.#count++
    this.#end = at + data.length
  }

  flush(): void {
    const count = this.#count
    if (count === 0) return
    this.#count = 0
    this.#end = 0
    if (this.#addon.send(this.#arena, this.#orders, count) === 0) return
    for (let i = 0; i < count; i++) {
      const order = i * ORDER
      const [at = 0, length = 0, result = 0] = [this.#table[order + 1], this.#table[order + 2], this.#table[order + RESULT]]
      if (result !== 0) this.#again[i]?.(Buffer.from(this.#arena.subarray(at, at + length)), result)
    }
  }

  readonly #flush = (): void => this.flush()
}

const turn = Promise.resolve()
const batches = new Map<Packets, Batch>()

function batchOf(addon: Packets): Batch {
  const batch = batches.get(addon) ?? new Batch(addon)
  batches.set(addon, batch)
  return batch
}

/** RFC 7983 §7: RTP and RTCP. */
const isMedia = (first: number | undefined): boolean => first !== undefined && first >= 128 && first < 192

type Handle = { readonly fd: number; recvStop(): void }

/** What stands behind a bound socket; null where Node does not show it. */
function handleOf(socket: object): Handle | null {
  const key = Object.getOwnPropertySymbols(socket).find(({ description }) => description === 'state symbol')
  const state = key && (Reflect.get(socket, key) as { readonly handle?: Partial<Handle> | null } | undefined)
  const { fd = -1, recvStop } = state?.handle ?? {}
  return fd >= 0 && recvStop ? (state?.handle as Handle) : null
}

/** Of all sockets: one is read at a time, and what came is taken before the next. */
const room = Buffer.allocUnsafeSlow(MANY * SLOT)
const news = new Int32Array(MANY * NEWS)
const from = Buffer.allocUnsafeSlow(MANY * ADDRESS)
const newsBytes = Buffer.from(news.buffer)

/**
 * Media lies in memory that is used again when this returns; everything else is the taker's to keep.
 * `waited`: milliseconds since the system took it, which is when it came; 0 where nobody knows.
 */
export type Taker = (data: Buffer, host: string, port: number, waited: number) => void

/** Reads a socket past Node. @returns stops telling */
function listen(addon: Packets, door: number, taker: Taker): () => void {
  let isOver = false
  let [host, port] = ['', 0]
  addon.listen(door, room, newsBytes, from, (count) => {
    for (let i = 0; i < count && !isOver; i++) {
      const at = i * NEWS
      const [length = -1, bytes = 0, waited = 0] = [news[at], news[at + 1], news[at + 2]]
      if (bytes > 0) {
        const address = from.subarray(i * ADDRESS, i * ADDRESS + bytes)
        host = addon.host(address)
        port = address.readUInt16BE(2)
      }
      if (length < 0) continue
      const data = room.subarray(i * SLOT, i * SLOT + length)
      taker(isMedia(data[0]) ? data : Buffer.from(data), host, port, waited / 1000)
    }
  })
  return () => {
    isOver = true
  }
}

/**
 * Makes a bound socket quick; false where that cannot be. Its own close() gives back what this takes.
 * @param taker is given what comes, in place of listeners to 'message'; null leaves receiving as it is
 */
export function quicken(socket: QuickSocket, taker: Taker | null, addon: Packets | null = packets): boolean {
  const handle = addon && handleOf(socket)
  if (!addon || !handle) return false
  const door = addon.door(handle.fd)
  if (door < 0) return false
  const stop = taker && listen(addon, door, taker)
  if (stop) handle.recvStop()
  const batch = batchOf(addon)
  const usual = { send: socket.send.bind(socket), close: socket.close.bind(socket), waiting: socket.getSendQueueCount.bind(socket) }
  /** Something went through Node's own send(), and may still wait there: nothing may overtake it. */
  let isQueued = false
  let [toHost, toPort] = ['', -1]
  let to: Buffer | null = null

  const again: Again = (data) => {
    try {
      usual.send(data, toPort, toHost)
      isQueued = true
    } catch {
      // The socket was closed meanwhile: there is nobody left to tell.
    }
  }
  const aim = (host: string, port: number): void => {
    batch.flush() // what was meant for another address goes there
    to = port > 0 && port < 65_536 ? addon.address(host, port) : null
    toPort = port
    toHost = host
  }
  socket.send = (data, port, host, ...more) => {
    if (isQueued) isQueued = usual.waiting() > 0
    if (!isQueued && more.length === 0 && typeof host === 'string' && data.length <= LONGEST && Buffer.isBuffer(data) && isMedia(data[0])) {
      if (port !== toPort || host !== toHost) aim(host, port)
      if (to) {
        batch.add(door, to, data, again)
        return
      }
    }
    batch.flush()
    usual.send(data, port, host, ...more)
    isQueued = true
  }
  socket.getSendQueueCount = () => {
    if (!isQueued) return 0
    const count = usual.waiting()
    isQueued = count > 0
    return count
  }
  socket.close = (done) => {
    batch.flush()
    stop?.()
    addon.close(door)
    Object.assign(socket, { send: usual.send, getSendQueueCount: usual.waiting })
    return usual.close(done)
  }
  return true
}

/** From a bound socket to one address. */
export type QuickWay = {
  /** False: this one is too long, send it by Node's own send(). */
  send(data: Buffer): boolean
  /** Before the socket is closed. */
  close(): void
}

/** The system is full for now. */
const FULL = -11 // EAGAIN of Linux

/**
 * The same for a socket that only sends, and to one address; it may be connected there. Null where that cannot be.
 * @param full what the system has no room for now  @param refused how often it would not take one at all
 */
export function quickWay(
  socket: object,
  [host, port]: readonly [host: string, port: number],
  { full, refused }: { readonly full: (data: Buffer) => void; readonly refused: () => void },
  addon: Packets | null = packets,
): QuickWay | null {
  const handle = addon && handleOf(socket)
  const to = addon?.address(host, port)
  if (!addon || !handle || !to) return null
  const door = addon.door(handle.fd)
  if (door < 0) return null
  const batch = batchOf(addon)
  const again: Again = (data, errno) => (errno === FULL ? full(data) : refused())
  return {
    send(data) {
      if (data.length > LONGEST) return false
      batch.add(door, to, data, again)
      return true
    },
    close() {
      batch.flush()
      addon.close(door)
    },
  }
}
