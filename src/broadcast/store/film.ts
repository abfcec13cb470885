// film.ts — a run of the recording, or a piece of it, as one MP4 that every player takes: made while it is sent, out of what is on the disk.
//
// It goes twice over the entries: once to know how long it will be and what its tracks are (the head stands first), once for the parts.
// No more than a segment is in memory. Every object is checked against its name before it goes out (the store does); one that is
// damaged is left out and said in the log, and the film goes on (weave.ts).
import type { Log } from '../../lib/log.ts'
import type { Description, TrackInit, TrackPart } from '../../wire/manifest.ts'
import type { ObjectName } from '../../wire/object.ts'
import { entryIn, setsIn } from './chunk.ts'
import { fileHead, PICTURE, SOUND } from './container.ts'
import type { Piece } from './mark.ts'
import type { Told } from './store.ts'
import { type Plan, Weaver } from './weave.ts'

/** Where recordings are read from: the store. */
export interface FilmSource {
  told(run: number): AsyncIterable<Told>
}

export type Film = {
  /** When its first picture was taken, ms since 1970. */
  readonly began: number
  /** Where it begins in the time of the program, and how long it is, ms. */
  readonly start: number
  readonly length: number
  /** About how many bytes it will have. */
  readonly size: number
  /** Its bytes, piece by piece. Read once. Throws a Fault when the disk fails. */
  readonly bytes: AsyncIterable<Uint8Array>
}

/** What is known of a track after the first time over the entries. Ticks are of the track. */
type Track = {
  readonly number: number
  readonly first: TrackInit
  /** All its init segments, in their order. */
  readonly inits: Map<ObjectName, TrackInit>
  /** The part that the film would begin with. */
  begin: TrackPart | null
  end: number
  bytes: number
}

/**
 * @param piece from the last keyframe before its beginning; all there is when left out
 * @returns null when there is no picture in it
 */
export async function openFilm(source: FilmSource, run: number, piece: Piece | null, log: Log): Promise<Film | null> {
  const { from, to } = piece ?? { from: 0, to: Number.MAX_SAFE_INTEGER }
  const { tracks, read } = await survey(source, run, { from, to })
  const largest = ({ first: { description: d } }: Track): number => (d.kind === 'video' ? d.width * d.height : 0)
  const pictures = tracks.filter(({ first, begin }) => first.description.kind === 'video' && begin !== null)
  const [picture] = pictures.sort((a, b) => largest(b) - largest(a))
  const sound = tracks.find(({ first }) => first.description.kind === 'audio') ?? null
  const begin = picture?.begin
  if (!picture || !begin) return null
  const entries = { picture: await entriesOf(picture, read, log), sound: sound ? await entriesOf(sound, read, log) : null }
  const pictureOf = picture.first.description
  const soundOf = sound?.first.description
  const length = ((picture.end - begin.start) * 1000) / pictureOf.timescale
  const heads = [
    { id: PICTURE, timescale: pictureOf.timescale, handler: 'vide' as const, ...sizeOf(picture), entries: entries.picture.boxes },
    ...(soundOf && entries.sound && entries.sound.boxes.length > 0
      ? [{ id: SOUND, timescale: soundOf.timescale, handler: 'soun' as const, width: 0, height: 0, entries: entries.sound.boxes }]
      : []),
  ]
  const plan: Plan = {
    head: fileHead(heads, begin.at, length),
    picture: { track: picture.number, timescale: pictureOf.timescale, start: begin.start, end: picture.end },
    sets: entries.picture.boxes.length > 1 ? setsOf(entries.picture.boxes) : new Map(),
    sound: sound && soundOf?.kind === 'audio' && heads.length > 1 ? { track: sound.number, ...soundOf } : null,
  }
  const numbers = new Map([...entries.picture.numbers, ...(entries.sound?.numbers ?? [])])
  // Where the beginning was let go, the sound may begin with a part whose description was told before.
  const first = [picture, ...(sound ? [sound] : [])].map((track) => [track.number, numbers.get(track.first.object.name) ?? 0] as const)
  return {
    began: begin.at,
    start: (begin.start * 1000) / pictureOf.timescale,
    length,
    size: plan.head.length + picture.bytes + (sound?.bytes ?? 0),
    bytes: woven(source, run, { plan, numbers, first, begin, to, log }),
  }
}

