// port.ts — RTP between the daemon and its workers: datagrams on loopback, and nowhere else.
//
// This is the packet path: nothing here awaits, logs, throws or grows. What is refused or dropped is counted.
// RtpIn takes packets of one sender only; RtpOut sends to one receiver and keeps at most a few packets back.
import { createSocket, type Socket } from 'node:dgram'
import { Fault } from '../lib/fault.ts'
import { DropOldest } from '../lib/queue.ts'
import { type QuickSocket, type QuickWay, quicken, quickWay } from '../lib/quick-socket.ts'
import { Tally } from '../lib/tally.ts'

const LOOPBACK = '127.0.0.1'
/** A keyframe of 1080p is some 150 KB in one burst; the kernel counts its own overhead too, and may grant less. */
const KERNEL_BUFFER = 2 * 1024 * 1024
const SHORTEST = 12
const LONGEST = 1500

/** Is this one plausible RTP packet (RFC 3550 section 5.1: version 2, a whole fixed header)? */
const looksLikeRtp = (packet: Uint8Array): boolean =>
  packet.length >= SHORTEST && packet.length <= LONGEST && ((packet[0] ?? 0) & 0xc0) === 0x80

/** The receiving end: a socket on 127.0.0.1 with a port the system chose. */
export class RtpIn {
  packets = 0
  /** Datagrams of others, or no RTP. */
  readonly refused = new Tally()
  readonly #onPacket: (packet: Buffer) => void
  #socket: Socket | null = null
  #from = 0

  /** @param onPacket is given each packet as it comes; the Buffer is its own to keep. */
  constructor(onPacket: (packet: Buffer) => void) {
    this.#onPacket = onPacket
  }

  /** Binds, and gives the port to send to. Throws a Fault 'transport' when the system has none. */
  open(): Promise<number> {
    const socket = createSocket({ type: 'udp4', reuseAddr: false })
    this.#socket = socket
    return new Promise((opened, failed) => {
      socket.on('error', (error) => {
        this.refused.add('socket error')
        failed(new Fault('transport', 'no loopback port to receive on', { cause: error }))
      })
      socket.on('close', () => failed(new Fault('transport', 'the loopback port was closed')))
      socket.bind(0, LOOPBACK, () => {
        grant(() => socket.setRecvBufferSize(KERNEL_BUFFER))
        // What came this way lies in memory that is used again.
        const isQuick = quicken(socket as unknown as QuickSocket, (packet, host, from) => this.#take(packet, host, from, true))
        if (!isQuick) socket.on('message', (packet, { address, port: from }) => this.#take(packet, address, from, false))
        opened(socket.address().port)
      })
    })
  }

  /** From now on only this sender port counts; null: the first that sends. Say null when the worker was forked anew. */
  expect(port: number | null): void {
    this.#from = port ?? 0
  }

  close(): void {
    this.#socket?.close()
    this.#socket = null
  }

  #take(packet: Buffer, host: string, from: number, isLent: boolean): void {
    const odd = this.#odd(packet, host, from)
    if (odd) {
      this.refused.add(odd)
      return
    }
    this.#from = from
    this.packets++
    try {
      this.#onPacket(isLent ? Buffer.from(packet) : packet)
    } catch {
      this.refused.add('its taker failed')
    }
  }

  #odd(packet: Buffer, host: string, from: number): string | null {
    if (host !== LOOPBACK) return 'not from this machine'
    if (this.#from !== 0 && from !== this.#from) return 'not our worker'
    return looksLikeRtp(packet) ? null : 'no RTP'
  }
}

/** Packets held back while the kernel takes no more. At 2.5 Mb/s that is 0.2 s: older media is worth nothing. */
const HELD = 64

/** The sending end: to one port on 127.0.0.1. */
export class RtpOut {
  packets = 0
  /** Packets the kernel would not take (a worker that is gone), or that were held too long. */
  readonly dropped = new Tally()
  readonly #held = new DropOldest<Buffer>(HELD)
  #socket: Socket | null = null
  #quick: QuickWay | null = null
  #connected = false

  /** Sends to this port from now on; again with another when the worker was forked anew. Packets wait until it is ready. */
  to(port: number): void {
    this.close()
    const socket = createSocket('udp4')
    this.#socket = socket
    // ECONNREFUSED: nobody listens just now. The next `to` mends it.
    socket.on('error', () => this.dropped.add('refused by the kernel'))
    socket.bind(0, LOOPBACK, () => {
      if (socket !== this.#socket) return
      grant(() => socket.setSendBufferSize(KERNEL_BUFFER))
      socket.connect(port, LOOPBACK, (error?: Error) => {
        if (error || socket !== this.#socket) return
        this.#connected = true
        const lost = { full: (packet: Buffer) => this.#usual(packet), refused: () => this.dropped.add('refused by the kernel') }
        this.#quick = quickWay(socket, [LOOPBACK, port], lost)
        this.#drain()
      })
    })
  }

  send(packet: Buffer): void {
    this.#hold(packet)
    this.#drain()
  }

  close(): void {
    this.#connected = false
    while (this.#held.take()) this.dropped.add('closed')
    this.#quick?.close()
    this.#quick = null
    this.#socket?.close()
    this.#socket = null
  }

  #give(packet: Buffer): void {
    this.packets++
    if (!this.#quick?.send(packet)) this.#usual(packet)
  }

  #usual(packet: Buffer): void {
    try {
      this.#socket?.send(packet, this.#sent)
    } catch {
      this.dropped.add('refused by the kernel')
    }
  }

  readonly #sent = (error: Error | null): void => {
    if (error) this.dropped.add('refused by the kernel')
    this.#drain()
  }

  #hold(packet: Buffer): void {
    const before = this.#held.dropped
    this.#held.push(packet)
    if (this.#held.dropped !== before) this.dropped.add('held too long')
  }

  #drain(): void {
    while (this.#socket && this.#connected && this.#socket.getSendQueueCount() < HELD / 2) {
      const packet = this.#held.take()
      if (!packet) return
      this.#give(packet)
    }
  }
}

/** Some kernels refuse a buffer this size; the smaller one they have will do. */
function grant(ask: () => void): void {
  try {
    ask()
  } catch {
    // as above
  }
}
