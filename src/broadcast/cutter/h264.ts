// h264.ts — what a coded picture must tell who files it away: its units, its parameter sets, whether decoding can begin here. Pure.
//
// H.264 comes as a byte stream (ISO 14496-10 annex B: units behind start codes) or with a length before each unit (14496-15, "AVC").
// It leaves in the second form, without parameter sets and delimiters: those live in the init segment. Bytes come from our own encoder, in
// a process that may have gone mad: what makes no sense is null, never a throw.

/** `annex b`: parameter sets in the stream. `avc`: four bytes of length, parameter sets in an avcC record. */
export type VideoForm = 'annex b' | 'avc'

export type Picture = {
  /** Units with four bytes of length before each; empty when there was no picture in it. */
  readonly sample: Uint8Array
  /** An IDR picture. */
  readonly isKey: boolean
  readonly sps: Uint8Array | null
  readonly pps: Uint8Array | null
}

const [SLICE, IDR, SPS, PPS, DELIMITER, FILLER] = [1, 5, 7, 8, 9, 12]

/** One access unit. */
export function pictureIn(unit: Uint8Array, form: VideoForm): Picture {
  const all = form === 'avc' ? unitsByLength(unit) : unitsByStartCode(unit)
  const kind = (nal: Uint8Array): number => (nal[0] ?? 0) & 31
  const find = (wanted: number) => all.find((nal) => kind(nal) === wanted) ?? null
  const kept = all.filter((nal) => nal.length > 0 && ![SPS, PPS, DELIMITER, FILLER].includes(kind(nal)))
  const isPicture = kept.some((nal) => kind(nal) >= SLICE && kind(nal) <= IDR)
  return { sample: isPicture ? joined(kept) : new Uint8Array(), isKey: find(IDR) !== null, sps: find(SPS), pps: find(PPS) }
}

function joined(units: readonly Uint8Array[]): Uint8Array {
  const sample = new Uint8Array(units.reduce((sum, nal) => sum + 4 + nal.length, 0))
  const view = new DataView(sample.buffer)
  let at = 0
  for (const nal of units) {
    view.setUint32(at, nal.length)
    sample.set(nal, at + 4)
    at += 4 + nal.length
  }
  return sample
}

export function unitsByStartCode(bytes: Uint8Array): Uint8Array[] {
  const units: Uint8Array[] = []
  let begin = -1
  for (let i = 0; i + 2 < bytes.length; ) {
    const third = bytes[i + 2] ?? 0
    if (third > 1) i += 3
    else if (third === 1 && bytes[i] === 0 && bytes[i + 1] === 0) {
      if (begin >= 0) units.push(withoutZeros(bytes.subarray(begin, i)))
      begin = i + 3
      i = begin
    } else i++
  }
  if (begin >= 0) units.push(withoutZeros(bytes.subarray(begin)))
  return units
}

/** A unit never ends with a zero byte: those belong to the next start code. */
function withoutZeros(nal: Uint8Array): Uint8Array {
  let end = nal.length
  while (end > 0 && nal[end - 1] === 0) end--
  return nal.subarray(0, end)
}

function unitsByLength(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const units: Uint8Array[] = []
  for (let at = 0; at + 4 <= bytes.length; ) {
    const end = at + 4 + view.getUint32(at)
    if (end > bytes.length) return []
    units.push(bytes.subarray(at + 4, end))
    at = end
  }
  return units
}

export type ParameterSets = { readonly sps: Uint8Array; readonly pps: Uint8Array }

/** The first parameter sets of an avcC record (14496-15, 5.3.3.1); null when it is none. */
export function setsInRecord(record: Uint8Array): ParameterSets | null {
  if (record.length < 8 || record[0] !== 1 || ((record[4] ?? 0) & 3) !== 3) return null
  const length = (at: number) => ((record[at] ?? 0) << 8) | (record[at + 1] ?? 0)
  const afterSps = 8 + length(6)
  const sps = record.slice(8, afterSps)
  const pps = record.slice(afterSps + 3, afterSps + 3 + length(afterSps + 1))
  return sps.length > 3 && pps.length > 0 ? { sps, pps } : null
}

