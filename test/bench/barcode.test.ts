// barcode.test.ts — the barcode and the tone filter that benches and e2e tests measure with.
import { describe, expect, test } from 'vitest'
import { barcode, drawI420 } from '../e2e/kit/barcode.ts'
import { level, mono } from '../e2e/kit/tone.ts'

const NOW = 1_795_000_123_456
const [W, H] = [640, 360]

function drawn(ms: number): Buffer {
  const picture = Buffer.alloc((W * H * 3) / 2)
  drawI420(picture, W, H, ms, [200, 30, 40])
  return picture
}
const meter = (picture: Buffer) => (x: number, y: number) => picture[Math.floor(y * H) * W + Math.floor(x * W)] ?? 0

describe('the barcode', () => {
  test('is read back to the millisecond', () => expect(barcode.read(meter(drawn(NOW)))).toBe(NOW % 2 ** 32))

  test('is read from a picture that lost contrast and sharpness', () => {
    const sharp = meter(drawn(NOW))
    const soft = (x: number, y: number) => 90 + 0.4 * ((sharp(x - 0.004, y) + sharp(x, y) + sharp(x + 0.004, y)) / 3)
    expect(barcode.read(soft)).toBe(NOW % 2 ** 32)
  })

  test('is never read from half of one time and half of another', () => {
    const [a, b] = [meter(drawn(NOW)), meter(drawn(NOW + 98_765))]
    const torn = (x: number, y: number) => (x < 0.5 ? a(x, y) : b(x, y))
    expect(barcode.read(torn)).toBeNull()
  })

  test('is not seen in black, white or grey', () => {
    for (const light of [0, 128, 255]) expect(barcode.read(() => light)).toBeNull()
  })

  test('tells an age across the wrap of its 32 bits', () => {
    expect(barcode.age(2 ** 32 - 10, 5 * 2 ** 32 + 20)).toBe(30)
    expect(barcode.age(NOW % 2 ** 32, NOW + 42)).toBe(42)
  })
})

describe('the tone filter', () => {
  const sine = (hz: number, amplitude: number) =>
    Float32Array.from({ length: 9600 }, (_, i) => amplitude * Math.sin((2 * Math.PI * hz * i) / 48_000))

  test('gives a full-scale sine as 0 dB and a tenth of it as -20 dB', () => {
    expect(level(sine(1500, 1), 48_000, 1500)).toBeCloseTo(0, 1)
    expect(level(sine(1500, 0.1), 48_000, 1500)).toBeCloseTo(-20, 1)
  })

  test('hardly hears a neighbour of ours', () => expect(level(sine(1500, 1), 48_000, 1875)).toBeLessThan(-60))

  test('hears nothing in silence', () => expect(level(new Float32Array(4800), 48_000, 1000)).toBeLessThan(-100))
})

test('two channels become their mean', () => {
  const pcm = Buffer.alloc(8)
  for (const [i, value] of [16_384, 0, -32_768, -32_768].entries()) pcm.writeInt16LE(value, i * 2)
  expect([...mono(pcm, 2)]).toEqual([0.25, -1])
})
