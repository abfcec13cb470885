// barcode.ts — the time, burnt into a picture as 40 black and white bars, and read back from whatever became of it.
//
// The same code draws and reads in Node and in a page: barcodeKit() refers to nothing outside itself, so its text can be
// given to a page (see browser.ts). Times are milliseconds of Date.now(): all ends are on one machine, so they share it.
// 32 bits of time and 8 check bits: a torn, blended or black picture reads as null and never as a wrong time.
// Bars and band keep away from the edges, so that a picture cropped for the TV still carries them.

export type Rgb = readonly [number, number, number]
export type BarcodeKit = ReturnType<typeof barcodeKit>

export function barcodeKit() {
  const BITS = 40
  /** Where things are, as shares of width and height: bars above, a flat band of the sender's own colour below the middle. */
  const place = { left: 3 / 16, bit: 1 / 64, top: 0.2, bottom: 0.34, bandTop: 0.45, bandBottom: 0.7 }
  const wrap = 2 ** 32
  const checkOf = (time: number) =>
    ((time & 255) * 3 + ((time >>> 8) & 255) * 5 + ((time >>> 16) & 255) * 7 + ((time >>> 24) & 255) * 11 + 165) & 255

  /** The bars of a time, first bar first: 1 is white. */
  const bars = (ms: number): number[] => {
    const time = ms % wrap
    const check = checkOf(time)
    return Array.from({ length: BITS }, (_, i) => (i < 32 ? Math.floor(time / 2 ** i) % 2 : (check >>> (i - 32)) & 1))
  }

  /**
   * Reads the bars through a light meter.
   * @param light gives brightness 0-255 at a place, both as shares of the picture (0 to 1)
   * @returns milliseconds modulo 2^32, or null when no true barcode is there
   */
  const read = (light: (x: number, y: number) => number): number | null => {
    const middle = (place.top + place.bottom) / 2
    const lights = Array.from({ length: BITS }, (_, i) => {
      const x = place.left + (i + 0.5) * place.bit
      return (light(x, middle - 0.02) + light(x, middle) + light(x, middle + 0.02)) / 3
    })
    const dark = Math.min(...lights)
    const bright = Math.max(...lights)
    if (bright - dark < 60) return null
    const bits = lights.map((l) => (l > (dark + bright) / 2 ? 1 : 0))
    const number = (from: number, to: number) => bits.slice(from, to).reduce<number>((sum, bit, i) => sum + bit * 2 ** i, 0)
    const time = number(0, 32)
    return number(32, BITS) === checkOf(time) ? time : null
  }

  /** How old a read time is now, in ms. */
  const age = (time: number, now: number): number => (((now - time) % wrap) + wrap) % wrap

  return { BITS, place, bars, read, age }
}

export const barcode = barcodeKit()

/** Draws bars and band into an I420 picture of width x height. The band is drawn with its luma and chroma (BT.601, limited range). */
export function drawI420(picture: Buffer, width: number, height: number, ms: number, [r, g, b]: Rgb): void {
  const { place } = barcode
  const rows = (from: number, to: number) => [Math.round(from * height), Math.round(to * height)] as const
  picture.fill(100, 0, width * height)
  picture.fill(128, width * height)
  const [top, bottom] = rows(place.top, place.bottom)
  const line = Buffer.alloc(width, 100)
  barcode.bars(ms).forEach((bit, i) => {
    const from = Math.round((place.left + i * place.bit) * width)
    line.fill(bit ? 235 : 16, from, Math.round((place.left + (i + 1) * place.bit) * width))
  })
  for (let y = top; y < bottom; y++) line.copy(picture, y * width)
  const [bandTop, bandBottom] = rows(place.bandTop, place.bandBottom)
  picture.fill(16 + 0.257 * r + 0.504 * g + 0.098 * b, bandTop * width, bandBottom * width)
  const half = width / 2
  const quarter = (half * height) / 2
  const chroma = [128 - 0.148 * r - 0.291 * g + 0.439 * b, 128 + 0.439 * r - 0.368 * g - 0.071 * b]
  chroma.forEach((value, plane) => {
    const start = width * height + plane * quarter
    picture.fill(value, start + Math.round(bandTop / 2) * half, start + Math.round(bandBottom / 2) * half)
  })
}