export type Shape = {
  readonly profile: number
  readonly constraints: number
  readonly level: number
  readonly chroma: number
  readonly lumaBits: number
  readonly chromaBits: number
  readonly width: number
  readonly height: number
}

const HIGH = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135])
export const isHigh = (profile: number): boolean => HIGH.has(profile)

/** What a sequence parameter set says of its pictures (14496-10, 7.3.2.1.1); null when it cannot be read. */
export function shapeOf(sps: Uint8Array): Shape | null {
  if (sps.length < 5 || sps.length > 1024) return null
  const [, profile = 0, constraints = 0, level = 0] = sps
  const bits = new Bits(sps.subarray(4))
  bits.ue()
  let [chroma, lumaBits, chromaBits] = [1, 8, 8]
  if (isHigh(profile)) {
    chroma = bits.ue()
    if (chroma === 3) bits.skip(1)
    lumaBits = 8 + bits.ue()
    chromaBits = 8 + bits.ue()
    bits.skip(1)
    const lists = bits.read(1) ? (chroma === 3 ? 12 : 8) : 0
    for (let i = 0; i < lists; i++) if (bits.read(1)) bits.skipScaling(i < 6 ? 16 : 64)
  }
  bits.ue()
  const order = bits.ue()
  if (order === 0) bits.ue()
  else if (order === 1) {
    bits.skip(1)
    bits.ue()
    bits.ue()
    for (let left = Math.min(bits.ue(), 255); left > 0; left--) bits.ue()
  }
  bits.ue()
  bits.skip(1)
  const across = bits.ue() + 1
  const down = bits.ue() + 1
  const isProgressive = bits.read(1)
  if (!isProgressive) bits.skip(1)
  bits.skip(1)
  const crop = bits.read(1) ? [bits.ue(), bits.ue(), bits.ue(), bits.ue()] : [0, 0, 0, 0]
  const [left = 0, right = 0, top = 0, bottom = 0] = crop
  const unitX = chroma === 1 || chroma === 2 ? 2 : 1
  const unitY = (chroma === 1 ? 2 : 1) * (2 - isProgressive)
  const width = across * 16 - (left + right) * unitX
  const height = down * 16 * (2 - isProgressive) - (top + bottom) * unitY
  const isSane = !bits.isOver && width > 0 && height > 0 && width <= 16384 && height <= 16384 && chroma <= 3 && lumaBits <= 14
  return isSane ? { profile, constraints, level, chroma, lumaBits, chromaBits, width, height } : null
}

/** RFC 6381, section 3.4. */
export const codecOf = ({ profile, constraints, level }: Shape): string =>
  `avc1.${[profile, constraints, level].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`

/** Bits of a unit, without the bytes that keep start codes out of it (14496-10, 7.4.1). */
class Bits {
  readonly #bytes: Uint8Array
  #at = 0
  constructor(nal: Uint8Array) {
    this.#bytes = nal.filter((byte, i) => !(byte === 3 && nal[i - 1] === 0 && nal[i - 2] === 0))
  }
  get isOver(): boolean {
    return this.#at > this.#bytes.length * 8
  }
  skip(count: number): void {
    this.#at += count
  }
  read(count: number): number {
    let value = 0
    for (let i = 0; i < count; i++, this.#at++) value = value * 2 + (((this.#bytes[this.#at >> 3] ?? 0) >> (7 - (this.#at & 7))) & 1)
    return value
  }
  /** Exp-Golomb, unsigned; 0 past the end. */
  ue(): number {
    let zeros = 0
    while (zeros < 32 && !this.isOver && this.read(1) === 0) zeros++
    return 2 ** zeros - 1 + this.read(zeros)
  }
  skipScaling(size: number): void {
    for (let i = 0, last = 8, next = 8; i < size; i++) {
      if (next !== 0) {
        const code = this.ue()
        next = (last + (code % 2 === 1 ? (code + 1) / 2 : -code / 2) + 256) % 256
      }
      if (next !== 0) last = next
    }
  }
}
