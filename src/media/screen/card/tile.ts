// tile.ts — what stands in a tile behind or instead of a picture: initials, and why there is no picture. Pure.
import type { Text } from '../../../core/text/text.ts'
import type { Placement } from '../../layout.ts'
import { SELF, SHARE, type Tile } from '../../scene.ts'
import { INK, initials, rect, TYPE, words } from './ink.ts'

/** shown: the picture covers the tile. faint: the last picture lies over it like a shadow. none: only the card is seen. */
export type Picture = 'shown' | 'faint' | 'none'

export function tileCard(tile: Tile, place: Placement, picture: Picture, text: Text): string {
  const field = rect(place.x, place.y, place.width, place.height, INK.tile, 12)
  if (picture === 'shown') return field
  const why = reason(tile, text)
  const small = place.height < 240
  const size = place.width > 1300 ? 56 : place.width > 800 ? TYPE.name : TYPE.least
  const middle = place.x + place.width / 2
  const radius = Math.min(place.height * (small ? 0.28 : 0.18), 150)
  const fits = !small && place.width > 300
  // The name stands at the foot of the tile, so what is in the middle sits a little above it.
  const y = place.y + place.height * (small ? 0.5 : 0.36)
  if (picture === 'faint') return field + words(middle, place.y + place.height / 2, why, { size, weight: 600, anchor: 'middle' })
  const disc =
    `<circle cx="${middle}" cy="${y}" r="${radius}" fill="${INK.disc}"/>` +
    words(middle, y + radius * 0.29, initials(tile.name), { size: Math.max(TYPE.least, radius * 0.82), weight: 600, anchor: 'middle' })
  return field + disc + (fits ? words(middle, y + radius + size * 1.7, why, { size, fill: INK.quiet, anchor: 'middle' }) : '')
}

function reason(tile: Tile, text: Text): string {
  if (tile.state === 'reconnecting') return text.reconnecting
  if (tile.state === 'arriving') return text.connecting
  if (tile.seat === SHARE) return text.shareComes
  if (!tile.camera) return tile.seat === SELF ? text.yourCameraOff : text.cameraOff
  return text.pictureComes
}
