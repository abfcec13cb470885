// window.ts — which numbers of a counting-up stream have been seen: against replays (RFC 3711 §3.3.2, RFC 6347 §4.1.2.6) and doubles.

const SIZE = 1024

export class Window {
  #top = -1
  readonly #seen = new Uint8Array(SIZE)

  /** The highest number seen, or -1. */
  get top(): number {
    return this.#top
  }

  /** False for a number seen before, and for one too old to know. */
  isFresh(index: number): boolean {
    if (index > this.#top) return true
    return index > this.#top - SIZE && index >= 0 && this.#seen[index % SIZE] === 0
  }

  /** Call only when the packet is known to be genuine. */
  add(index: number): void {
    if (index > this.#top) {
      const from = Math.max(this.#top + 1, index - SIZE + 1)
      for (let i = from; i < index; i++) this.#seen[i % SIZE] = 0
      this.#top = index
    }
    this.#seen[index % SIZE] = 1
  }
}

/** The whole number nearest to `near` whose low 16 bits are `low16`; never below zero. */
export function extend(near: number, low16: number): number {
  if (near < 0) return low16
  const step = ((low16 - near) << 16) >> 16
  const index = near + step
  return index < 0 ? index + 0x10000 : index
}
