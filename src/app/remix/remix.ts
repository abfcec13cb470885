// remix.ts — a conference once more, out of what each box kept of itself: tracks put at their places in time, dropouts filled, one film.
//
//   files of tracks ─▶ their sounds decoded ─▶ clocks compared ─▶ scenes, one after the other ─▶ one MP4, and a VTT beside it
//
// The clock is that of the broadcast. A track is first taken at its word, and then put where its voice is heard in the broadcast, which is how those in
// the call heard it. Work files lie in a folder of their own, and the film gets its name
// when it is whole.

import { keptCaptions } from '../../broadcast/captions-kept.ts'
import { RATE as HEARD_RATE, lagOf, thinned } from '../../broadcast/remix/align.ts'
import { type Footage, footageIn } from '../../broadcast/remix/footage.ts'
import { openParcel, type ParcelFile } from '../../broadcast/remix/parcel.ts'
import { type Scene, scenesOf, slotsOf, spansOf } from '../../broadcast/remix/plan.ts'
import { LEAD, pictureTape, soundTape } from '../../broadcast/remix/tape.ts'
import { Refusal } from '../../lib/fault.ts'
import type { Size } from '../../media/layout.ts'
import { AAC_DELAY, decodeLaunch, sceneLaunch, soundLaunch } from '../../media/remix/launch.ts'
import { bindFilm } from './bind.ts'
import { mixed, RATE, type Stretch } from './mix.ts'
import { vttOf } from './vtt.ts'

/** Where work files lie: names, and their paths for GStreamer. system/media-folder.ts is one. */
export interface Bench {
  append(name: string, bytes: Uint8Array): Promise<void>
  read(name: string, from: number, length: number): Promise<Uint8Array>
  size(name: string): Promise<number>
  remove(name: string): Promise<void>
  /** Nothing more is written into it for now. */
  release(name: string): Promise<void>
  path(name: string): string
}

export type RemixParts = {
  readonly bench: Bench
  /**
   * Files of tracks. `ours`: the box that recorded made it, so it has the same clock. `fetched`: nobody here has seen it before, so one that
   * cannot be read is left out.
   */
  readonly files: ReadonlyArray<ParcelFile & { readonly ours?: boolean; readonly fetched?: boolean }>
  readonly size: Size
  readonly play: (launch: string, at: (count: number) => void, signal: AbortSignal) => Promise<void>
  /** @param percent 0 to 100 */
  readonly tell: (percent: number, what: string) => void
  readonly signal: AbortSignal
}
/** One who is in it. */
export type Placed = {
  readonly name: string
  /** ms that its clock was found to be ahead of the recording box's; null: it was taken at its word. */
  readonly ahead: number | null
  /** Pictures of it that are in the remix, and that there were. */
  readonly shown: number
  readonly pictures: number
  readonly damaged: number
}
export type Remix = {
  /** Names on the bench. */
  readonly film: string
  readonly vtt: string
  /** ms since 1970. */
  readonly began: number
  /** Seconds. */
  readonly length: number
  readonly people: readonly Placed[]
}

/** Clocks of boxes may differ by so much, s; and a broadcast may be later than a track of the same box by so much. */
const APART = 15
const LATE = 1
/** Without a picture for so long somebody is shown as a card, s. */
const HOLE = 0.5
/** Nobody's call is longer, s. */
const DAY = 86_400
/** Bytes of sound that are read at once: whole seconds. */
const PIECE = 60 * RATE * 2
const SOUNDS = 10
const SCENES = 85

type Seen = {
  readonly footage: Footage
  readonly sound: string | null
  readonly ours: boolean
  /** Its zero by the recording box's clock, ms since 1970. */
  zero: number
  ahead: number | null
}

