// place.ts — where the tiles stand on the page. Pure: a count and an area in, boxes out.
//
// All tiles have one size. Of all numbers of columns the one wins whose tiles show the most of a 16:9 picture; on a
// phone held upright that gives tall tiles, which cut the sides of a picture but never a face in its middle.

export type Area = { readonly width: number; readonly height: number }
export type Box = { readonly x: number; readonly y: number; readonly width: number; readonly height: number }
export type Places = { readonly share: Box | null; readonly tiles: readonly Box[] }

const PICTURE = 16 / 9
/** On a phone held upright a tile is a little taller than wide: half of a picture's width can then still be seen. */
const TALLEST = 9 / 10
/** Beside or below a shared screen, people take this part of the area. */
const STRIP = 0.24
const SMALLEST_STRIP = 96

/** Places `count` tiles, and a shared screen when there is one. Pixels; the gap also separates screen and people. */
export function place(count: number, area: Area, gap: number, share: boolean): Places {
  if (!share) return { share: null, tiles: grid(count, { x: 0, y: 0, ...area }, gap) }
  if (count === 0) return { share: { x: 0, y: 0, ...area }, tiles: [] }
  if (area.width >= area.height * 1.2) {
    const strip = Math.max(SMALLEST_STRIP, Math.round(area.width * STRIP))
    const width = Math.max(0, area.width - strip - gap)
    return {
      share: { x: 0, y: 0, width, height: area.height },
      tiles: grid(count, { x: width + gap, y: 0, width: strip, height: area.height }, gap),
    }
  }
  const height = Math.max(0, Math.round(area.height * 0.5))
  const rest = { x: 0, y: height + gap, width: area.width, height: Math.max(0, area.height - height - gap) }
  return { share: { x: 0, y: 0, width: area.width, height }, tiles: grid(count, rest, gap) }
}

/** Does our own picture float over the others, or stand among them? With three and more it would hide somebody. */
export function selfFloats(people: number): boolean {
  return people <= 2
}

/** May the picture be cut to fill its tile? Yes while at least this part of it stays, and then its middle stays. */
export function fills(picture: Area, tile: Area, keep: number): boolean {
  if (picture.width <= 0 || picture.height <= 0 || tile.width <= 0 || tile.height <= 0) return true
  const a = picture.width / picture.height
  const b = tile.width / tile.height
  return Math.min(a, b) / Math.max(a, b) >= keep
}

function grid(count: number, area: Box, gap: number): Box[] {
  let best: Box[] = []
  let bestSeen = -1
  for (let columns = 1; columns <= count; columns++) {
    const boxes = inColumns(count, columns, area, gap)
    const seen = boxes[0] ? pictureIn(boxes[0]) : 0
    if (seen > bestSeen * 1.001) {
      best = boxes
      bestSeen = seen
    }
  }
  return best
}

function inColumns(count: number, columns: number, area: Box, gap: number): Box[] {
  const rows = Math.ceil(count / columns)
  const cell = {
    width: Math.max(0, (area.width - gap * (columns - 1)) / columns),
    height: Math.max(0, (area.height - gap * (rows - 1)) / rows),
  }
  const width = Math.floor(Math.min(cell.width, cell.height * 2))
  const height = Math.floor(Math.min(cell.height, width / TALLEST))
  const top = area.y + (area.height - rows * height - (rows - 1) * gap) / 2
  return Array.from({ length: count }, (_, at) => {
    const row = Math.floor(at / columns)
    const inRow = row === rows - 1 ? count - row * columns : columns
    const left = area.x + (area.width - inRow * width - (inRow - 1) * gap) / 2
    return { x: Math.round(left + (at % columns) * (width + gap)), y: Math.round(top + row * (height + gap)), width, height }
  })
}

/** How much of a picture a tile shows at what size: the part that stays after cutting, in square pixels of screen. */
function pictureIn({ width, height }: Area): number {
  if (width === 0 || height === 0) return 0
  const shape = width / height
  const kept = Math.min(shape, PICTURE) / Math.max(shape, PICTURE)
  return width * height * Math.sqrt(kept)
}
