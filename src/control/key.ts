// key.ts — what a key means: one table from (situation, key, press) to what is done. Pure; docs/keys.md is made from it.
//
// Two things guided it. What is private is easy: mute and "not now" are one press, and are done when the key goes down.
// What cannot be taken back is hard: nobody hangs up or opens a camera by one careless press of OK or BACK. The button
// must do alone, for a box whose only key it is.
import type { Intent, Layout } from '../core/intent.ts'
import type { Key, Press } from '../core/key.ts'
import { unreachable } from '../lib/fault.ts'

/**
 * Where we are, as keys see it. rest: no call. joining: on the way into one. call: in one. leaving: in one, and the TV
 * asks whether to leave. again: in one, and the TV shows what was said before. watch: no call, and a broadcast of elsewhere on the TV. any: below all
 * of them. A key means what the topmost situation that names it says.
 */
export const SITUATIONS = ['ringing', 'leaving', 'menu', 'joining', 'again', 'call', 'watch', 'rest', 'any'] as const
export type Situation = (typeof SITUATIONS)[number]

/** What is done, in the words of docs and help. */
export const DEEDS = {
  'come home': 'go into this box’s own room, with camera',
  'come home by phone': 'go into this box’s own room, sound only',
  answer: 'answer',
  decline: 'decline: not now',
  leave: 'leave the call',
  'ask to leave': 'ask whether to leave (5 seconds)',
  stay: 'stay in the call',
  mute: 'microphone off, or on again',
  louder: 'louder',
  quieter: 'quieter',
  'next layout': 'next layout',
  'layout before': 'layout before',
  live: 'go live, or end the broadcast',
  again: 'what was said half a minute before, and with each press half a minute more (while the call is broadcast and recorded)',
  now: 'back to the call as it is now',
  'stop watching': 'no more of this broadcast',
  pause: 'pause, or go on',
  back: 'half a minute back, and with each press half a minute more',
  'to live': 'back to live',
  tv: 'TV on with our picture, or back to how it was',
  'open menu': 'open the menu',
  'close menu': 'close the menu',
  'menu up': 'up',
  'menu down': 'down',
  'menu left': 'left',
  'menu right': 'right',
  'menu choose': 'choose',
  'menu back': 'one step back',
} as const
export type Deed = keyof typeof DEEDS

/** repeats: done again and again while the key is held. */
export type Row = {
  readonly in: Situation
  readonly keys: readonly Key[]
  readonly press: Press
  readonly does: Deed
  readonly repeats?: true
}

export const TABLE: readonly Row[] = [
  { in: 'ringing', keys: ['button', 'ok', 'call'], press: 'short', does: 'answer' },
  { in: 'ringing', keys: ['button'], press: 'long', does: 'decline' },
  { in: 'ringing', keys: ['back', 'hangup', 'power'], press: 'short', does: 'decline' },

  { in: 'leaving', keys: ['back', 'ok', 'power'], press: 'short', does: 'leave' },
  { in: 'leaving', keys: ['up', 'down', 'left', 'right', 'menu'], press: 'short', does: 'stay' },

  { in: 'menu', keys: ['up'], press: 'short', does: 'menu up', repeats: true },
  { in: 'menu', keys: ['down'], press: 'short', does: 'menu down', repeats: true },
  { in: 'menu', keys: ['left'], press: 'short', does: 'menu left', repeats: true },
  { in: 'menu', keys: ['right'], press: 'short', does: 'menu right', repeats: true },
  { in: 'menu', keys: ['ok'], press: 'short', does: 'menu choose' },
  { in: 'menu', keys: ['back'], press: 'short', does: 'menu back' },
  { in: 'menu', keys: ['menu'], press: 'short', does: 'close menu' },

  { in: 'joining', keys: ['back', 'hangup', 'power'], press: 'short', does: 'leave' },
  { in: 'joining', keys: ['button'], press: 'long', does: 'leave' },

  { in: 'again', keys: ['back', 'play'], press: 'short', does: 'now' },

  { in: 'call', keys: ['button'], press: 'short', does: 'mute' },
  { in: 'call', keys: ['button'], press: 'long', does: 'leave' },
  { in: 'call', keys: ['hangup'], press: 'short', does: 'leave' },
  { in: 'call', keys: ['back', 'power'], press: 'short', does: 'ask to leave' },
  { in: 'call', keys: ['right'], press: 'short', does: 'next layout' },
  { in: 'call', keys: ['left'], press: 'short', does: 'layout before' },
  { in: 'call', keys: ['up'], press: 'short', does: 'louder', repeats: true },
  { in: 'call', keys: ['down'], press: 'short', does: 'quieter', repeats: true },
  { in: 'call', keys: ['ok', 'menu'], press: 'short', does: 'open menu' },
  { in: 'call', keys: ['record'], press: 'short', does: 'live' },
  { in: 'call', keys: ['rewind'], press: 'short', does: 'again' },

  { in: 'watch', keys: ['button', 'play'], press: 'short', does: 'pause' },
  { in: 'watch', keys: ['button'], press: 'long', does: 'stop watching' },
  { in: 'watch', keys: ['back', 'hangup', 'power'], press: 'short', does: 'stop watching' },
  { in: 'watch', keys: ['left', 'rewind'], press: 'short', does: 'back' },
  { in: 'watch', keys: ['right'], press: 'short', does: 'to live' },
  { in: 'watch', keys: ['up'], press: 'short', does: 'louder', repeats: true },
  { in: 'watch', keys: ['down'], press: 'short', does: 'quieter', repeats: true },

  { in: 'rest', keys: ['button'], press: 'short', does: 'come home' },
  { in: 'rest', keys: ['button'], press: 'double', does: 'come home by phone' },
  { in: 'rest', keys: ['button'], press: 'long', does: 'tv' },
  { in: 'rest', keys: ['call'], press: 'short', does: 'come home' },
  { in: 'rest', keys: ['power'], press: 'short', does: 'tv' },
  { in: 'rest', keys: ['ok', 'menu', 'up', 'down', 'left', 'right'], press: 'short', does: 'open menu' },

  { in: 'any', keys: ['mute'], press: 'short', does: 'mute' },
  { in: 'any', keys: ['volume-up'], press: 'short', does: 'louder', repeats: true },
  { in: 'any', keys: ['volume-down'], press: 'short', does: 'quieter', repeats: true },
]

