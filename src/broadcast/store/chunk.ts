// chunk.ts — reads back what the cutter wrote: the samples in a part, the sample entry in an init segment. Pure; never throws.
import { concat } from '../../wire/crypto.ts'
import { u32 } from '../cutter/box.ts'
import { setsInRecord } from '../cutter/h264.ts'
import type { Sample } from '../cutter/part.ts'

type Box = { readonly type: string; readonly from: number; readonly to: number }

const u32At = (bytes: Uint8Array, at: number): number =>
  (bytes[at] ?? 0) * 2 ** 24 + (((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0))

/** The boxes that fill a stretch of bytes; none when something does not fit. `from` and `to` are those of what is inside. */
function boxesIn(bytes: Uint8Array, from = 0, to = bytes.length): readonly Box[] {
  const found: Box[] = []
  for (let at = from; at < to; ) {
    const size = u32At(bytes, at)
    if (size < 8 || at + size > to) return []
    found.push({ type: String.fromCharCode(...bytes.subarray(at + 4, at + 8)), from: at + 8, to: at + size })
    at += size
  }
  return found
}

function boxAt(bytes: Uint8Array, path: readonly string[]): Box | null {
  let inside: Box = { type: '', from: 0, to: bytes.length }
  for (const type of path) {
    const box = boxesIn(bytes, inside.from, inside.to).find((each) => each.type === type)
    if (!box) return null
    inside = box
  }
  return inside
}

const KEY_OFF = 0x0001_0000

/** The samples of a part (cutter/part.ts), in their order; null when it is none. Their bytes are views of the part's. */
export function samplesIn(part: Uint8Array): readonly Sample[] | null {
  const [trun, mdat] = [boxAt(part, ['moof', 'traf', 'trun']), boxAt(part, ['mdat'])]
  if (!trun || !mdat || u32At(part, trun.from) !== 0x701) return null
  const count = u32At(part, trun.from + 4)
  if (trun.to !== trun.from + 12 + count * 12) return null
  const samples: Sample[] = []
  let at = mdat.from
  for (let row = trun.from + 12; row < trun.to; row += 12) {
    const [duration, size, flags] = [u32At(part, row), u32At(part, row + 4), u32At(part, row + 8)]
    if (at + size > mdat.to || duration === 0) return null
    samples.push({ bytes: part.subarray(at, at + size), duration, isKey: (flags & KEY_OFF) === 0 })
    at += size
  }
  return at === mdat.to && count > 0 ? samples : null
}

/** The sample entry of an init segment (cutter/init.ts); null when there is not exactly one. */
export function entryIn(init: Uint8Array): Uint8Array | null {
  const stsd = boxAt(init, ['moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd'])
  if (!stsd) return null
  const [entry, ...others] = boxesIn(init, stsd.from + 8, stsd.to)
  return entry && others.length === 0 ? init.slice(entry.from - 8, entry.to) : null
}

/** Where the boxes begin in the sample entry of a picture. */
const INSIDE = 8 + 78

/** The parameter sets in a sample entry as they stand before a picture (lengths of 4 bytes); null when there are none. */
export function setsIn(entry: Uint8Array): Uint8Array | null {
  const record = boxesIn(entry, INSIDE).find(({ type }) => type === 'avcC')
  const sets = record ? setsInRecord(entry.subarray(record.from, record.to)) : null
  return sets && concat(...[sets.sps, sets.pps].flatMap((set) => [Uint8Array.from(u32(set.length)), set]))
}
