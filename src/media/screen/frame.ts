// frame.ts — solid rectangles drawn straight into a raw I420 picture: the frames of those who speak. Pure arithmetic on bytes.
import type { Rect } from '../layout.ts'

type Yuv = readonly [y: number, u: number, v: number]

/** A colour as `#rrggbb` in BT.601, limited range. */
export function yuv(hex: string): Yuv {
  const [r = 0, g = 0, b = 0] = (hex.match(/[0-9a-f]{2}/gi) ?? []).map((part) => Number.parseInt(part, 16))
  return [
    Math.round(16 + (65.481 * r + 128.553 * g + 24.966 * b) / 255),
    Math.round(128 + (-37.797 * r - 74.203 * g + 112 * b) / 255),
    Math.round(128 + (112 * r - 93.786 * g - 18.214 * b) / 255),
  ]
}

/** Draws a frame of that thickness around a rectangle, outside it. All numbers even; what is off the picture is left out. Width must be a multiple of 8. */
export function drawFrame(raw: Buffer, width: number, height: number, around: Rect, thick: number, colour: Yuv): void {
  const x = around.x - thick
  const y = around.y - thick
  const wide = around.width + 2 * thick
  const high = around.height + 2 * thick
  const bars: Rect[] = [
    { x, y, width: wide, height: thick },
    { x, y: y + high - thick, width: wide, height: thick },
    { x, y, width: thick, height: high },
    { x: x + wide - thick, y, width: thick, height: high },
  ]
  const chroma = width * height
  for (const bar of bars) {
    fill(raw, 0, width, height, bar, 1, colour[0])
    fill(raw, chroma, width / 2, height / 2, bar, 2, colour[1])
    fill(raw, chroma + chroma / 4, width / 2, height / 2, bar, 2, colour[2])
  }
}

function fill(raw: Buffer, from: number, width: number, height: number, bar: Rect, share: number, value: number): void {
  const left = Math.max(0, bar.x / share)
  const right = Math.min(width, (bar.x + bar.width) / share)
  const top = Math.max(0, bar.y / share)
  const bottom = Math.min(height, (bar.y + bar.height) / share)
  for (let y = top; y < bottom; y++) raw.fill(value, from + y * width + left, from + y * width + right)
}
