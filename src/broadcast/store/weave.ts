// weave.ts — the parts of a picture and a sound, as they were recorded, into the fragments of one film. Pure: parts in, bytes out.
//
// The film's time is the program's, from the keyframe that it begins with. Nothing in it has a hole, because players treat holes in many ways:
//
//   picture   what is missing (a pause, a damaged part) shows the picture before it until the next keyframe: a frame that leans on one that is
//             not there would smear
//   sound     frames are counted; where their times are more than half a frame from the count, silence is put in or frames are left out. So
//             it is never further than 11 ms from where it belongs. Times of parts are those of what is heard, the encoder's own delay is out
//             of them already (cutter/sound.ts), so there is nothing to be edited away at the beginning.
//
// Where the picture's parameter sets differ, each stretch has its own sample entry, and its keyframes carry the sets too: some players heed only the
// one, some only the other.
//
// A fragment is a segment: what came between two keyframes. It is all that is held in memory.
import { concat } from '../../wire/crypto.ts'
import type { TrackPart } from '../../wire/manifest.ts'
import { aacSilence, opusSilence } from '../cutter/aac.ts'
import type { Sample } from '../cutter/part.ts'
import { samplesIn } from './chunk.ts'
import { fileIndex, fragment, PICTURE, type Place, type Row, SOUND } from './container.ts'

export type Plan = {
  /** The file's head, which goes out first. */
  readonly head: Uint8Array
  readonly picture: { readonly track: number; readonly timescale: number; readonly start: number; readonly end: number }
  /** What is put before keyframes, by sample entry from 1. */
  readonly sets: ReadonlyMap<number, Uint8Array>
  /** Null: there is none. */
  readonly sound: { readonly track: number; readonly timescale: number; readonly channels: number; readonly codecs: string } | null
}

/** What is held at most before a fragment goes out without waiting for a keyframe: bytes, and frames of sound. */
const HELD = 8 * 1024 * 1024
const FRAMES = 4096
/** Seconds of silence that are put in at once; a pause beyond that stays a hole. */
const SILENCE = 1800
const LONGEST = 2 ** 32 - 1

type Held = { entry: number; start: number; end: number; samples: Sample[] }
const empty = (entry: number, start: number): Held => ({ entry, start, end: start, samples: [] })

export class Weaver {
  /** Objects that were left out because they are not what they were, and frames of silence put in. */
  damaged = 0
  silent = 0
  readonly #plan: Plan
  readonly #places: Place[] = []
  #picture = empty(1, 0)
  #sound = empty(1, 0)
  /** A keyframe must come before anything else of the picture. */
  #waits = true
  #bytes = 0
  #at = 0
  #sequence = 0

  constructor(plan: Plan) {
    this.#plan = plan
  }

  begin(): Uint8Array {
    return this.#out(this.#plan.head)
  }

  /** @param bytes null: damaged, or gone @param entry which of its track's sample entries, from 1; 0: it is not known, so nobody could decode it */
  take(part: TrackPart, entry: number, bytes: Uint8Array | null): Uint8Array[] {
    const samples = bytes && entry > 0 ? samplesIn(bytes) : null
    if (!samples) this.damaged++
    if (part.track === this.#plan.picture.track) return this.#takePicture(part, entry, samples)
    return samples && part.track === this.#plan.sound?.track ? this.#takeSound(part, entry, samples) : []
  }

  /** What is still held, and the index. */
  end(): Uint8Array[] {
    const { start, end } = this.#plan.picture
    if (this.#picture.end < end - start) this.#cover(end - start)
    const last = this.#flush()
    return [...last, this.#out(fileIndex(this.#places))]
  }

  #takePicture({ start: at, independent }: TrackPart, entry: number, samples: readonly Sample[] | null): Uint8Array[] {
    const start = at - this.#plan.picture.start
    if (!samples || start < this.#picture.end || (this.#waits && !independent)) {
      this.#waits = true
      return []
    }
    this.#waits = false
    this.#cover(start)
    const isNext = this.#picture.samples.length > 0 && (independent || entry !== this.#picture.entry)
    const out = isNext ? this.#flush() : []
    if (this.#picture.samples.length === 0) this.#picture = empty(entry, start)
    const sets = this.#plan.sets.get(entry)
    for (const sample of samples) {
      const bytes = sets && sample.isKey ? concat(sets, sample.bytes) : sample.bytes
      this.#picture.samples.push({ ...sample, bytes })
      this.#picture.end += sample.duration
      this.#bytes += bytes.length
    }
    return this.#bytes > HELD ? [...out, ...this.#flush()] : out
  }

  /** The last picture stays until then. */
  #cover(until: number): void {
    const last = this.#picture.samples.pop()
    if (!last) return
    const duration = Math.min(last.duration + until - this.#picture.end, LONGEST)
    this.#picture.samples.push({ ...last, duration })
    this.#picture.end = until
  }

  #takeSound({ start }: TrackPart, entry: number, samples: readonly Sample[]): Uint8Array[] {
    const { sound, picture } = this.#plan
    if (!sound) return []
    const zero = (picture.start * sound.timescale) / picture.timescale
    const end = (picture.end * sound.timescale) / picture.timescale - zero
    const out: Uint8Array[] = []
    let meant = start - zero
    for (const sample of samples) {
      const { duration } = sample
      const off = meant - this.#sound.end
      meant += duration
      if (off < -duration / 2 || this.#sound.end >= end) continue
      if (entry !== this.#sound.entry || this.#sound.samples.length > FRAMES) out.push(...this.#flush())
      if (off > SILENCE * sound.timescale) {
        out.push(...this.#flush())
        this.#sound = empty(entry, Math.round(meant - duration))
      }
      for (let missing = Math.round((meant - duration - this.#sound.end) / duration); missing > 0; missing--) {
        const bytes = sound.codecs === 'opus' ? opusSilence(sound.channels, duration) : aacSilence(sound.channels)
        this.#hear(entry, { bytes, duration, isKey: true })
        this.silent++
        if (this.#sound.samples.length > FRAMES) out.push(...this.#flush())
      }
      this.#hear(entry, sample)
    }
    return out
  }

  #hear(entry: number, sample: Sample): void {
    if (this.#sound.samples.length === 0) this.#sound = empty(entry, this.#sound.end)
    this.#sound.samples.push(sample)
    this.#sound.end += sample.duration
    this.#bytes += sample.bytes.length
  }

  #flush(): Uint8Array[] {
    const row = (track: number, { entry, start, samples }: Held): Row[] => (samples.length > 0 ? [{ track, entry, start, samples }] : [])
    const rows = [...row(PICTURE, this.#picture), ...row(SOUND, this.#sound)]
    if (rows.length === 0) return []
    if (this.#picture.samples[0]?.isKey) this.#places.push({ time: this.#picture.start, at: this.#at })
    this.#picture = empty(this.#picture.entry, this.#picture.end)
    this.#sound = empty(this.#sound.entry, this.#sound.end)
    this.#bytes = 0
    return [this.#out(fragment(++this.#sequence, rows))]
  }

  #out(bytes: Uint8Array): Uint8Array {
    this.#at += bytes.length
    return bytes
  }
}
