// tape.ts — a track's part of one scene as a file that a decoder plays (MP4), each picture at the time of its slot; and a whole sound, without holes. Pure
// but for reading.
//
// A scene begins anywhere, a decoder only at a keyframe. What comes before the scene is decoded in a few slots before it, which nobody
// looks at. Pictures stand in the middle of their slots, so that no rounding moves them to another.
import { concat } from '../../wire/crypto.ts'
import type { TrackPart } from '../../wire/manifest.ts'
import { aacSilence, opusSilence } from '../cutter/aac.ts'
import { VIDEO_TIMESCALE } from '../cutter/init.ts'
import type { Sample } from '../cutter/part.ts'
import { samplesIn, setsIn } from '../store/chunk.ts'
import { fileHead, fragment, PICTURE, SOUND } from '../store/container.ts'
import type { Footage, PictureFootage, SoundFootage, Still } from './footage.ts'
import type { Span } from './plan.ts'

/** Slots before a scene. Decoders give each picture the length of a slot, whatever the file says: with fewer, some would reach into the scene. */
export const LEAD = 4
/** Samples of one frame of sound: Opus, AAC. */
const FRAMES = [480, 960, 1024]
/** Samples in one fragment. */
const MOST = 64
const MOST_SOUND = 512

/** @param slots of each still @param scene in slots */
export async function* pictureTape(footage: Footage, slots: readonly number[], scene: Span, fps: number): AsyncGenerator<Uint8Array> {
  const { picture } = footage
  if (!picture) return
  const { width, height, entries } = picture
  const tick = VIDEO_TIMESCALE / fps
  const { first, last } = takenOf(picture.stills, slots, scene)
  const ends = (LEAD + scene.to - scene.from + 2) * tick
  const times = timesOf(slots, { first, last }, scene, tick)
  yield fileHead([{ id: PICTURE, timescale: VIDEO_TIMESCALE, handler: 'vide', width, height, entries }], 0, (ends * 1000) / VIDEO_TIMESCALE)
  const read = readerOf(footage)
  let [sequence, start, entry] = [0, 0, 0]
  let held: Sample[] = []
  const flush = (): Uint8Array => {
    const row = { track: PICTURE, entry: entry + 1, start, samples: held }
    held = []
    return fragment(++sequence, [row])
  }
  // A file that begins later than at 0 is played as if it began there: so a keyframe that the scene begins with stands in it twice.
  const twice = (times[0] ?? 0) > 0
  for (let i = twice ? first - 1 : first; i <= last; i++) {
    const still = picture.stills[Math.max(first, i)]
    const sample = still && (await read(still.part))?.[still.index]
    if (!still || !sample) continue
    const at = i < first ? 0 : (times[i - first] ?? 0)
    if (held.length >= MOST || (held.length > 0 && still.entry !== entry)) yield flush()
    if (held.length === 0) start = at
    entry = still.entry
    const bytes = still.isKey ? concat(setsOf(picture, still.entry), sample.bytes) : sample.bytes
    held.push({ bytes, isKey: still.isKey, duration: Math.max(1, (times[i + 1 - first] ?? ends) - at) })
  }
  if (held.length > 0) yield flush()
}

/** Which stills a scene needs: from the keyframe on which its first one leans. */
function takenOf(stills: readonly Still[], slots: readonly number[], { from, to }: Span): { first: number; last: number } {
  const upTo = (slot: number): number => slots.findLastIndex((each) => each >= 0 && each <= slot)
  const shown = Math.max(0, upTo(from))
  const first = Math.max(
    0,
    stills.findLastIndex(({ isKey }, i) => isKey && i <= shown),
  )
  return { first, last: Math.max(shown, upTo(to - 1)) }
}

/** When each of them is shown, ticks. */
function timesOf(slots: readonly number[], { first, last }: { first: number; last: number }, { from }: Span, tick: number): number[] {
  const shown = Math.max(
    first,
    slots.findLastIndex((each) => each >= 0 && each <= from),
  )
  const times: number[] = []
  let after = Number.POSITIVE_INFINITY
  for (let i = last; i >= first; i--) {
    const slot = slots[i] ?? -1
    // One that is left out is decoded just before the next.
    const at = i < shown ? i - first : slot < 0 ? after - 1 : (LEAD + 0.5 + Math.max(0, slot - from)) * tick
    times.unshift(at)
    after = at
  }
  return times
}

const setsOf = ({ entries }: PictureFootage, entry: number): Uint8Array => setsIn(entries[entry] ?? new Uint8Array()) ?? new Uint8Array()

/** The samples of a part; the last one is held, for one follows on the other. */
function readerOf({ parcel }: Footage): (part: TrackPart) => Promise<readonly Sample[] | null> {
  let held: { readonly part: TrackPart; readonly samples: readonly Sample[] | null } | null = null
  return async (part) => {
    if (held?.part !== part) {
      const bytes = await parcel.read(part.object)
      held = { part, samples: bytes ? samplesIn(bytes) : null }
    }
    return held.samples
  }
}

/** All of a sound: its first sample is at sound.from, and where nothing was kept there is silence. */
export async function* soundTape(footage: Footage, sound: SoundFootage): AsyncGenerator<Uint8Array> {
  const { rate, channels, codecs, entry, parts } = sound
  yield fileHead(
    [{ id: SOUND, timescale: rate, handler: 'soun', width: 0, height: 0, entries: [entry] }],
    0,
    (sound.to - sound.from) * 1000,
  )
  const zero = parts[0]?.start ?? 0
  const read = readerOf(footage)
  let [sequence, start, end] = [0, 0, 0]
  let held: Sample[] = []
  const flush = (): Uint8Array => {
    const row = { track: SOUND, entry: 1, start, samples: held }
    held = []
    start = end
    return fragment(++sequence, [row])
  }
  const push = (sample: Sample): void => {
    held.push(sample)
    end += sample.duration
  }
  for (const part of parts) {
    const samples = await read(part)
    const length = samples?.[0]?.duration ?? 0
    // Anything else is none of ours, and silence put in by the sample would never end.
    if (!samples?.every(({ duration }) => duration === length) || !FRAMES.includes(length)) continue
    for (let missing = Math.round((part.start - zero - end) / length); missing > 0; missing--) {
      push({ bytes: codecs === 'opus' ? opusSilence(channels, length) : aacSilence(channels), duration: length, isKey: true })
      if (held.length >= MOST_SOUND) yield flush()
    }
    for (const sample of samples) push(sample)
    if (held.length >= MOST_SOUND) yield flush()
  }
  if (held.length > 0) yield flush()
}
