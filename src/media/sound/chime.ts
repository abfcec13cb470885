// chime.ts — the sounds the box makes itself: a bell while somebody rings, and ticks while it is about to answer by itself.
//
// Made of sines with soft ends, mixed like a voice, so the echo canceller knows them. No allocation, no clock but the samples.
import { RATE } from './frame.ts'

export type Chime = 'ring' | 'count'

/** A note: Hz, when it begins and how long it lasts, seconds within the pattern. */
type Note = { readonly hz: number; readonly at: number; readonly lasts: number }
const PATTERNS: Readonly<Record<Chime, { readonly every: number; readonly notes: readonly Note[] }>> = {
  // A falling third and its answer, then a rest: heard in the next room, and pleasant in this one.
  ring: {
    every: 3,
    notes: [
      { hz: 784, at: 0, lasts: 0.9 },
      { hz: 659, at: 0.28, lasts: 0.9 },
      { hz: 784, at: 0.9, lasts: 0.9 },
      { hz: 988, at: 1.18, lasts: 1.1 },
    ],
  },
  count: { every: 1, notes: [{ hz: 880, at: 0, lasts: 0.18 }] },
}
const LOUD = 0.22
const ATTACK = 0.008

export class Bell {
  #chime: Chime | null = null
  #at = 0

  /** null: silence, at the next frame. The same one again goes on where it is. */
  set(chime: Chime | null): void {
    if (chime === this.#chime) return
    this.#chime = chime
    this.#at = 0
  }

  mixInto(mix: Float32Array): void {
    if (this.#chime === null) return
    const { every, notes } = PATTERNS[this.#chime]
    for (let i = 0; i < mix.length; i++) {
      const t = this.#at / RATE
      let sum = 0
      for (const note of notes) sum += sounding(note, t - note.at)
      mix[i] = (mix[i] ?? 0) + sum
      this.#at = this.#at + 1 < every * RATE ? this.#at + 1 : 0
    }
  }
}

/** A struck bell: it comes at once and dies away. The octave above makes it one. */
function sounding(note: Note, t: number): number {
  if (t < 0 || t >= note.lasts) return 0
  const shape = Math.min(1, t / ATTACK) * Math.exp((-4 * t) / note.lasts) * Math.min(1, (note.lasts - t) / ATTACK)
  const turn = 2 * Math.PI * note.hz * t
  return LOUD * shape * (Math.sin(turn) + 0.3 * Math.sin(2 * turn) * shape)
}
