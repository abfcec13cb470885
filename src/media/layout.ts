// layout.ts — where each picture stands on the TV. Pure: a scene goes in, rectangles come out.
//
// One person fills the screen; two to six stand in a calm grid; a shared screen, the past (scene.replay), or one who speaks
// long (scene.large), is large with the others in a strip at the right. Our own picture is a small tile bottom right, but with five people it is
// the sixth tile of the grid. A rectangle here is a tile: what of the picture is cut to fill it depends on the picture (fit.ts).
// Pictures may reach over the 5 % that old TVs cut off; words may not (safeArea, labelOf).
import { REPLAY, type Scene, SELF, type Seat } from './scene.ts'

export type Size = { readonly width: number; readonly height: number }
export type Rect = Size & { readonly x: number; readonly y: number }
export type Placement = Rect & {
  readonly seat: Seat
  /** crop: fill the tile, as far as faces allow. letterbox: show all of it, always (a shared screen). */
  readonly fit: 'crop' | 'letterbox'
  /** Higher stands in front. Only the small self-view (20) may overlap others (10). */
  readonly z: number
}

export const FULL_HD: Size = { width: 1920, height: 1080 }
/** Of 1080 lines: the edge of the grid, and the gap between tiles. Frames of those who speak are drawn in it. */
const GAP = 24
const STRIP_GAP = 16
const SELF_WIDTH = 384
/** A tile is never narrower than this: a 16:9 camera loses at most an eighth on each side. */
const NARROWEST = 4 / 3

/** What the worst TVs still show: 5 % in from each edge. All words stay inside. */
export function safeArea(size: Size = FULL_HD): Rect {
  const x = even(size.width * 0.05)
  const y = even(size.height * 0.05)
  return { x, y, width: size.width - 2 * x, height: size.height - 2 * y }
}

/** Every picture with its place, in the order of the scene; sizes and places are even numbers (I420). Nothing unless a call is on. */
export function layout(scene: Scene, size: Size = FULL_HD): Placement[] {
  if (scene.show === 'watch') return scene.replay ? [{ ...tile(REPLAY, { x: 0, y: 0, ...size }), fit: 'letterbox' }] : []
  if (scene.show !== 'call') return []
  const scale = size.height / FULL_HD.height
  const people = scene.people.map((tile) => tile.seat)
  const self = scene.self ? [SELF] : []
  if (scene.replay) return beside(REPLAY, 'letterbox', [...(scene.share ? [scene.share.seat] : []), ...people, ...self], size, scale)
  if (scene.share) return beside(scene.share.seat, 'letterbox', [...people, ...self], size, scale)
  const large = people.length > 1 ? people.find((seat) => seat === scene.large) : undefined
  if (large !== undefined) return beside(large, 'crop', [...people.filter((seat) => seat !== large), ...self], size, scale)
  if (people.length === 5) return grid([...people, ...self], size, scale)
  return [...grid(people, size, scale), ...self.map(() => selfView(size, scale))]
}

const tile = (seat: Seat, rect: Rect): Placement => ({ seat, ...evenRect(rect), fit: 'crop', z: 10 })

function selfView(size: Size, scale: number): Placement {
  const safe = safeArea(size)
  const width = even(SELF_WIDTH * scale)
  const height = even((width * 9) / 16)
  return { ...tile(SELF, { x: safe.x + safe.width - width, y: safe.y + safe.height - height, width, height }), z: 20 }
}

function grid(seats: readonly Seat[], size: Size, scale: number): Placement[] {
  if (seats.length === 1) return seats.map((seat) => tile(seat, { x: 0, y: 0, ...size }))
  const columns = seats.length > 4 ? 3 : 2
  const rows = Math.ceil(seats.length / columns)
  const gap = GAP * scale
  const width = even((size.width - gap * (columns + 1)) / columns)
  const height = even(Math.min((size.height - gap * 3) / Math.min(2, Math.max(rows, 1)), width / NARROWEST))
  const top = (size.height - rows * height - (rows - 1) * gap) / 2
  return seats.map((seat, i) => {
    const row = Math.floor(i / columns)
    const inRow = Math.min(columns, seats.length - row * columns)
    const left = (size.width - inRow * width - (inRow - 1) * gap) / 2
    return tile(seat, { x: left + (i - row * columns) * (width + gap), y: top + row * (height + gap), width, height })
  })
}

/** One large picture, the others in a strip at its right. */
function beside(seat: Seat, fit: Placement['fit'], others: readonly Seat[], size: Size, scale: number): Placement[] {
  if (others.length === 0) return [{ ...tile(seat, { x: 0, y: 0, ...size }), fit }]
  const edge = GAP * scale
  const gap = STRIP_GAP * scale
  const height = even(Math.min(225 * scale, (size.height - 2 * edge - gap * (others.length - 1)) / others.length))
  const width = even(Math.min((height * 16) / 9, 400 * scale))
  const safe = safeArea(size)
  const x = safe.x + safe.width - width
  const top = (size.height - others.length * height - (others.length - 1) * gap) / 2
  const room = x - 2 * edge
  const large = even(Math.min((room * 9) / 16, size.height - 2 * edge))
  return [
    { ...tile(seat, { x: edge, y: (size.height - large) / 2, width: room, height: large }), fit },
    ...others.map((other, i) => tile(other, { x, y: top + i * (height + gap), width, height })),
  ]
}

export const even = (n: number): number => Math.floor(n / 2) * 2
const evenRect = (r: Rect): Rect => ({ x: even(r.x), y: even(r.y), width: even(r.width), height: even(r.height) })
