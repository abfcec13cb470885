// encoder.test.ts — the heart of the virtual encoder without a kernel: what it codes, ffmpeg decodes to exactly the pixels it had in mind.
import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../e2e/kit/folder.ts'

const SOURCES = new URL('../../hw/virtual/vh264enc/', import.meta.url).pathname
const PARTS = ['trial', 'encoder', 'macroblock', 'cavlc', 'mosaic', 'rate']
const FPS = 30
type Film = { readonly h264: Buffer; readonly path: string; readonly meant: Buffer; readonly leftOut: number }

describe('the virtual encoder', () => {
  const folder = temporaryFolder('encoder')
  const trial = join(folder, 'trial')
  beforeAll(() => {
    execFileSync('gcc', ['-O2', '-Wall', '-Wextra', '-Werror', '-o', trial, ...PARTS.map((name) => join(SOURCES, `${name}.c`))])
  }, 60_000)
  afterAll(() => execFileSync('rm', ['-r', folder]))

  /** Codes raw pictures. `meant`: what a decoder must show, as I420. */
  function code(raw: Buffer, format: string, width: number, height: number, rate: number, keyEvery = 30): Film {
    const decoded = openSync(join(folder, 'decoded'), 'w')
    const args = [format, `${width}`, `${height}`, `${FPS}`, `${rate}`, `${keyEvery}`, 'decoded']
    const ran = spawnSync(trial, args, { input: raw, maxBuffer: 2 ** 28, stdio: ['pipe', 'pipe', 'pipe', decoded] })
    closeSync(decoded)
    expect(ran.status).toBe(0)
    const path = join(folder, 'film.h264')
    writeFileSync(path, ran.stdout)
    return { h264: ran.stdout, path, meant: readFileSync(join(folder, 'decoded')), leftOut: ran.stderr.toString().split('\n').length - 1 }
  }
  const decode = (path: string): Buffer =>
    execFileSync(
      'ffmpeg',
      ['-v', 'error', '-xerror', '-i', path, '-fps_mode', 'passthrough', '-pix_fmt', 'yuv420p', '-f', 'rawvideo', '-'],
      {
        maxBuffer: 2 ** 28,
      },
    )

  /** Pictures in I420: coloured fields with a bright square that wanders, and as much noise as wanted. */
  function pictures(width: number, height: number, count: number, noise: number): Buffer {
    const size = (width * height * 3) / 2
    const all = Buffer.alloc(size * count)
    let seed = 7
    const random = (): number => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
      return seed / 2 ** 32
    }
    for (let n = 0; n < count; n++)
      for (let at = 0; at < size; at++) {
        const plane = at < width * height ? 0 : at < (width * height * 5) / 4 ? 1 : 2
        const [across, from] = plane === 0 ? [width, 0] : [width / 2, plane === 1 ? width * height : (width * height * 5) / 4]
        const [x, y] = [(at - from) % across, Math.floor((at - from) / across)]
        const square = plane === 0 && Math.abs(x - ((n * 12) % width)) < 24 && Math.abs(y - height / 2) < 24
        const field = [40, 90, 140, 190][Math.floor((x * 4) / across)] ?? 0
        const value = square ? 235 : plane === 0 ? field : plane === 1 ? field : 255 - field
        all[n * size + at] = Math.max(0, Math.min(255, value + (random() - 0.5) * noise))
      }
    return all
  }

  test.each([
    [320, 180, 10_000_000, 40],
    [322, 178, 10_000_000, 40],
    [32, 32, 25_000, 255],
    [320, 180, 60_000, 200],
    [640, 360, 1_000_000, 255],
    [2, 2, 1_000_000, 255],
  ])('is decoded exactly as it was meant: %d x %d at %d bit/s, noise %d', (width, height, rate, noise) => {
    const film = code(pictures(width, height, 40, noise), 'YU12', width, height, rate, 13)
    expect(film.meant.length).toBe((width * height * 3 * 40) / 2)
    expect(decode(film.path).equals(film.meant)).toBe(true)
  })

  test.each([50_000, 150_000, 400_000, 800_000])('keeps to %d bit/s within a third, whatever is filmed', (rate) => {
    const { h264, leftOut } = code(pictures(320, 180, 120, 255), 'YU12', 320, 180, rate, 120)
    const got = (h264.length * 8 * FPS) / 120
    console.log(`asked for ${rate} bit/s, got ${Math.round(got)}; left out ${leftOut} of 120`)
    expect(got).toBeLessThan(rate * 1.34)
    expect(got).toBeGreaterThan(rate * 0.66)
  })

  test('shows what was filmed: every 4 x 4 block has its mean, to a few steps', () => {
    const [width, height] = [320, 180]
    const raw = pictures(width, height, 1, 0)
    const { meant } = code(raw, 'YU12', width, height, 10_000_000)
    let worst = 0
    for (let y = 0; y < height; y += 4)
      for (let x = 0; x < width; x += 4) {
        let sum = 0
        for (let i = 0; i < 16; i++) sum += raw[(y + (i >> 2)) * width + x + (i & 3)] ?? 0
        worst = Math.max(worst, Math.abs(sum / 16 - (meant[y * width + x] ?? 0)))
      }
    expect(worst).toBeLessThan(12)
  })

  test('reads all ways to lay out the same picture as the same picture', () => {
    const [width, height] = [64, 32]
    const layouts: Readonly<Record<string, readonly number[]>> = {
      YUYV: [0, 1, 0, 2],
      UYVY: [1, 0, 2, 0],
      YVYU: [0, 2, 0, 1],
      VYUY: [2, 0, 1, 0],
    }
    const colour = [120, 70, 200]
    const plain = (...parts: readonly (readonly [number, number])[]): Buffer =>
      Buffer.concat(parts.map(([value, count]) => Buffer.alloc(count, value)))
    const [y, half] = [width * height, (width * height) / 4]
    const seen = (raw: Buffer, format: string): string => code(raw, format, width, height, 1_000_000).meant.toString('hex')
    const wanted = seen(plain([120, y], [70, half], [200, half]), 'YU12')
    expect(seen(plain([120, y], [200, half], [70, half]), 'YV12')).toBe(wanted)
    expect(seen(Buffer.concat([Buffer.alloc(y, 120), Buffer.alloc(2 * half, Buffer.from([70, 200]))]), 'NV12')).toBe(wanted)
    expect(seen(Buffer.concat([Buffer.alloc(y, 120), Buffer.alloc(2 * half, Buffer.from([200, 70]))]), 'NV21')).toBe(wanted)
    for (const [format, order] of Object.entries(layouts))
      expect(seen(Buffer.alloc(2 * y, Buffer.from(order.map((part) => colour[part] ?? 0))), format)).toBe(wanted)
    // Pure red, in the range of television: 81, 90, 240.
    const red = seen(plain([82, y], [90, half], [240, half]), 'YU12')
    for (const [format, pixel] of [
      ['RGB3', [255, 0, 0]],
      ['BGR3', [0, 0, 255]],
      ['BGR4', [0, 0, 255, 0]],
      ['AB24', [255, 0, 0, 0]],
    ] as const)
      expect(seen(Buffer.alloc(pixel.length * y, Buffer.from(pixel)), format)).toBe(red)
  })
})
