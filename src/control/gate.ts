// gate.ts — stands between a stranger's stream and the broker, so that no client can cost the broker more than its share.
//
// - A packet that promises to be too long ends the client before a byte of it is kept.
// - A hasty client is read more slowly (its own TCP window fills); it is not cut off, and the others do not notice.
// - A client that does not read is cut off when its backlog is full. The broker behind never waits for a writer: it would
//   hold up everybody else's messages until that one had drained.
import { Duplex } from 'node:stream'
import type { Clock } from '../lib/clock.ts'
import { type Ms, ms } from '../lib/unit.ts'
import { Frames } from './frame.ts'

export type GateLimits = {
  /** Bytes of one packet. */
  readonly packet: number
  /** Packets in a second, over a longer time; a packet counts once more for each 4 KiB. */
  readonly perSecond: number
  /** Packets at once. */
  readonly burst: number
  /** Bytes that may wait to be read by the client. */
  readonly backlog: number
}
const BYTES_OF_ONE = 4096

export class Gate extends Duplex {
  readonly #inner: Duplex
  readonly #frames: Frames
  readonly #limits: GateLimits
  readonly #clock: Clock
  readonly #onOdd: (why: string) => void
  readonly #gone = new AbortController()
  #tokens: number
  #filled: number
  #waits = false
  #wanted = false

  constructor(inner: Duplex, limits: GateLimits, clock: Clock, onOdd: (why: string) => void) {
    super({ allowHalfOpen: false })
    this.#inner = inner
    this.#limits = limits
    this.#clock = clock
    this.#onOdd = onOdd
    this.#frames = new Frames(limits.packet)
    this.#tokens = limits.burst
    this.#filled = clock.now()
  }

  /** Begins to pass bytes on. */
  open(): this {
    this.#inner.on('data', (bytes: Buffer) => this.#take(bytes))
    this.#inner.on('end', () => this.push(null))
    this.#inner.on('error', () => this.destroy())
    this.#inner.on('close', () => this.destroy())
    this.#inner.pause()
    return this
  }

  override _read(): void {
    this.#wanted = true
    if (!this.#waits) this.#inner.resume()
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.#pass(bytes)
    done()
  }

  /** Several small writes of one packet leave as one. */
  override _writev(chunks: Array<{ chunk: Buffer }>, done: (error?: Error) => void): void {
    this.#pass(Buffer.concat(chunks.map(({ chunk }) => chunk)))
    done()
  }

  override _final(done: () => void): void {
    this.#inner.end()
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#gone.abort()
    this.#inner.destroy()
    done(error)
  }

  #pass(bytes: Buffer): void {
    if (this.#inner.destroyed || this.#inner.writableEnded) return
    this.#inner.write(bytes)
    if (this.#inner.writableLength > this.#limits.backlog) this.#refuse('a client that does not read')
  }

  #take(bytes: Buffer): void {
    const begun = this.#frames.feed(bytes)
    if (begun === 'broken') {
      this.#refuse('a packet too long')
      return
    }
    if (!this.push(bytes)) {
      this.#wanted = false
      this.#inner.pause()
    }
    this.#spend(begun + bytes.length / BYTES_OF_ONE)
  }

  #spend(cost: number): void {
    const now = this.#clock.now()
    this.#tokens = Math.min(this.#limits.burst, this.#tokens + ((now - this.#filled) / 1000) * this.#limits.perSecond) - cost
    this.#filled = now
    if (this.#tokens >= 0 || this.#waits) return
    this.#waits = true
    this.#onOdd('a client in a hurry')
    this.#inner.pause()
    void this.#rest(ms((-this.#tokens / this.#limits.perSecond) * 1000))
  }

  async #rest(time: Ms): Promise<void> {
    try {
      await this.#clock.sleep('pause of a hasty client', time, this.#gone.signal)
    } catch {
      return
    }
    this.#waits = false
    if (this.#wanted) this.#inner.resume()
  }

  #refuse(why: string): void {
    if (this.destroyed) return
    this.#onOdd(why)
    this.destroy()
  }
}
