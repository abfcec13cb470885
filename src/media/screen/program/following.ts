// following.ts — which pictures a rendition encodes, and which of them as keyframes: it goes behind the program's own picture. Pure.
//
// Two encoders that count by themselves are soon out of step: one is asked for a keyframe (who watches by WebRTC asks for many), one loses a frame, one
// began later. So a rendition waits until the program's own frame is out, and then encodes the same picture, as a keyframe where that is one:
// a frame later, and in step by nature, whatever the encoders are. It begins with a keyframe.

/** A frame of the program is out. `at`: time of its picture, `time`: what it was given, both running times in ns. */
type Led = { readonly at: bigint; readonly time: bigint; readonly isKey: boolean }
/** A picture, made as small as the rendition is. */
type Raw = { readonly at: bigint; readonly bytes: Uint8Array }
export type Due = { readonly bytes: Uint8Array; readonly time: bigint; readonly isKey: boolean }

/** Frames of the program that are remembered: a second of many. */
const LED = 60
/** Pictures that wait for theirs: an encoder gives a frame long before. */
const WAITING = 15
/** Times of one picture are the same on both ways, but for rounding, ns. */
const SAME = 1_000_000n

export class Following {
  readonly #every: number
  #led: readonly Led[] = []
  #raw: readonly Raw[] = []
  /** Frames of the program since its keyframe; null: it was not seen here, and nothing is encoded. */
  #since: number | null = null

  /** @param every it has one of so many frames */
  constructor(every: number) {
    this.#every = every
  }

  lead(frame: Led): void {
    // Nothing came of so many: who knows what was among those.
    if (this.#led.length === LED) this.#since = null
    this.#led = [...this.#led, frame].slice(-LED)
  }

  picture(raw: Raw): void {
    this.#raw = [...this.#raw, raw].slice(-WAITING)
  }

  /** The next picture that is to be encoded; null: none yet. */
  next(): Due | null {
    for (;;) {
      const [raw] = this.#raw
      const newest = this.#led.at(-1)
      if (!raw || !newest) return null
      const i = this.#led.findIndex(({ at }) => at - raw.at < SAME && raw.at - at < SAME)
      if (i < 0 && newest.at < raw.at) return null
      this.#raw = this.#raw.slice(1)
      const frame = this.#led[i]
      // The program left it out; so does every rendition.
      if (!frame) continue
      const passed = this.#led.slice(0, i)
      this.#led = this.#led.slice(i + 1)
      this.#count(frame, passed)
      if (this.#since !== null && this.#since % this.#every === 0) return { bytes: raw.bytes, time: frame.time, isKey: frame.isKey }
    }
  }

  /** @param passed frames before it whose pictures did not come here */
  #count(frame: Led, passed: readonly Led[]): void {
    if (passed.some(({ isKey }) => isKey)) this.#since = null
    if (frame.isKey) this.#since = 0
    else if (this.#since !== null) this.#since += passed.length + 1
  }
}
