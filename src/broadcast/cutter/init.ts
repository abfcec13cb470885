// init.ts — the init segment of a track: what a decoder must know before the first part (ISO 14496-12, CMAF 23000-19 section 7.3). Pure.
//
// One track a file, its number always 1: a player keeps tracks apart by their addresses.
import { concat } from '../../wire/crypto.ts'
import { box, fullBox, letters, u16, u32, zeros } from './box.ts'
import { isHigh, type ParameterSets, type Shape } from './h264.ts'

export const TRACK_ID = 1
export const VIDEO_TIMESCALE = 90_000

export type SoundConfig =
  | { readonly codec: 'aac'; readonly sampleRate: number; readonly channels: number; readonly config: Uint8Array }
  | { readonly codec: 'opus'; readonly sampleRate: 48_000; readonly channels: number; readonly preSkip: number }

/** The init segment of a picture track. */
export function videoInit(sets: ParameterSets, shape: Shape): Uint8Array {
  const entry = box(
    'avc1',
    zeros(6),
    u16(1),
    zeros(16),
    u16(shape.width),
    u16(shape.height),
    u32(0x0048_0000),
    u32(0x0048_0000),
    zeros(4),
    u16(1),
    zeros(32),
    u16(24),
    u16(0xffff),
    avcC(sets, shape),
    box('pasp', u32(1), u32(1)),
  )
  return init({ timescale: VIDEO_TIMESCALE, handler: 'vide', width: shape.width, height: shape.height }, entry)
}

/** ISO 14496-15, 5.3.3.1.2. */
function avcC({ sps, pps }: ParameterSets, shape: Shape): Uint8Array {
  const { profile, constraints, level, chroma, lumaBits, chromaBits } = shape
  const more = isHigh(profile) ? [0xfc | chroma, 0xf8 | (lumaBits - 8), 0xf8 | (chromaBits - 8), 0] : []
  return box('avcC', [1, profile, constraints, level, 0xff, 0xe1], u16(sps.length), sps, [1], u16(pps.length), pps, more)
}

/** The init segment of a sound track. @param bandwidth bits a second, at most */
export function soundInit(sound: SoundConfig, bandwidth: number): Uint8Array {
  const entry = box(
    sound.codec === 'aac' ? 'mp4a' : 'Opus',
    zeros(6),
    u16(1),
    zeros(8),
    u16(sound.channels),
    u16(16),
    zeros(4),
    u32(sound.sampleRate < 65_536 ? sound.sampleRate * 65_536 : 0),
    sound.codec === 'aac' ? esds(sound.config, bandwidth) : dOps(sound),
  )
  return init({ timescale: sound.sampleRate, handler: 'soun', width: 0, height: 0 }, entry)
}

/** ISO 14496-14, 5.6.1: an ES_Descriptor around a DecoderConfigDescriptor around the AudioSpecificConfig. */
function esds(config: Uint8Array, bandwidth: number): Uint8Array {
  const descriptor = (tag: number, ...inside: Array<Uint8Array | readonly number[]>): Uint8Array => {
    const body = concat(...inside.map((each) => Uint8Array.from(each)))
    return concat(Uint8Array.of(tag, 0x80, 0x80, 0x80, body.length), body)
  }
  const specific = descriptor(5, config)
  const decoder = descriptor(4, [0x40, 0x15, 0, 0, 0], u32(bandwidth), u32(bandwidth), specific)
  return fullBox('esds', 0, 0, descriptor(3, u16(TRACK_ID), [0], decoder, descriptor(6, [2])))
}

/** "Encapsulation of Opus in ISO Base Media File Format", 4.3.2. */
const dOps = ({ channels, preSkip, sampleRate }: Extract<SoundConfig, { codec: 'opus' }>): Uint8Array =>
  box('dOps', [0, channels], u16(preSkip), u32(sampleRate), u16(0), [0])

export type TrackHead = {
  readonly id: number
  readonly timescale: number
  readonly handler: 'vide' | 'soun'
  readonly width: number
  readonly height: number
  /** Sample entries, as they stand in a `stsd`. */
  readonly entries: readonly Uint8Array[]
  /** What is told beforehand of its length: ms, and ticks. 0: nothing is. */
  readonly length: { readonly ms: number; readonly ticks: number }
}
export const MATRIX: readonly number[] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000].flatMap(u32)

/** A `trak` without samples of its own: they come in fragments. */
export function trackBox({ id, timescale, handler, width, height, entries, length }: TrackHead): Uint8Array {
  const isSound = handler === 'soun'
  const header = isSound ? fullBox('smhd', 0, 0, zeros(4)) : fullBox('vmhd', 0, 1, zeros(8))
  const tables = ['stts', 'stsc', 'stco'].map((type) => fullBox(type, 0, 0, zeros(4)))
  const stbl = box('stbl', fullBox('stsd', 0, 0, u32(entries.length), ...entries), ...tables, fullBox('stsz', 0, 0, zeros(8)))
  const dinf = box('dinf', fullBox('dref', 0, 0, u32(1), fullBox('url ', 0, 1)))
  const mdia = box(
    'mdia',
    fullBox('mdhd', 0, 0, zeros(8), u32(timescale), u32(length.ticks), u16(0x55c4), u16(0)),
    fullBox('hdlr', 0, 0, zeros(4), letters(handler), zeros(12), letters('parlor\0')),
    box('minf', header, dinf, stbl),
  )
  const tkhd = fullBox(
    'tkhd',
    0,
    7,
    zeros(8),
    u32(id),
    zeros(4),
    u32(length.ms),
    zeros(8),
    u16(0),
    u16(isSound ? 1 : 0),
    u16(isSound ? 0x0100 : 0),
    u16(0),
    MATRIX,
    u32(width * 65_536),
    u32(height * 65_536),
  )
  return box('trak', tkhd, mdia)
}

function init(track: Pick<TrackHead, 'timescale' | 'handler' | 'width' | 'height'>, entry: Uint8Array): Uint8Array {
  const trak = trackBox({ ...track, id: TRACK_ID, entries: [entry], length: { ms: 0, ticks: 0 } })
  return concat(
    box('ftyp', letters('iso6'), u32(0), letters('iso6cmfcmp41')),
    box(
      'moov',
      fullBox('mvhd', 0, 0, zeros(8), u32(1000), u32(0), u32(0x1_0000), u16(0x0100), zeros(10), MATRIX, zeros(24), u32(TRACK_ID + 1)),
      trak,
      box('mvex', fullBox('trex', 0, 0, u32(TRACK_ID), u32(1), zeros(12))),
    ),
  )
}
