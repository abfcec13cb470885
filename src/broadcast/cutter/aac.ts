// aac.ts — AAC-LC frames in ADTS (ISO 14496-3, 1.A.2.2): every frame says what it is, so nothing needs to be told beside the stream. Pure.

export const AAC_SAMPLES = 1024
const RATES = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000, 7350] as const

export type AacFrame = {
  readonly sampleRate: number
  readonly channels: number
  /** AudioSpecificConfig (14496-3, 1.6.2.1), two bytes. */
  readonly config: Uint8Array
  readonly frame: Uint8Array
}

/** The frame in one ADTS packet; null when it is none, or not AAC-LC in mono or stereo, one frame to a packet. */
export function aacIn(packet: Uint8Array): AacFrame | null {
  const [b0 = 0, b1 = 0, b2 = 0, b3 = 0, b4 = 0, b5 = 0, b6 = 0] = packet
  const head = b1 & 1 ? 7 : 9
  const length = ((b3 & 3) << 11) | (b4 << 3) | (b5 >> 5)
  const [kind, index, channels] = [(b2 >> 6) + 1, (b2 >> 2) & 15, ((b2 & 1) << 2) | (b3 >> 6)]
  const sampleRate = RATES[index]
  if (b0 !== 0xff || (b1 & 0xf6) !== 0xf0 || packet.length !== length || length <= head || (b6 & 3) !== 0) return null
  if (kind !== 2 || sampleRate === undefined || channels < 1 || channels > 2) return null
  const config = Uint8Array.of((kind << 3) | (index >> 1), ((index & 1) << 7) | (channels << 3))
  return { sampleRate, channels, config, frame: packet.subarray(head) }
}

/** One frame of nothing. */
export const aacSilence = (channels: number): Uint8Array =>
  channels === 1 ? Uint8Array.of(0x00, 0xc8, 0x00, 0x80, 0x23, 0x80) : Uint8Array.of(0x21, 0x00, 0x49, 0x90, 0x02, 0x19, 0x00, 0x23, 0x80)

/** 20 ms of nothing in Opus (RFC 6716, 3.1: CELT, full band, code 0), or 10 ms. @param samples 960 or 480 */
export const opusSilence = (channels: number, samples = 960): Uint8Array =>
  Uint8Array.of((samples === 480 ? 0xf0 : 0xf8) | (channels === 1 ? 0 : 4), 0xff, 0xfe)

/** Samples at 48 kHz of an Opus packet (RFC 6716, 3.1 and 3.2); 0 when it is none. */
export function opusSamples(packet: Uint8Array): number {
  const [toc, second = 0] = packet
  if (toc === undefined) return 0
  const config = toc >> 3
  const size = config < 12 ? [480, 960, 1920, 2880][config & 3] : config < 16 ? [480, 960][config & 1] : [120, 240, 480, 960][config & 3]
  const frames = (toc & 3) === 0 ? 1 : (toc & 3) === 3 ? second & 63 : 2
  const samples = (size ?? 0) * frames
  return samples <= 5760 ? samples : 0
}
