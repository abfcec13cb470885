// footage.ts — what is in a file of tracks, picture by picture: when each was taken, where its bytes are, on which it leans. Pure but for reading.
//
// Times are seconds from the track's own zero; `zero` says what the wall clock of its box was then. What is damaged is left out, with
// all pictures that lean on it.
import type { TrackPart } from '../../wire/manifest.ts'
import type { ObjectName } from '../../wire/object.ts'
import { entryIn, samplesIn } from '../store/chunk.ts'
import type { Parcel } from './parcel.ts'

/** One picture. */
export type Still = {
  readonly part: TrackPart
  /** Which sample of the part. */
  readonly index: number
  /** Which of the sample entries. */
  readonly entry: number
  readonly at: number
  readonly length: number
  readonly isKey: boolean
}
export type PictureFootage = {
  readonly width: number
  readonly height: number
  readonly entries: readonly Uint8Array[]
  readonly stills: readonly Still[]
}
export type SoundFootage = {
  readonly rate: number
  readonly channels: number
  readonly codecs: string
  /** Its sample entry. */
  readonly entry: Uint8Array
  readonly parts: readonly TrackPart[]
  /** Seconds. */
  readonly from: number
  readonly to: number
}
export type Footage = {
  readonly parcel: Parcel
  readonly name: string
  /** ms since 1970, by its box's clock. */
  readonly zero: number
  readonly picture: PictureFootage | null
  readonly sound: SoundFootage | null
  /** Parts that are not there, or not what they were. */
  readonly damaged: number
}

type Drawn = { width: number; height: number; entries: Uint8Array[]; numbers: Map<ObjectName, number>; stills: Still[] }
type Heard = { rate: number; channels: number; codecs: string; entry: Uint8Array; parts: TrackPart[] }

/** Throws a Fault when the disk fails. */
export async function footageIn(parcel: Parcel): Promise<Footage> {
  const drawn = new Map<number, Drawn & { timescale: number }>()
  const heard = new Map<number, Heard>()
  const now = new Map<number, number>()
  const torn = new Set<number>()
  const zeros: number[] = []
  let damaged = 0
  for (const entry of parcel.entries) {
    for (const { track, description, object } of entry.inits) {
      if (description.kind === 'text') continue
      const bytes = await parcel.read(object)
      const box = bytes ? entryIn(bytes) : null
      if (description.kind === 'audio') {
        const { timescale: rate, channels, codecs } = description
        if (box && !heard.has(track)) heard.set(track, { rate, channels, codecs, entry: box, parts: [] })
        continue
      }
      const { width, height, timescale } = description
      const known: Drawn & { timescale: number } = drawn.get(track) ?? {
        width,
        height,
        timescale,
        entries: [],
        numbers: new Map(),
        stills: [],
      }
      drawn.set(track, known)
      if (box && !known.numbers.has(object.name)) known.numbers.set(object.name, known.entries.push(box) - 1)
      now.set(track, known.numbers.get(object.name) ?? -1)
    }
    for (const part of entry.parts) {
      const sound = heard.get(part.track)
      if (sound) {
        sound.parts.push(part)
        zeros.push(part.at - (part.start * 1000) / sound.rate)
      }
      const picture = drawn.get(part.track)
      if (!picture) continue
      zeros.push(part.at - (part.start * 1000) / picture.timescale)
      const bytes = await parcel.read(part.object)
      const samples = bytes ? samplesIn(bytes) : null
      const number = now.get(part.track) ?? -1
      if (!samples || number < 0) {
        damaged++
        torn.add(part.track)
        continue
      }
      let at = part.start
      for (const [index, { duration, isKey }] of samples.entries()) {
        if (isKey) torn.delete(part.track)
        const still = { part, index, entry: number, at: at / picture.timescale, length: duration / picture.timescale, isKey }
        if (!torn.has(part.track)) picture.stills.push(still)
        at += duration
      }
    }
  }
  const [picture] = [...drawn.values()].filter(({ stills }) => stills.some(({ isKey }) => isKey)).sort((a, b) => b.width - a.width)
  const [sound] = [...heard.values()].filter(({ parts }) => parts.length > 0)
  const first = picture?.stills.findIndex(({ isKey }) => isKey) ?? 0
  return {
    parcel,
    name: parcel.about.name,
    zero: middle(zeros),
    picture: picture ? { ...picture, stills: picture.stills.slice(first) } : null,
    sound: sound ? { ...sound, ...spanOf(sound) } : null,
    damaged,
  }
}

function spanOf({ parts, rate }: Heard): { from: number; to: number } {
  const [first, last] = [parts[0], parts.at(-1)]
  return { from: (first?.start ?? 0) / rate, to: ((last?.start ?? 0) + (last?.duration ?? 0)) / rate }
}

const middle = (all: readonly number[]): number => [...all].sort((a, b) => a - b)[all.length >> 1] ?? 0