/** What keys depend on. All as it is wanted (or open on the TV), not as it is: two quick presses must not do the same twice. */
export type KeyState = {
  readonly ringing: boolean
  readonly call: 'none' | 'joining' | 'in'
  /** The menu is open. */
  readonly menu: boolean
  readonly muted: boolean
  /** Percent. */
  readonly volume: number
  readonly layout: Layout
  /** The call is broadcast. */
  readonly live: boolean
  /** The TV shows what was said before, or is about to. */
  readonly again: boolean
  /** What the TV shows of a broadcast of elsewhere; null: none is watched. */
  readonly watch: 'playing' | 'paused' | null
  /** The TV is on with our picture, or about to be. */
  readonly tv: boolean
}

export type MenuMove = 'open' | 'close' | 'up' | 'down' | 'left' | 'right' | 'choose' | 'back'

/** What comes of a key: a wish for the box, a move in the menu, or the question whether to leave comes up or goes. */
export type Move =
  | { readonly to: 'box'; readonly intent: Intent }
  | { readonly to: 'menu'; readonly move: MenuMove }
  | { readonly to: 'question'; readonly asked: boolean }

/** The situations of this moment, topmost first. @param asked the TV asks whether to leave */
export function situations(state: KeyState, asked: boolean): readonly Situation[] {
  if (state.ringing) return ['ringing', 'any']
  const ground: Situation = state.call === 'none' ? 'rest' : state.call === 'joining' ? 'joining' : 'call'
  if (asked && ground === 'call') return ['leaving', ground, 'any']
  const here: readonly Situation[] =
    state.again && ground === 'call'
      ? ['again', ground, 'any']
      : state.watch && ground === 'rest'
        ? ['watch', ground, 'any']
        : [ground, 'any']
  return state.menu ? ['menu', ...here] : here
}

/** The rows of a key now: those of the topmost situation that names it. */
export function rowsOf(key: Key, where: readonly Situation[]): readonly Row[] {
  for (const situation of where) {
    const rows = TABLE.filter((row) => row.in === situation && row.keys.includes(key))
    if (rows.length > 0) return rows
  }
  return []
}

/** What keys do now, for the TV's help: each row with those of its keys that really mean it now. */
export function helpFor(state: KeyState, asked = false): readonly Row[] {
  const where = situations(state, asked)
  return TABLE.flatMap((row) => {
    const keys = row.keys.filter((key) => rowsOf(key, where).includes(row))
    return keys.length > 0 ? [{ ...row, keys }] : []
  })
}

const STEP = 5
const LAYOUTS: readonly Layout[] = ['auto', 'grid', 'speaker']
const turned = (layout: Layout, by: number): Layout => LAYOUTS[(LAYOUTS.indexOf(layout) + by + LAYOUTS.length) % LAYOUTS.length] ?? 'auto'
const clamped = (percent: number): number => Math.min(100, Math.max(0, Math.round(percent)))

/** The row of a press now; null: it means nothing. */
export function rowFor(key: Key, press: Press, where: readonly Situation[]): Row | null {
  return rowsOf(key, where).find((row) => row.press === press) ?? null
}

/** What a deed is, as things are. */
export function moveOf(deed: Deed, state: KeyState): Move {
  const box = (intent: Intent): Move => ({ to: 'box', intent })
  const menu = (move: MenuMove): Move => ({ to: 'menu', move })
  switch (deed) {
    case 'come home':
      return box({ want: 'come home', phone: false })
    case 'come home by phone':
      return box({ want: 'come home', phone: true })
    case 'answer':
      return box({ want: 'answer', phone: false })
    case 'decline':
      return box({ want: 'decline' })
    case 'leave':
      return box({ want: 'leave' })
    case 'ask to leave':
      return { to: 'question', asked: true }
    case 'stay':
      return { to: 'question', asked: false }
    case 'mute':
      return box({ want: 'mute', muted: !state.muted })
    case 'louder':
      return box({ want: 'volume', percent: clamped(state.volume + STEP) })
    case 'quieter':
      return box({ want: 'volume', percent: clamped(state.volume - STEP) })
    case 'next layout':
      return box({ want: 'layout', layout: turned(state.layout, 1) })
    case 'layout before':
      return box({ want: 'layout', layout: turned(state.layout, -1) })
    case 'live':
      return box({ want: 'live', on: !state.live })
    case 'again':
      return box({ want: 'again' })
    case 'now':
      return box({ want: 'now' })
    case 'stop watching':
      return box({ want: 'watch', link: null })
    case 'pause':
      return box({ want: 'pause', on: state.watch === 'playing' })
    case 'back':
      return box({ want: 'again' })
    case 'to live':
      return box({ want: 'now' })
    case 'tv':
      return box({ want: 'tv', on: !state.tv })
    case 'open menu':
      return menu('open')
    case 'close menu':
      return menu('close')
    case 'menu up':
      return menu('up')
    case 'menu down':
      return menu('down')
    case 'menu left':
      return menu('left')
    case 'menu right':
      return menu('right')
    case 'menu choose':
      return menu('choose')
    case 'menu back':
      return menu('back')
    default:
      return unreachable(deed)
  }
}
