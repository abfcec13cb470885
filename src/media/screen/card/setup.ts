// setup.ts — the set-up of a box: what a phone scans, what goes on, and what did not work, in large quiet letters. Pure.
import type { Text } from '../../../core/text/text.ts'
import { unreachable } from '../../../lib/fault.ts'
import type { SetupScene } from '../../scene.ts'
import { INK, plain, shorten, TYPE, words, wrap } from './ink.ts'
import { qrCode } from './link.ts'

const LEFT = 130
const WIDE = 1660
const LINE = 58

export function setup(scene: SetupScene, { setup: text }: Text): string {
  const { title, body, hint } = saysOf(scene, text)
  const room = scene.link ? 940 : WIDE
  const left = scene.link ? 850 : LEFT
  let y = scene.link ? 200 : 360
  const drawn: string[] = []
  const put = (line: string, size: number, fill: string, weight: number, most: number): void => {
    for (const each of wrap(plain(line), size, room, most)) {
      drawn.push(words(left, y, each, { size, fill, weight }))
      y += size * 1.45
    }
  }
  put(title, scene.link ? 48 : TYPE.title, INK.text, 600, 3)
  y += 24
  for (const [line, strong] of body) put(line, strong ? 52 : TYPE.name, strong ? INK.accent : INK.text, strong ? 600 : 400, 2)
  if (scene.failed && scene.is !== 'joined') {
    y += 20
    put(text.why(plain(scene.failed.ssid), scene.failed.why), TYPE.name, INK.accent, 600, 3)
  }
  const near = scene.bluetooth ? text.bluetooth[scene.bluetooth] : ''
  const foot = [...toldLines(scene, text), near, hint].filter((line) => line !== '')
  const lines = foot.map((line, i) => {
    const ink = line === near && scene.bluetooth === 'here' ? { fill: INK.accent, weight: 600 } : { fill: INK.quiet }
    return words(LEFT, 990 - (foot.length - 1 - i) * LINE, shorten(plain(line), 34, WIDE), { size: 34, ...ink })
  })
  const count = scene.secondsLeft > 0 ? words(left, y + 30, text.left(scene.secondsLeft), { size: TYPE.name, fill: INK.quiet }) : ''
  return (scene.link ? qrCode(scene.link, LEFT, 150, 620) : '') + drawn.join('') + count + lines.join('')
}

type Says = { readonly title: string; readonly body: ReadonlyArray<readonly [line: string, strong: boolean]>; readonly hint: string }

function saysOf({ is, ssid, password, internet }: SetupScene, text: Text['setup']): Says {
  const soft = (...lines: string[]) => lines.map((line) => [line, false] as const)
  switch (is) {
    case 'looking':
      return { title: text.welcome, body: soft(text.looking, text.lookingHint), hint: text.later }
    case 'opening':
      return { title: text.welcome, body: soft(text.opening), hint: text.later }
    case 'point':
      return {
        title: text.pointScan,
        body: [
          [text.pointOr, false],
          [`${text.network}: ${ssid}`, true],
          [`${text.password}: ${password}`, true],
        ],
        hint: text.later,
      }
    case 'page':
      return { title: text.pageScan, body: soft(text.pageHint), hint: text.later }
    case 'trying':
      return { title: text.trying(plain(ssid)), body: soft(text.tryingHint), hint: '' }
    case 'joined':
      return { title: text.joined(plain(ssid)), body: internet ? soft(text.internet[internet]) : [], hint: '' }
    case 'again':
      return { title: text.again, body: soft(text.againHint), hint: text.later }
    case 'cable':
      return { title: text.cable, body: soft(text.cableHint), hint: text.later }
    case 'pair':
      return { title: text.pair, body: soft(text.pairHint), hint: '' }
    default:
      return unreachable(is)
  }
}

/** Two lines where Bluetooth has one, too: more would reach the QR code. */
function toldLines({ told, bluetooth }: SetupScene, text: Text['setup']): string[] {
  if (!told) return []
  const line = (what: readonly string[], sentence: (what: string) => string) =>
    what.length > 0 ? [sentence(what.map(plain).join(', '))] : []
  const [first, ...rest] = [...line(told.done, text.toldDone), ...line(told.ignored, text.toldIgnored), ...line(told.amiss, text.toldAmiss)]
  return first === undefined ? [] : bluetooth && rest.length > 1 ? [first, rest.join(' ')] : [first, ...rest]
}
