// packet.ts — what one buffer of gdppay says of itself: the few fields of a GStreamer Data Protocol header that its sender needs. Pure.
//
// Who reads the frames is broadcast/cutter/gdp.ts; here it is only told apart what may be left out of a stream, and what not.
import { segmentZero } from '../lib/gst-segment.ts'

const HEADER = 62
const BUFFER = 1
/** GST_BUFFER_FLAG_DELTA_UNIT: leans on frames before it. */
const DELTA = 1 << 13
const NONE = 2n ** 64n - 1n
const LONGEST_WORD = 4096

/** `pts` ns, of the pipeline; null: it has none. */
export type Packet = { readonly is: 'frame'; readonly pts: bigint | null; readonly leans: boolean } | { readonly is: 'word' }

/** A frame, or a word about the stream (caps, its segment). */
export function packetOf(bytes: Uint8Array): Packet {
  if (bytes.length < HEADER) return { is: 'word' }
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER)
  if (view.getUint16(4) !== BUFFER) return { is: 'word' }
  const pts = view.getBigUint64(10)
  return { is: 'frame', pts: pts === NONE ? null : pts, leans: (view.getUint16(42) & DELTA) !== 0 }
}

/** What a frame holds, without its header. */
export const insideOf = (frame: Uint8Array): Uint8Array => frame.subarray(HEADER)

/** Where the running time of a stream begins, when this is the word that says so, ns. */
export function zeroOf(word: Uint8Array): bigint | null {
  if (word.length < HEADER || word.length > HEADER + LONGEST_WORD) return null
  return segmentZero(new TextDecoder().decode(word.subarray(HEADER)))
}

/** Gives a frame another time. Its header must have been written without a checksum. */
export function stamp(frame: Uint8Array, pts: bigint): void {
  new DataView(frame.buffer, frame.byteOffset, HEADER).setBigUint64(10, pts)
}
