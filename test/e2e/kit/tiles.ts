// tiles.ts — where on the TV each picture must stand, by the product's own layout, and whether it stands there.
//
// Who is shown large depends on who spoke last, which nobody tells us; so every layout that may be on now is a candidate,
// and a TV is right when one of them fits it whole.
import type { Status } from '../../../src/app/status.ts'
import { fitPicture } from '../../../src/media/fit.ts'
import { FULL_HD, layout } from '../../../src/media/layout.ts'
import { type Scene, SELF, type Seat, SHARE, type Tile } from '../../../src/media/scene.ts'
import { barcode, type Rgb } from './barcode.ts'
import type { Box } from './box.ts'
import type { Role } from './browser.ts'
import type { Picture } from './tv.ts'

/** Of the whole picture, also of what the tile cuts off: left, top, width, height, in shares of the TV. */
export type Where = readonly [number, number, number, number]
/** By the person's name; the shared screen is 'share'. */
export type Places = Readonly<Record<string, Where>>

/** All our cameras and screens are of this shape. */
const PICTURE = { width: 640, height: 360 }

/** Every way in which the people of a call may stand on the TV now. The first: nobody is large. */
export function waysToStand(status: Status): Places[] {
  const names = new Map<Seat, string>([
    [SELF, status.name],
    [SHARE, 'share'],
    ...status.people.map(({ name }, i) => [i + 1, name] as const),
  ])
  const tile = (seat: Seat): Tile => ({
    seat,
    name: names.get(seat) ?? '',
    state: 'live',
    muted: false,
    camera: true,
    speaking: false,
    emoji: null,
  })
  const seats = status.people.map((_, i) => i + 1)
  const scene: Scene = {
    show: 'call',
    roomName: status.name,
    link: null,
    caller: null,
    self: tile(SELF),
    people: seats.map(tile),
    share: status.people.some(({ screen }) => screen) ? tile(SHARE) : null,
    large: null,
    notice: null,
  }
  return [null, ...seats].map((large) =>
    Object.fromEntries(
      layout({ ...scene, large }).map(({ seat, x, y, fit, ...size }) => {
        const { scaled, crop, box } = fitPicture(PICTURE, size, fit)
        const left = (x + box.x - crop.left) / FULL_HD.width
        const top = (y + box.y - crop.top) / FULL_HD.height
        return [names.get(seat) ?? '', [left, top, scaled.width / FULL_HD.width, scaled.height / FULL_HD.height] as const]
      }),
    ),
  )
}

/** Where somebody stands while nobody is large. */
export async function placeOf(box: Box, name: string): Promise<Where> {
  const place = waysToStand(await box.status())[0]?.[name]
  if (!place) throw new Error(`${name} has no place on the TV`)
  return place
}

/** The colour of somebody's band on the TV. */
export const bandAt = (picture: Picture, [x, y, w, h]: Where): Rgb =>
  picture.at(x + w / 2, y + (h * (barcode.place.bandTop + barcode.place.bandBottom)) / 2)

/** The time on somebody's picture on the TV; null when it cannot be read. */
export const timeAt = (picture: Picture, [x, y, w, h]: Where): number | null => barcode.read((u, v) => picture.light(x + u * w, y + v * h))

/** Who of the cast is recognised in their own place, in the way to stand that fits best. */
export function recognised(picture: Picture, status: Status, cast: readonly Role[]): string[] {
  const ways = waysToStand(status).map((places) =>
    Object.entries(places)
      .filter(([name, where]) => nameOn(bandAt(picture, where), cast) === name)
      .map(([name]) => name)
      .sort(),
  )
  return ways.reduce((best, names) => (names.length > best.length ? names : best), [])
}

/** Whose colour this is: the nearest of the cast, or null when it is like nobody's. */
export function nameOn([r, g, b]: Rgb, cast: readonly Role[]): string | null {
  const far = ({ colour }: Role) => {
    const n = Number.parseInt(colour.slice(1), 16)
    return Math.hypot(r - (n >> 16), g - ((n >> 8) & 255), b - (n & 255))
  }
  const nearest = cast.toSorted((one, other) => far(one) - far(other))[0]
  return nearest && far(nearest) < 110 ? nearest.name : null
}
