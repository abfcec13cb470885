// watch.ts — a broadcast of elsewhere on the TV: what stands there while nothing of it is to be seen, and the strip under its picture. Pure.
import type { Text } from '../../../core/text/text.ts'
import { unreachable } from '../../../lib/fault.ts'
import { even, safeArea } from '../../layout.ts'
import type { WatchScene } from '../../scene.ts'
import * as icon from './icon.ts'
import { whenOf } from './idle.ts'
import { INK, plain, rect, shorten, svg, TYPE, widthOf, words, wrap } from './ink.ts'
import type { Label } from './label.ts'
import type { Picture } from './tile.ts'

const HEIGHT = 72

/** Under the picture, or instead of it. @param picture what is seen of it just now */
export function watchCard(watch: WatchScene, picture: Picture, now: Date, text: Text): string {
  const ground = rect(0, 0, 1920, 1080, INK.ground)
  if (picture === 'shown') return ground
  const [title, ...more] = sentencesOf(watch, now, text)
  if (picture === 'faint') return ground + words(960, 560, title ?? '', { size: 56, weight: 600, anchor: 'middle' })
  const name = plain(watch.title)
  const lines = more.flatMap((sentence) => wrap(sentence, TYPE.name, 1500, 3))
  return (
    ground +
    (name === '' ? '' : words(960, 380, shorten(name, 56, 1600), { size: 56, fill: INK.quiet, anchor: 'middle' })) +
    words(960, 500, shorten(title ?? '', TYPE.title, 1700), { size: TYPE.title, weight: 600, anchor: 'middle' }) +
    lines.map((line, i) => words(960, 590 + i * 56, line, { size: TYPE.name, fill: INK.quiet, anchor: 'middle' })).join('') +
    words(960, 930, text.watch.backStops, { size: TYPE.name, fill: INK.accent, weight: 600, anchor: 'middle' })
  )
}

/** What it is, first in few words and then in a sentence. */
function sentencesOf(watch: WatchScene, now: Date, text: Text): readonly string[] {
  switch (watch.is) {
    case 'comes':
    case 'plays':
    case 'paused':
      return [text.watch.comes]
    case 'lost':
      return [text.watch.lost, text.watch.tried]
    case 'ended':
      return [text.watch.ended]
    case 'none':
      return [
        text.watch.none,
        watch.begins === null ? text.watch.waits : text.watch.begins(whenOf(new Date(watch.begins), now, text.locale)),
      ]
    case 'full':
      return [text.watch.full, text.watch.tried]
    case 'locked':
      return [text.watch.locked, text.watch.wholeLink]
    case 'odd':
      return [text.watch.odd]
    default:
      return unreachable(watch.is)
  }
}

/** The strip at the foot of the picture, where there is something to say of it; null: there is not. */
export function watchLabel(watch: WatchScene, text: Text): Label | null {
  const said =
    watch.is === 'paused'
      ? text.watch.paused
      : (watch.is === 'plays' || watch.is === 'comes') && watch.behind > 0
        ? text.watch.behind(watch.behind / 2)
        : null
  if (said === null) return null
  const safe = safeArea()
  const keys = watch.is === 'paused' ? text.watch.pausedKeys : text.watch.behindKeys
  const first = widthOf(said, TYPE.name)
  const width = even(Math.min(safe.width, 60 + first + 40 + widthOf(keys, TYPE.least) + 30))
  const inside =
    rect(0, 0, 8, HEIGHT, INK.accent) +
    icon.dot(34, HEIGHT / 2, 9, INK.accent) +
    words(60, 50, said, { size: TYPE.name, weight: 600 }) +
    words(60 + first + 40, 48, keys, { size: TYPE.least, fill: INK.quiet })
  return { x: safe.x, y: even(safe.y + safe.height - HEIGHT), width, height: HEIGHT, svg: svg(width, HEIGHT, inside, INK.tile) }
}