/** @throws Refusal 'bad-request' when these files make no remix; Fault when the disk or GStreamer fails; what the signal was aborted with */
export async function remix(parts: RemixParts): Promise<Remix> {
  const { tell, signal, bench, size } = parts
  const seen = await look(parts)
  const broadcast = seen.find(({ footage }) => footage.parcel.about.is === 'broadcast') ?? null
  const people = seen.filter((each) => each !== broadcast)
  if (people.length === 0) throw new Refusal('bad-request', 'there is no track of anybody: a remix needs at least one')
  tell(SOUNDS, 'comparing clocks')
  if (broadcast) await compare(bench, broadcast, people)
  const { began, seconds } = spanOf(broadcast ? [broadcast] : people)
  const fps = people.some(({ footage }) => (footage.picture?.stills[1]?.length ?? 1) < 1 / 45) ? 60 : 30
  const total = Math.max(1, Math.round(seconds * fps))
  const slots = seen.map(({ footage, zero }) =>
    slotsOf(footage.picture?.stills.map(({ at }) => at + (zero - began) / 1000) ?? [], fps).map((slot) => (slot >= total ? -1 : slot)),
  )
  const slotsFor = (each: Seen): readonly number[] => slots[seen.indexOf(each)] ?? []
  const scenes = scenesOf(
    people.map((each) => {
      const spans = spansOf(slotsFor(each), HOLE * fps)
      const { sound } = each.footage
      const heard = sound ? [sound.from, sound.to].map((at) => Math.round((at + (each.zero - began) / 1000) * fps)) : []
      const all = [...spans.flatMap(({ from, to }) => [from, to]), ...heard]
      return { here: all.length > 0 ? { from: Math.min(...all), to: Math.max(...all) } : { from: 0, to: 0 }, seen: spans }
    }),
    total,
  )
  const standsIn = (scene: Scene): boolean => scene.tiles.length === 0 && broadcast?.footage.picture != null
  const done: string[] = []
  for (const [i, scene] of scenes.entries()) {
    const frames = scene.to - scene.from
    const cast = standsIn(scene) && broadcast ? [{ each: broadcast, seen: true, name: null }] : castOf(scene, people)
    const tiles = []
    for (const [n, { each, seen: isSeen, name }] of cast.entries()) {
      const tape = `tape-${i}-${n}.mp4`
      if (isSeen) await write(bench, tape, pictureTape(each.footage, slotsFor(each), scene, fps))
      tiles.push({ from: isSeen ? bench.path(tape) : null, name })
    }
    const to = `scene-${i}.gdp`
    const launch = sceneLaunch({
      size,
      fps,
      frames,
      lead: LEAD,
      tiles: tiles.length > 0 ? tiles : [{ from: null, name: null }],
      to: bench.path(to),
    })
    const at = (count: number) =>
      tell(SOUNDS + ((scene.from + Math.min(count, frames)) / total) * (SCENES - SOUNDS), 'rendering the pictures')
    await parts.play(launch, at, signal)
    for (const n of cast.keys()) await bench.remove(`tape-${i}-${n}.mp4`)
    done.push(to)
  }
  tell(SCENES, 'mixing the sound')
  const at = (slot: number): number => Math.round((slot / fps) * RATE)
  const stretches = scenes.filter(standsIn).map(({ from, to }) => ({ from: at(from), to: at(to) }))
  await mixSound(parts, seen, broadcast, { began, total: at(total), stretches })
  tell(SCENES + 8, 'putting picture and sound together')
  const film = 'remix.mp4'
  const frames = scenes.map(({ from, to }) => to - from)
  await write(
    bench,
    film,
    bindFilm({ bench, scenes: done.map((name, i) => ({ name, frames: frames[i] ?? 0 })), sound: 'mix.gdp', fps, began }),
  )
  const vtt = 'remix.vtt'
  const { marks, chat } = broadcast?.footage.parcel.about ?? { marks: [], chat: [] }
  const parcel = broadcast?.footage.parcel
  const captions = parcel ? await keptCaptions(parcel, parcel.about.run) : []
  await bench.append(
    vtt,
    vttOf([
      ...marks.map(({ is, at: when }) => ({ at: when - began, text: is === 'begin' ? '[cut: from here]' : '[cut: to here]' })),
      ...captions.map(({ at: when, from, to, text }) => ({ at: when - began, stands: to - from, text })),
      ...chat.map(({ at: when, name, text }) => ({ at: when - began, text: `${name}: ${text}` })),
    ]),
  )
  await bench.release(vtt)
  tell(100, 'done')
  return {
    ...{ film, vtt, began, length: total / fps },
    people: people.map((each) => ({
      name: each.footage.name,
      ahead: each.ahead,
      shown: slotsFor(each).filter((slot) => slot >= 0).length,
      pictures: each.footage.picture?.stills.length ?? 0,
      damaged: each.footage.damaged,
    })),
  }
}

const castOf = (scene: Scene, people: readonly Seen[]) =>
  scene.tiles.flatMap(({ who, seen }) => {
    const each = people[who]
    return each ? [{ each, seen, name: each.footage.name }] : []
  })

/** Opens and checks the files, and decodes their sounds. */
async function look(parts: RemixParts): Promise<Seen[]> {
  const seen: Seen[] = []
  for (const [i, file] of parts.files.entries()) {
    parts.tell((i / parts.files.length) * SOUNDS, 'reading the tracks')
    try {
      const one = await lookAt(parts, file, i, seen)
      if (one) seen.push(one)
    } catch (error) {
      if (file.fetched !== true || parts.signal.aborted) throw error
      parts.tell((i / parts.files.length) * SOUNDS, 'leaving out tracks that cannot be read')
    }
  }
  return seen
}

