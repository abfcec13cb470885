// boxes.ts — a reader of ISO 14496-12 boxes for tests, written apart from the writer: it knows the standard, and nothing of src/.
import type { Buffer } from 'node:buffer'

export type Box = { readonly type: string; readonly body: Buffer; readonly at: number; readonly size: number }

/** The boxes that fill these bytes exactly; throws where they do not. */
export function boxes(bytes: Buffer): Box[] {
  const found: Box[] = []
  for (let at = 0; at < bytes.length; ) {
    if (at + 8 > bytes.length) throw new Error(`half a box at ${at}`)
    const size = bytes.readUInt32BE(at)
    const type = bytes.toString('latin1', at + 4, at + 8)
    if (size < 8 || at + size > bytes.length) throw new Error(`box ${type} of ${size} bytes at ${at} does not fit`)
    found.push({ type, body: bytes.subarray(at + 8, at + size), at, size })
    at += size
  }
  return found
}

/** The one box at a path like `moov/trak/mdia`; throws when there is not exactly one. */
export function only(bytes: Buffer, path: string): Box {
  const [head = '', ...rest] = path.split('/')
  const fits = boxes(bytes).filter(({ type }) => type === head)
  const [box] = fits
  if (!box || fits.length !== 1) throw new Error(`${fits.length} boxes ${head}`)
  return rest.length > 0 ? only(box.body, rest.join('/')) : box
}

export type ReadSample = { readonly duration: number; readonly isKey: boolean; readonly bytes: Buffer }
export type ReadPart = {
  readonly types: readonly string[]
  readonly sequence: number
  readonly start: number
  readonly duration: number
  /** ms since 1970, and the media time it was said of. */
  readonly wall: number
  readonly wallOf: number
  readonly samples: readonly ReadSample[]
}

const DEFAULT_BASE_IS_MOOF = 0x02_0000

/** One CMAF chunk, every field that matters checked against the standard. */
export function readPart(bytes: Buffer): ReadPart {
  const all = boxes(bytes)
  const types = all.map(({ type }) => type)
  if (!/^(styp,)?prft,moof,mdat$/.test(types.join())) throw new Error(`a chunk of ${types.join()}`)
  const moof = all.find(({ type }) => type === 'moof')
  const mdat = all.find(({ type }) => type === 'mdat')
  const prft = all.find(({ type }) => type === 'prft')
  if (!moof || !mdat || !prft) throw new Error('no chunk')
  const inTraf = boxes(only(moof.body, 'traf').body).map(({ type }) => type)
  if (inTraf.join() !== 'tfhd,tfdt,trun') throw new Error(`a traf of ${inTraf.join()}`)
  const tfhd = only(moof.body, 'traf/tfhd').body
  const tfdt = only(moof.body, 'traf/tfdt').body
  const trun = only(moof.body, 'traf/trun').body
  if ((tfhd.readUInt32BE(0) & DEFAULT_BASE_IS_MOOF) === 0) throw new Error('data offsets are not from the moof')
  if (tfhd.readUInt32BE(4) !== 1) throw new Error('not track 1')
  if (tfdt.readUInt8(0) !== 1) throw new Error('a short tfdt')
  const start = Number(tfdt.readBigUInt64BE(4))
  if ((trun.readUInt32BE(0) & 0xffffff) !== 0x701) throw new Error('other rows in trun')
  const count = trun.readUInt32BE(4)
  if (trun.length !== 12 + count * 12) throw new Error('trun of another length')
  let at = moof.at + trun.readInt32BE(8)
  if (at !== mdat.at + 8) throw new Error('samples do not begin with the mdat')
  const samples = Array.from({ length: count }, (_, i) => {
    const [duration, size, flags] = [0, 4, 8].map((field) => trun.readUInt32BE(12 + i * 12 + field)) as [number, number, number]
    const sample = { duration, isKey: (flags & 0x1_0000) === 0, bytes: bytes.subarray(at, at + size) }
    if (sample.bytes.length !== size || size === 0) throw new Error('a sample past the end')
    at += size
    return sample
  })
  if (at !== mdat.at + mdat.size) throw new Error('the mdat holds more than its samples')
  const seconds = prft.body.readUInt32BE(8) - 2_208_988_800
  return {
    types,
    sequence: only(moof.body, 'mfhd').body.readUInt32BE(4),
    start,
    duration: samples.reduce((sum, { duration }) => sum + duration, 0),
    wall: Math.round(seconds * 1000 + (prft.body.readUInt32BE(12) / 2 ** 32) * 1000),
    wallOf: Number(prft.body.readBigUInt64BE(16)),
    samples,
  }
}

export type ReadInit = { readonly brands: readonly string[]; readonly timescale: number; readonly handler: string; readonly entry: Box }

/** The header of a track: one, fragmented, without samples of its own. */
export function readInit(bytes: Buffer): ReadInit {
  if (boxes(bytes).map(({ type }) => type).join() !== 'ftyp,moov') throw new Error('no CMAF header') // biome-ignore format: one line
  const ftyp = only(bytes, 'ftyp').body
  const mdia = only(bytes, 'moov/trak/mdia').body
  if (only(bytes, 'moov/mvex/trex').body.readUInt32BE(4) !== 1) throw new Error('trex of another track')
  const stbl = only(mdia, 'minf/stbl').body
  for (const table of ['stts', 'stsc', 'stco']) if (only(stbl, table).body.readUInt32BE(4) !== 0) throw new Error(`samples in ${table}`)
  if (only(stbl, 'stsz').body.readUInt32BE(8) !== 0) throw new Error('samples in stsz')
  const [entry] = boxes(only(stbl, 'stsd').body.subarray(8))
  if (!entry) throw new Error('no sample entry')
  return {
    brands: [ftyp, ftyp.subarray(4)]
      .map((each) => each.toString('latin1', 0, 4))
      .concat(ftyp.subarray(8).toString('latin1').match(/.{4}/g) ?? []),
    timescale: only(mdia, 'mdhd').body.readUInt32BE(12),
    handler: only(mdia, 'hdlr').body.toString('latin1', 8, 12),
    entry,
  }
}
