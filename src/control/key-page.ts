// key-page.ts — docs/keys.md, made from the table of keys. Pure; scripts/docs.ts writes it.
import type { Key, Press } from '../core/key.ts'
import { DEEDS, type Row, type Situation, TABLE } from './key.ts'

const TITLES: Readonly<Record<Situation, string>> = {
  rest: 'At rest: no call',
  ringing: 'Somebody rings',
  joining: 'On the way into a call',
  call: 'In a call',
  again: 'In a call, and the TV shows what was said before',
  watch: 'No call, and a broadcast on the TV',
  leaving: 'The TV asks “leave the call?”',
  menu: 'The menu is open',
  any: 'Always',
}
const NAMES: Readonly<Record<Key, string>> = {
  button: 'the button',
  ok: 'OK',
  back: 'BACK',
  up: '▲',
  down: '▼',
  left: '◀',
  right: '▶',
  menu: 'MENU',
  mute: 'MUTE',
  'volume-up': 'VOL +',
  'volume-down': 'VOL −',
  power: 'POWER',
  call: 'the green receiver',
  hangup: 'the red receiver',
  record: 'record, or the yellow one',
  rewind: '⏪',
  play: '▶ PLAY',
}
const PRESSES: Readonly<Record<Press, string>> = { short: 'once', long: 'held', double: 'twice' }

const tableOf = (situation: Situation): string[] => [
  '',
  `## ${TITLES[situation]}`,
  '',
  '| key | pressed | what happens |',
  '|---|---|---|',
  ...TABLE.filter((row) => row.in === situation).map(lineOf),
]
const lineOf = (row: Row): string =>
  `| ${row.keys.map((key) => NAMES[key]).join(', ')} | ${PRESSES[row.press]}${row.repeats ? ', or held' : ''} | ${DEEDS[row.does]} |`

/** The page, as Markdown. */
export const keysPage = (): string =>
  `${[
    '# Keys',
    '',
    '<!-- Made by scripts/docs.ts from src/control/key.ts; do not edit. -->',
    '',
    'All keys mean the same wherever they are: the button on the box, the remote of the TV (over HDMI-CEC), an infrared remote, a remote',
    'or keyboard on USB or Bluetooth. How to connect them: [hw/keys](../hw/keys/README.md).',
    '',
    '“Held” is 700 ms, and it happens while the key is still down. “Twice” is within 300 ms. A key waits only where it may mean two',
    'things, so MUTE is done when it goes down, and the button mutes when it comes up.',
    '',
    'Leaving a call by accident is hard: BACK asks first, and only BACK or OK pressed at least 0.6 s later leaves. Refusing and muting are',
    'easy: one press.',
    ...(['rest', 'watch', 'ringing', 'joining', 'call', 'again', 'leaving', 'menu', 'any'] as const).flatMap(tableOf),
    '',
    'Where a table does not name a key, the one below it counts: with the menu open in a call the button still mutes, and when the TV asks',
    'whether to leave, so does MUTE. While somebody rings, only its own table and “Always” count.',
  ].join('\n')}\n`
