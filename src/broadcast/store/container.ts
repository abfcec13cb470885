// container.ts — the boxes of one file with picture and sound: its head, its fragments, and the index at its end (ISO 14496-12). Pure.
//
// The head tells the length beforehand, so that players show it at once; each fragment is a segment with both tracks; the index at the end
// (`mfra`) says where keyframes lie, for players that seek by it. The others walk from fragment to fragment.
import { concat } from '../../wire/crypto.ts'
import { box, fullBox, letters, u16, u32, u64, zeros } from '../cutter/box.ts'
import { MATRIX, type TrackHead, trackBox } from '../cutter/init.ts'
import type { Sample } from '../cutter/part.ts'

export const [PICTURE, SOUND] = [1, 2]

/** Seconds between 1904, where these files begin to count, and 1970. */
const EPOCH = 2_082_844_800
const LONGEST = 2 ** 32 - 1

/** @param began ms since 1970 @param length ms */
export function fileHead(tracks: ReadonlyArray<Omit<TrackHead, 'length'>>, began: number, length: number): Uint8Array {
  const ms = Math.min(Math.round(length), LONGEST)
  const date = Math.min(Math.floor(began / 1000) + EPOCH, LONGEST)
  const traks = tracks.map((track) => {
    const ticks = Math.min(Math.round((length * track.timescale) / 1000), LONGEST)
    return trackBox({ ...track, length: { ms, ticks } })
  })
  const extends_ = tracks.map(({ id }) => fullBox('trex', 0, 0, u32(id), u32(1), zeros(12)))
  const movie = [u32(date), u32(date), u32(1000), u32(ms), u32(0x1_0000), u16(0x0100), zeros(10), MATRIX, zeros(24), u32(SOUND + 1)]
  return concat(
    box('ftyp', letters('iso5'), u32(512), letters('iso5iso6mp41')),
    box('moov', fullBox('mvhd', 0, 0, ...movie), ...traks, box('mvex', fullBox('mehd', 1, 0, u64(ms)), ...extends_)),
  )
}

/** Samples of one track that follow each other without a gap. */
export type Row = {
  readonly track: number
  /** Which of the track's sample entries, from 1. */
  readonly entry: number
  /** Decode time of the first, ticks. */
  readonly start: number
  readonly samples: readonly Sample[]
}

/** Sample flags as in cutter/part.ts. */
const [KEY, OTHER] = [0x0200_0000, 0x0101_0000]

/** A fragment of one or two tracks: `moof` and `mdat`. @param sequence from 1 */
export function fragment(sequence: number, rows: readonly Row[]): Uint8Array {
  const sizes = rows.map(({ samples }) => samples.reduce((sum, { bytes }) => sum + bytes.length, 0))
  const moof = (offset: number): Uint8Array => {
    let at = offset
    const trafs = rows.map(({ track, entry, start, samples }, i) => {
      const table = new Uint8Array(samples.length * 12)
      const view = new DataView(table.buffer)
      for (const [n, { duration, bytes, isKey }] of samples.entries()) {
        view.setUint32(n * 12, duration)
        view.setUint32(n * 12 + 4, bytes.length)
        view.setUint32(n * 12 + 8, isKey ? KEY : OTHER)
      }
      const traf = box(
        'traf',
        fullBox('tfhd', 0, 0x02_0002, u32(track), u32(entry)),
        fullBox('tfdt', 1, 0, u64(start)),
        fullBox('trun', 0, 0x701, u32(samples.length), u32(at), table),
      )
      at += sizes[i] ?? 0
      return traf
    })
    return box('moof', fullBox('mfhd', 0, 0, u32(sequence)), ...trafs)
  }
  const length = moof(0).length
  return concat(moof(length + 8), box('mdat', ...rows.flatMap(({ samples }) => samples.map(({ bytes }) => bytes))))
}

/** Where a keyframe begins a fragment: ticks of the picture, and bytes from the beginning of the file. */
export type Place = { readonly time: number; readonly at: number }

/** The index of the picture, and the last bytes of the file. */
export function fileIndex(places: readonly Place[]): Uint8Array {
  const table = new Uint8Array(places.length * 19)
  const view = new DataView(table.buffer)
  for (const [i, { time, at }] of places.entries()) {
    view.setBigUint64(i * 19, BigInt(time))
    view.setBigUint64(i * 19 + 8, BigInt(at))
    // The first sample of the first run of the first track in it.
    table.set([1, 1, 1], i * 19 + 16)
  }
  const tfra = fullBox('tfra', 1, 0, u32(PICTURE), u32(0), u32(places.length), table)
  return box('mfra', tfra, fullBox('mfro', 0, 0, u32(8 + tfra.length + 16)))
}
