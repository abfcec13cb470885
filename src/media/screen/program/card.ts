// card.ts — what is drawn in a program: the ground with everybody's card, and names. Pure.
//
// Drawn on 1920 x 1080 as for the TV, and given the program's size: SVG can be any.
import { textIn } from '../../../core/text/text.ts'
import { FULL_HD, type Placement, type Rect, type Size } from '../../layout.ts'
import type { Scene, Seat } from '../../scene.ts'
import { tileOf } from '../card/ground.ts'
import { plain, shorten, svg, TYPE, words } from '../card/ink.ts'
import { label } from '../card/label.ts'
import { type Picture, tileCard } from '../card/tile.ts'
import { forViewers, scaled } from './place.ts'

/** All that lies under the pictures. Nobody there: the room's name. */
export function programGround(scene: Scene, places: readonly Placement[], picture: (seat: Seat) => Picture, size: Size): string {
  const text = textIn(scene.language ?? 'en')
  const name = shorten(plain(scene.roomName) || 'Parlor', TYPE.title, 1600)
  const cards = places.map((place) => {
    const tile = tileOf(scene, place.seat)
    return tile ? tileCard(forViewers(tile), place, picture(place.seat), text) : ''
  })
  const inside = places.length > 0 ? cards.join('') : words(960, 560, name, { size: TYPE.title, weight: 500, anchor: 'middle' })
  return resized(svg(FULL_HD.width, FULL_HD.height, inside), FULL_HD, size)
}

/** The name at the foot of a tile, and where it stands in the program. */
export function programLabel(scene: Scene, place: Placement, size: Size): (Rect & { readonly svg: string }) | null {
  const tile = tileOf(scene, place.seat)
  const full = tile && label(forViewers(tile), place, textIn(scene.language ?? 'en'))
  if (!full) return null
  const at = scaled({ x: full.x, y: full.y, width: full.width, height: full.height }, size)
  return { ...at, svg: resized(full.svg, full, at) }
}

/** A drawing in another size. Its own measures stand in its first line and nowhere else. */
const resized = (drawing: string, from: Size, to: Size): string =>
  drawing.replace(`width="${from.width}" height="${from.height}"`, `width="${to.width}" height="${to.height}" preserveAspectRatio="none"`)