/** Null: it is there already. */
async function lookAt({ bench, play, signal }: RemixParts, file: RemixParts['files'][number], i: number, seen: readonly Seen[]) {
  const footage = await footageIn(await openParcel(file))
  const { zero, sound, picture, parcel, name } = footage
  const pictures = (picture?.stills.at(-1)?.at ?? 0) - (picture?.stills[0]?.at ?? 0)
  if (
    Math.max(pictures, sound ? sound.to - sound.from : 0) > DAY ||
    (file.fetched && Math.abs(zero - (seen[0]?.zero ?? zero)) > DAY * 1000)
  )
    throw new Refusal('bad-request', `the tracks of ${name} say that they are longer than a day, or not of this day`)
  if (seen.some(({ footage: { parcel: known } }) => known.program === parcel.program && known.about.run === parcel.about.run)) return null
  const pcm = sound ? `sound-${i}.pcm` : null
  if (sound && pcm) {
    const tape = `sound-${i}.mp4`
    await write(bench, tape, soundTape(footage, sound))
    await play(decodeLaunch(bench.path(tape), bench.path(pcm)), () => {}, signal)
    await bench.remove(tape)
  }
  return { footage, sound: pcm, zero, ours: file.ours === true, ahead: null }
}

/** Puts everybody where their voice is in the broadcast. */
async function compare(bench: Bench, broadcast: Seen, people: readonly Seen[]): Promise<void> {
  const heard = broadcast.footage.sound
  if (!heard || !broadcast.sound) return
  const reference = await heardIn(bench, broadcast.sound)
  const from = broadcast.zero + heard.from * 1000
  for (const each of people) {
    const { sound } = each.footage
    if (!sound || !each.sound) continue
    const begin = each.zero + sound.from * 1000
    const earliest = Math.min(from, begin)
    const [whole, part] = [shifted(reference, from - earliest), shifted(await heardIn(bench, each.sound), begin - earliest)]
    const lag = lagOf(whole, part, each.ours ? LATE : APART)
    if (!lag) continue
    each.zero += lag.seconds * 1000
    each.ahead = -lag.seconds * 1000
  }
}

/** A sound made small enough to be held as a whole. */
async function heardIn(bench: Bench, name: string): Promise<Float32Array> {
  const pieces: Float32Array[] = []
  const size = await bench.size(name)
  for (let at = 0; at < size; at += PIECE) pieces.push(thinned(samplesOf(await bench.read(name, at, Math.min(PIECE, size - at)))))
  const whole = new Float32Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
const samplesOf = (bytes: Uint8Array): Int16Array => new Int16Array(bytes.slice(0, bytes.length & ~1).buffer)

/** @param by ms */
function shifted(sound: Float32Array, by: number): Float32Array {
  const ahead = Math.round((by * HEARD_RATE) / 1000)
  const out = new Float32Array(sound.length + ahead)
  out.set(sound, ahead)
  return out
}

/** When it began and how long it was, over all of these. */
function spanOf(all: readonly Seen[]): { began: number; seconds: number } {
  const edges = all.flatMap(({ footage: { picture, sound }, zero }) => {
    const [first, last] = [picture?.stills[0], picture?.stills.at(-1)]
    const times = [...(first && last ? [first.at, last.at + last.length] : []), ...(sound ? [sound.from, sound.to] : [])]
    return times.map((time) => zero + time * 1000)
  })
  if (edges.length === 0) throw new Refusal('bad-request', 'there is neither picture nor sound in these tracks')
  const began = Math.min(...edges)
  const seconds = (Math.max(...edges) - began) / 1000
  if (seconds > DAY) throw new Refusal('bad-request', 'these tracks are not of one call: there is more than a day between them')
  return { began, seconds }
}

async function mixSound(
  { bench, play, signal }: RemixParts,
  seen: readonly Seen[],
  broadcast: Seen | null,
  { began, total, stretches }: { began: number; total: number; stretches: readonly Stretch[] },
): Promise<void> {
  const strands = seen.flatMap((each) => {
    const { sound, footage } = each
    if (!sound || !footage.sound) return []
    const read = async (from: number, count: number): Promise<Int16Array> => {
      const out = new Int16Array(count)
      const begin = Math.max(0, from)
      if (from + count > begin) out.set(samplesOf(await bench.read(sound, begin * 2, (from + count - begin) * 2)), begin - from)
      return out
    }
    const at = Math.round(((each.zero - began) / 1000 + footage.sound.from) * RATE)
    return [{ read, at, standsIn: each === broadcast }]
  })
  // So much that with the coder's own delay it is two whole packets, which are then left out (bind.ts).
  await bench.append('mix.pcm', new Uint8Array((2048 - AAC_DELAY) * 2))
  for await (const chunk of mixed(strands, stretches, total)) await bench.append('mix.pcm', new Uint8Array(chunk.buffer))
  await bench.append('mix.pcm', new Uint8Array(4096 * 2))
  await bench.release('mix.pcm')
  await play(soundLaunch(bench.path('mix.pcm'), bench.path('mix.gdp')), () => {}, signal)
  await bench.remove('mix.pcm')
}

async function write(bench: Bench, name: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const piece of bytes) await bench.append(name, piece)
  await bench.release(name)
}
