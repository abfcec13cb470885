// coded.ts — coded frames for tests: made up (shapes without pictures), or real ones out of GStreamer.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { type Frame, GdpReader } from '../../../src/broadcast/cutter/gdp.ts'

/** The parameter sets of a real 320x240 stream of constrained baseline. */
export const SPS = Buffer.from('6742c015d90141fb016a0c0c0d4a000003000200000300791e2c5c90', 'hex')
export const PPS = Buffer.from('68cb8cb2', 'hex')
const CODE = Buffer.from([0, 0, 0, 1])

/** An access unit as a byte stream, with a payload that tells which one it is. */
export const unit = (index: number, isKey: boolean): Uint8Array =>
  isKey
    ? Buffer.concat([CODE, SPS, CODE, PPS, CODE, Buffer.from([0x65, 0x88, index & 255, 0x80])])
    : Buffer.concat([CODE, Buffer.from([0x41, 0x9a, index & 255, 0x80])])

/** An ADTS packet of AAC-LC, stereo, 48 kHz, that tells which one it is. */
export function adts(index: number): Uint8Array {
  const length = 7 + 8
  const head = [0xff, 0xf1, 0x4c, 0x80 | (length >> 11), (length >> 3) & 255, ((length & 7) << 5) | 31, 0xfc]
  return Uint8Array.from([...head, 0x21, 0x10, 4, index & 255, index >> 8, 0x8c, 0x1c, 1])
}

/** Runs a launch text that ends in a coder, and gives what came out of it, each frame with its time. */
export async function coded(launch: string): Promise<Frame[]> {
  const args = ['-q', ...`${launch} ! gdppay ! fdsink fd=1 sync=false`.split(/\s+/)]
  const { stdout } = await promisify(execFile)('gst-launch-1.0', args, {
    encoding: 'buffer',
    maxBuffer: 512 * 1024 * 1024,
    timeout: 120_000,
  })
  return new GdpReader().take(stdout)
}
