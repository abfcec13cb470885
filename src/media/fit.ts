// fit.ts — how a picture of one shape is shown in a tile of another, without ever being stretched. Pure.
//
// Faces sit a little above the middle. So a crop takes 40 % of what must go from the top and 60 % from the bottom, never more than
// 12 % of the picture at the top, and at most a sixth on each side; what is still too much is left free around it (letterbox).
import { even, type Rect, type Size } from './layout.ts'

/** At most this part of the picture is cut off above; with 40 % of a cut above, that bounds the whole. */
const TOP = 0.12
const ABOVE = 0.4
const SIDE = 1 / 6

export type Fit = {
  /** The whole picture scaled to this, in its own shape. */
  readonly scaled: Size
  /** Then this much cut off its edges. */
  readonly crop: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number }
  /** What is left, placed in the tile (relative to its corner): the size is exactly scaled minus crop. */
  readonly box: Rect
}

/**
 * @param picture its size in square pixels  @param tile the size to fill
 * All numbers that come out are even, and scaled is at least 16 x 16.
 */
export function fitPicture(picture: Size, tile: Size, how: 'crop' | 'letterbox'): Fit {
  const shape = Math.min(20, Math.max(0.05, picture.width / Math.max(1, picture.height)))
  const wide = tile.width / tile.height
  const kept = how === 'letterbox' ? shape : Math.min(shape / (1 - TOP / ABOVE), Math.max(shape * (1 - 2 * SIDE), wide))
  const box =
    kept > wide
      ? { width: tile.width, height: atLeast16(tile.width / kept) }
      : { width: kept === wide ? tile.width : atLeast16(tile.height * kept), height: tile.height }
  const scaled =
    kept === shape
      ? box
      : kept > shape
        ? { width: box.width, height: Math.max(box.height, near(box.width / shape)) }
        : { width: Math.max(box.width, near(box.height * shape)), height: box.height }
  const over = { x: scaled.width - box.width, y: scaled.height - box.height }
  const left = even(over.x / 2)
  const top = even(over.y * ABOVE)
  return {
    scaled,
    crop: { left, right: over.x - left, top, bottom: over.y - top },
    box: { x: even((tile.width - box.width) / 2), y: even((tile.height - box.height) / 2), ...box },
  }
}

const near = (n: number): number => Math.round(n / 2) * 2
const atLeast16 = (n: number): number => Math.max(16, near(n))