type Reading = Told['read']

async function survey(source: FilmSource, run: number, { from, to }: Piece): Promise<{ tracks: Track[]; read: Reading }> {
  const tracks = new Map<number, Track>()
  const readers: Reading[] = []
  const seen = new Set<ObjectName>()
  for await (const { entry, read } of source.told(run)) {
    for (const init of entry.inits) {
      const track = tracks.get(init.track) ?? { number: init.track, first: init, inits: new Map(), begin: null, end: 0, bytes: 0 }
      track.inits.set(init.object.name, track.inits.get(init.object.name) ?? init)
      tracks.set(init.track, track)
      if (!seen.has(init.object.name)) readers.push(read)
      seen.add(init.object.name)
    }
    for (const part of entry.parts) {
      const track = tracks.get(part.track)
      if (!track || part.at >= to) continue
      if (part.independent && (track.begin === null || part.at <= from)) {
        track.begin = part
        track.bytes = 0
      }
      track.end = Math.max(track.end, part.start + part.duration)
      track.bytes += part.object.size
    }
  }
  const read: Reading = async (promise) => {
    for (const each of readers) {
      const bytes = await each(promise)
      if (bytes) return bytes
    }
    return null
  }
  return { tracks: [...tracks.values()].sort((a, b) => a.number - b.number), read }
}

/** The sample entries of a track, and which of them (from 1) an init segment has. Those that are damaged have none. */
async function entriesOf({ inits }: Track, read: Reading, log: Log): Promise<{ boxes: Uint8Array[]; numbers: Map<ObjectName, number> }> {
  const boxes: Uint8Array[] = []
  const numbers = new Map<ObjectName, number>()
  for (const { object, track } of inits.values()) {
    const bytes = await read(object)
    const entry = bytes ? entryIn(bytes) : null
    if (entry) numbers.set(object.name, boxes.push(entry))
    else log.warn('what a part of a recording is coded with is damaged; that part is left out', { object: object.name, track })
  }
  return { boxes, numbers }
}

const setsOf = (boxes: readonly Uint8Array[]): Map<number, Uint8Array> =>
  new Map(boxes.map((box, i) => [i + 1, setsIn(box)] as const).flatMap(([n, sets]) => (sets ? [[n, sets] as const] : [])))

function sizeOf({ first: { description } }: Track): Pick<Extract<Description, { kind: 'video' }>, 'width' | 'height'> {
  return description.kind === 'video' ? description : { width: 0, height: 0 }
}

type Weaving = {
  readonly plan: Plan
  readonly numbers: ReadonlyMap<ObjectName, number>
  /** Which sample entry each track begins with. */
  readonly first: ReadonlyArray<readonly [track: number, entry: number]>
  readonly begin: TrackPart
  readonly to: number
  readonly log: Log
}

async function* woven(source: FilmSource, run: number, { plan, numbers, first, begin, to, log }: Weaving): AsyncGenerator<Uint8Array> {
  const weaver = new Weaver(plan)
  yield weaver.begin()
  const now = new Map(first)
  let isIn = false
  for await (const { entry, read } of source.told(run)) {
    for (const { track, object } of entry.inits) now.set(track, numbers.get(object.name) ?? 0)
    for (const part of entry.parts) {
      const isPicture = part.track === plan.picture.track
      if (isPicture && part.sequence === begin.sequence) isIn = true
      const isWanted = isPicture ? isIn : part.track === plan.sound?.track && mayBeHeard(part, plan)
      if (!isWanted || (isPicture && (part.at >= to || part.start >= plan.picture.end))) continue
      const before = weaver.damaged
      yield* weaver.take(part, now.get(part.track) ?? 0, await read(part.object))
      if (weaver.damaged > before)
        log.warn('a part of a recording is damaged and left out', { track: part.track, at: part.at, object: part.object.name })
    }
  }
  yield* weaver.end()
  log.info('a recording was read', { run, damaged: weaver.damaged, silent: weaver.silent })
}

/** Whether some of a part lies between the first picture and the last. */
function mayBeHeard({ start, duration }: TrackPart, { picture, sound }: Plan): boolean {
  const scale = (sound?.timescale ?? 1) / picture.timescale
  return start + duration > picture.start * scale && start < picture.end * scale
}
