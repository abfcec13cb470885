// pairing.ts — a phone becomes a remote: what it scans or types, then the words that both sides compare. Pure.
//
// It must never be taken for the invitation into a room: that is light paper on a calm ground with a clock; this is a framed card
// with a warning, a count of seconds, and a link that no room has.
import type { Text } from '../../../core/text/text.ts'
import type { PairingScene } from '../../scene.ts'
import { INK, plain, shorten, TYPE, words } from './ink.ts'
import { qrCode } from './link.ts'

export function pairing({ link, code, where, secondsLeft, compare, done }: PairingScene, text: Text): string {
  const frame = `<rect x="96" y="54" width="1728" height="972" rx="24" fill="none" stroke="${INK.accent}" stroke-width="6" stroke-dasharray="28 18"/>`
  const middle = (y: number, line: string, size: number, fill: string = INK.text, weight = 500) =>
    words(960, y, shorten(plain(line), size, 1560), { size, fill, weight, anchor: 'middle' })
  const shown = compare ?? done
  if (shown) {
    const said = shown.words.map((word, i) => middle(470 + i * 110, word, 88, INK.accent, 600))
    const sentence = compare ? text.pairCompare(plain(shown.phone)) : text.pairDone(plain(shown.phone))
    const keys = compare ? middle(960, text.pairKeys, TYPE.name, INK.quiet) : ''
    return frame + middle(200, text.pairTitle, TYPE.title, INK.text, 600) + middle(300, sentence, TYPE.name) + said.join('') + keys
  }
  const left = 860
  const digits = code ? `${code.slice(0, 3)} ${code.slice(3)}` : ''
  const line = (y: number, what: string, size: number, fill: string = INK.text, weight = 500) =>
    words(left, y, shorten(plain(what), size, 900), { size, fill, weight })
  return (
    frame +
    (link ? qrCode(link, 170, 250, 580) : '') +
    line(280, text.pairTitle, TYPE.title, INK.text, 600) +
    line(370, text.pairScan, 36) +
    (code ? line(430, text.pairType(where), 36) + line(600, digits, 140, INK.accent, 600) : line(480, text.pairLocked, 36, INK.accent)) +
    line(720, text.pairLeft(secondsLeft), TYPE.name, INK.quiet) +
    words(960, 960, shorten(text.pairOnly, 34, 1600), { size: 34, fill: INK.accent, anchor: 'middle' })
  )
}
