// part.ts — one part as bytes: a CMAF chunk (ISO 23000-19, 7.3.2.3) of one fragment. Pure.
import { concat } from '../../wire/crypto.ts'
import { box, fullBox, letters, u32, u64, zeros } from './box.ts'
import { TRACK_ID } from './init.ts'

export type Sample = {
  readonly bytes: Uint8Array
  /** Ticks. */
  readonly duration: number
  /** Decoding can begin here. */
  readonly isKey: boolean
}
export type Chunk = {
  /** Of the fragment; counts on and on. */
  readonly sequence: number
  readonly firstOfSegment: boolean
  /** Decode time of the first sample, ticks. */
  readonly start: number
  /** Wall clock of the first sample, ms since 1970. */
  readonly at: number
  readonly samples: readonly Sample[]
}

/** Sample flags (14496-12, 8.8.3.1): leans on no other; leans on others and is no place to begin. */
const [KEY, OTHER] = [0x0200_0000, 0x0101_0000]
/** Seconds between 1900, where NTP begins, and 1970. */
const NTP = 2_208_988_800
const DATA_OFFSET = 8

/** The bytes of a part. Samples stand in the order of decoding, which is that of showing: our encoders make no B-frames. */
export function chunkBytes({ sequence, firstOfSegment, start, at, samples }: Chunk): Uint8Array {
  // Offset 1, durations, sizes and flags of each sample.
  const rows = samples.flatMap(({ bytes, duration, isKey }) => [...u32(duration), ...u32(bytes.length), ...u32(isKey ? KEY : OTHER)])
  const moof = (offset: number): Uint8Array =>
    box(
      'moof',
      fullBox('mfhd', 0, 0, u32(sequence % 2 ** 32)),
      box(
        'traf',
        fullBox('tfhd', 0, 0x02_0000, u32(TRACK_ID)),
        fullBox('tfdt', 1, 0, u64(start)),
        fullBox('trun', 0, 0x701, u32(samples.length), u32(offset), rows),
      ),
    )
  const length = moof(0).length
  const style = firstOfSegment ? box('styp', letters('msdh'), zeros(4), letters('msdhmsixcmfscmfc')) : zeros(0)
  return concat(style, prft(start, at), moof(length + DATA_OFFSET), box('mdat', ...samples.map(({ bytes }) => bytes)))
}

/** 14496-12, 8.16.5: when the first sample of the fragment went into the encoder. */
function prft(start: number, at: number): Uint8Array {
  const whole = Math.floor(at / 1000)
  const fraction = Math.floor(((at - whole * 1000) / 1000) * 2 ** 32)
  return fullBox('prft', 1, 0, u32(TRACK_ID), u32((whole + NTP) % 2 ** 32), u32(fraction), u64(start))
}
