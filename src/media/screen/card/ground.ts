// ground.ts — everything that lies under the pictures, as one drawing of the whole screen. Pure.

import { textIn } from '../../../core/text/text.ts'
import { unreachable } from '../../../lib/fault.ts'
import { layout } from '../../layout.ts'
import type { Scene, Seat, Tile } from '../../scene.ts'
import { alone } from './alone.ts'
import { idle } from './idle.ts'
import { svg } from './ink.ts'
import { pairing } from './pairing.ts'
import { ringing } from './ringing.ts'
import { setup } from './setup.ts'
import { type Picture, tileCard } from './tile.ts'
import { watchCard } from './watch.ts'

/** @param picture what is seen of each seat's picture just now  @param now for the clock of the idle screen */
export function ground(scene: Scene, picture: (seat: Seat) => Picture, now: Date): string {
  return svg(1920, 1080, inside(scene, picture, now))
}

function inside(scene: Scene, picture: (seat: Seat) => Picture, now: Date): string {
  const text = textIn(scene.language ?? 'en')
  if (scene.pairing) return pairing(scene.pairing, text)
  switch (scene.show) {
    case 'idle':
      return scene.setup ? setup(scene.setup, text) : idle(scene, now, text)
    case 'ringing':
      return ringing(scene.caller, scene.roomName, scene.countdown ?? null, text)
    case 'call': {
      const cards = layout(scene).map((place) => {
        const tile = tileOf(scene, place.seat)
        return tile ? tileCard(tile, place, picture(place.seat), text) : ''
      })
      return (scene.people.length === 0 && !scene.share && !scene.replay ? alone(scene.link, text) : '') + cards.join('')
    }
    case 'watch':
      return scene.watch ? watchCard(scene.watch, scene.replay ? picture(scene.replay.seat) : 'none', now, text) : ''
    default:
      return unreachable(scene.show)
  }
}

/** The tile of a seat in this scene. */
export function tileOf(scene: Scene, seat: Seat): Tile | null {
  if (scene.self?.seat === seat) return scene.self
  if (scene.share?.seat === seat) return scene.share
  if (scene.replay?.seat === seat) return scene.replay
  return scene.people.find((tile) => tile.seat === seat) ?? null
}
