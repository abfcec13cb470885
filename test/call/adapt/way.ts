// way.ts — a way through the net in virtual time: a narrow place with a queue, a delay, loss. The same seed, the same fate.
import { chances } from '../../fake/dice.ts'

type Event = { readonly at: number; readonly order: number; readonly act: () => void }
const before = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)

/** Time that runs from event to event; a binary heap. */
export class World {
  now = 0
  readonly #heap: Event[] = []
  #order = 0

  after(ms: number, act: () => void): void {
    const event = { at: this.now + ms, order: this.#order++, act }
    const heap = this.#heap
    heap.push(event)
    for (let i = heap.length - 1; i > 0; ) {
      const up = (i - 1) >> 1
      const parent = heap[up]
      if (!parent || before(parent, event)) break
      heap[i] = parent
      heap[up] = event
      i = up
    }
  }

  every(ms: number, act: () => void): void {
    this.after(ms, () => {
      act()
      this.every(ms, act)
    })
  }

  until(end: number): void {
    for (let next = this.#heap[0]; next && next.at <= end; next = this.#heap[0]) {
      this.#pop()
      this.now = next.at
      next.act()
    }
    this.now = end
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (!last || heap.length === 0) return
    for (let i = 0; ; ) {
      let child = 2 * i + 1
      const [left, right] = [heap[child], heap[child + 1]]
      if (left && right && before(right, left)) child++
      const least = heap[child]
      if (!least || before(last, least)) {
        heap[i] = last
        return
      }
      heap[i] = least
      i = child
    }
  }
}

export type WaySettings = {
  /** Bits per second. */
  capacity: number
  /** One way, milliseconds. */
  readonly delay: number
  /** Bytes that the queue holds. */
  queue: number
  /** 0 to 1, at random, after the queue. */
  loss?: number
  /** Milliseconds at most, each packet its own, order kept. */
  readonly jitter?: number
}

export class Way {
  readonly settings: WaySettings
  /** Of each packet that went through: when it came out of the queue, how long it stood there (ms), and whose it was. */
  readonly stood: Array<{ at: number; ms: number; bytes: number; flow: string }> = []
  dropped = 0
  offered = 0
  readonly #world: World
  readonly #dice: () => number
  readonly #waiting: Array<{ bytes: number; since: number; flow: string; deliver: () => void }> = []
  #bytes = 0
  #busy = false
  #lastAt = 0

  constructor(world: World, settings: WaySettings, seed = 1) {
    this.#world = world
    this.settings = settings
    this.#dice = chances(seed)
  }

  send(flow: string, bytes: number, deliver: () => void): void {
    this.offered++
    if (this.#bytes + bytes > this.settings.queue) {
      this.dropped++
      return
    }
    this.#bytes += bytes
    this.#waiting.push({ bytes, since: this.#world.now, flow, deliver })
    if (!this.#busy) this.#serve()
  }

  /** Rate that came out for a flow between two moments, bits per second. */
  rate(flow: string, from: number, to: number): number {
    const bytes = this.stood.reduce((sum, p) => (p.flow === flow && p.at >= from && p.at < to ? sum + p.bytes : sum), 0)
    return (bytes * 8000) / (to - from)
  }

  /** Milliseconds in the queue that this share of the packets did not exceed. */
  queued(share: number, from: number, to: number): number {
    const all = this.stood.filter((p) => p.at >= from && p.at < to).map((p) => p.ms)
    all.sort((a, b) => a - b)
    return all[Math.min(all.length - 1, Math.floor(all.length * share))] ?? 0
  }

  #serve(): void {
    const next = this.#waiting.shift()
    this.#busy = next !== undefined
    if (!next) return
    const { now } = this.#world
    this.#world.after((next.bytes * 8000) / this.settings.capacity, () => {
      this.#bytes -= next.bytes
      this.stood.push({ at: this.#world.now, ms: now - next.since, bytes: next.bytes, flow: next.flow })
      const { loss = 0, jitter = 0, delay } = this.settings
      const at = Math.max(this.#lastAt, this.#world.now + delay + this.#dice() * jitter)
      this.#lastAt = at
      if (this.#dice() < loss) this.dropped++
      else this.#world.after(at - this.#world.now, next.deliver)
      this.#serve()
    })
  }
}
