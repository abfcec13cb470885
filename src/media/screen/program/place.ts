// place.ts — who stands where in a program. Pure.
//
// Nobody watches from the box's own sofa here: its camera is a person like the others, not a mirror in a corner. So the TV's scene is read
// with us as the last of the people, and the TV's layout does the rest, in the program's own size.
import { even, FULL_HD, layout, type Placement, type Size } from '../../layout.ts'
import { type Scene, SELF, type Tile } from '../../scene.ts'

/** The same call with ourselves among the people, and as it is now: what is shown here once more is for this room alone. */
const ofEqual = (scene: Scene): Scene => ({
  ...scene,
  self: null,
  replay: null,
  people: scene.self ? [...scene.people, scene.self] : scene.people,
})

/** As for a TV of 1920 x 1080; nothing when no call is on. */
export const programPlaces = (scene: Scene): Placement[] => layout(ofEqual(scene))

/** From 1920 x 1080 into a picture of that height. All numbers stay even. */
export function scaled<At extends { x: number; y: number; width: number; height: number }>(at: At, size: Size): At {
  const by = (n: number): number => even((n * size.height) / FULL_HD.height)
  return { ...at, x: by(at.x), y: by(at.y), width: by(at.width), height: by(at.height) }
}

/**
 * A person as viewers see them: a name and a picture. What people of the call tell one another (who is muted, the signs by which they know that nobody
 * listens) is not for viewers; and we are no "you" to them.
 */
export const forViewers = (tile: Tile): Tile => ({
  ...tile,
  seat: tile.seat === SELF ? 1 : tile.seat,
  muted: false,
  speaking: false,
  emoji: null,
})
