// bind.ts — scenes and sound, as the coders gave them, into one MP4 from its first byte to its last. Pure but for reading.
import { AAC_SAMPLES, aacIn } from '../../broadcast/cutter/aac.ts'
import { type Frame, GdpReader } from '../../broadcast/cutter/gdp.ts'
import { pictureIn, shapeOf } from '../../broadcast/cutter/h264.ts'
import { soundInit, VIDEO_TIMESCALE, videoInit } from '../../broadcast/cutter/init.ts'
import type { Sample } from '../../broadcast/cutter/part.ts'
import { entryIn } from '../../broadcast/store/chunk.ts'
import { fileHead, fileIndex, fragment, PICTURE, type Place, SOUND } from '../../broadcast/store/container.ts'
import { Fault } from '../../lib/fault.ts'
import { RATE } from './mix.ts'

export interface BindSource {
  read(name: string, from: number, length: number): Promise<Uint8Array>
  size(name: string): Promise<number>
}
type Parts = {
  readonly bench: BindSource
  /** Pictures of each scene, and how many of them belong to it. */
  readonly scenes: ReadonlyArray<{ readonly name: string; readonly frames: number }>
  readonly sound: string
  readonly fps: number
  /** ms since 1970. */
  readonly began: number
}

/** Packets of sound before the sound: what the coder needs beforehand. */
const BEFORE = 2
const CHUNK = 1024 * 1024

/** Throws a Fault 'pipeline-refused' when a scene lacks pictures. */
export async function* bindFilm({ bench, scenes, sound, fps, began }: Parts): AsyncGenerator<Uint8Array> {
  const tick = VIDEO_TIMESCALE / fps
  const packets = framesIn(bench, sound)
  for (let i = 0; i < BEFORE; i++) await packets.next()
  const total = scenes.reduce((sum, { frames }) => sum + frames, 0)
  const heard = new Heard(packets)
  const places: Place[] = []
  let [at, sequence, start, soundStart] = [0, 0, 0, 0]
  let held: Sample[] = []
  const cut = async (end: number, isLast: boolean): Promise<Uint8Array> => {
    const voices = await heard.upTo(
      isLast ? Math.ceil((total * RATE) / fps / AAC_SAMPLES) : Math.round((end * RATE) / VIDEO_TIMESCALE / AAC_SAMPLES),
    )
    const rows = [
      { track: PICTURE, entry: 1, start, samples: held },
      ...(voices.length > 0 ? [{ track: SOUND, entry: 1, start: soundStart, samples: voices }] : []),
    ]
    if (held[0]?.isKey) places.push({ time: start, at })
    soundStart += voices.length * AAC_SAMPLES
    start = end
    held = []
    return fragment(++sequence, rows)
  }
  let count = 0
  for (const { name, frames } of scenes) {
    let left = frames
    for await (const { bytes } of framesIn(bench, name)) {
      if (left === 0) break
      const picture = pictureIn(bytes, 'annex b')
      if (picture.sample.length === 0) continue
      if (at === 0) {
        const head = headOf(picture.sps, picture.pps, await heard.first(), { began, length: (total * 1000) / fps })
        at = head.length
        yield head
      }
      if (picture.isKey && held.length > 0) {
        const piece = await cut(count * tick, false)
        at += piece.length
        yield piece
      }
      held.push({ bytes: picture.sample, duration: tick, isKey: picture.isKey })
      count++
      left--
    }
    if (left > 0) throw new Fault('pipeline-refused', `GStreamer gave ${frames - left} of the ${frames} pictures of a scene`)
  }
  const last = await cut(total * tick, true)
  at += last.length
  yield last
  yield fileIndex(places)
}

function headOf(sps: Uint8Array | null, pps: Uint8Array | null, packet: Frame | null, of: { began: number; length: number }): Uint8Array {
  const shape = sps && shapeOf(sps)
  const aac = packet && aacIn(packet.bytes)
  if (!sps || !pps || !shape) throw new Fault('pipeline-refused', 'GStreamer gave pictures that nobody can decode')
  const picture = entryIn(videoInit({ sps, pps }, shape))
  const sound = aac && entryIn(soundInit({ codec: 'aac', sampleRate: aac.sampleRate, channels: aac.channels, config: aac.config }, 128_000))
  const tracks = [
    {
      id: PICTURE,
      timescale: VIDEO_TIMESCALE,
      handler: 'vide' as const,
      width: shape.width,
      height: shape.height,
      entries: picture ? [picture] : [],
    },
    ...(sound ? [{ id: SOUND, timescale: RATE, handler: 'soun' as const, width: 0, height: 0, entries: [sound] }] : []),
  ]
  return fileHead(tracks, of.began, of.length)
}

/** Packets of sound, as many as are asked for. */
class Heard {
  readonly #packets: AsyncGenerator<Frame>
  #next: Frame | null = null
  #count = 0
  constructor(packets: AsyncGenerator<Frame>) {
    this.#packets = packets
  }
  async first(): Promise<Frame | null> {
    this.#next ??= (await this.#packets.next()).value ?? null
    return this.#next
  }
  /** @param count of all packets so far */
  async upTo(count: number): Promise<Sample[]> {
    const samples: Sample[] = []
    for (; this.#count < count; this.#count++) {
      const packet = await this.first()
      const aac = packet && aacIn(packet.bytes)
      if (!aac) break
      samples.push({ bytes: aac.frame.slice(), duration: AAC_SAMPLES, isKey: true })
      this.#next = null
    }
    return samples
  }
}

/** The frames in a file of the GStreamer Data Protocol. */
async function* framesIn(bench: BindSource, name: string): AsyncGenerator<Frame> {
  const reader = new GdpReader()
  const size = await bench.size(name)
  for (let at = 0; at < size; at += CHUNK) yield* reader.take(await bench.read(name, at, Math.min(CHUNK, size - at)))
}
