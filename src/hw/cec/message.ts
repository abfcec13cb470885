// message.ts — the words of CEC (HDMI 1.4b, supplement 1) that we say and understand. Pure; what came over the wire is never trusted.
import type { Key } from '../../core/key.ts'
import type { Bytes } from './codec.ts'

export const TV = 0
export const BROADCAST = 15
/** As sender: somebody without an address. */
export const UNREGISTERED = 15

export const REPORT_POWER = 0x90
const FEATURE_ABORT = 0x00
const IMAGE_VIEW_ON = 0x04
const GIVE_DECK = 0x1a
const REPORT_DECK = 0x1b
const STANDBY = 0x36
const PRESSED = 0x44
const RELEASED = 0x45
const ROUTING_CHANGE = 0x80
const ROUTING_INFORMATION = 0x81
const ACTIVE_SOURCE = 0x82
const REQUEST_ACTIVE_SOURCE = 0x85
const SET_STREAM_PATH = 0x86
const MENU_REQUEST = 0x8d
const MENU_STATUS = 0x8e
const GIVE_POWER = 0x8f
const INACTIVE_SOURCE = 0x9d
const ABORT = 0xff

const UNRECOGNISED = 0
const DECK_STOPPED = 0x1a
const MENU_ACTIVE = 0
const POWER_ON = 0

const high = (physical: number): number => (physical >> 8) & 0xff
const low = (physical: number): number => physical & 0xff
const say = (from: number, to: number, ...rest: number[]): Bytes => Uint8Array.from([((from & 15) << 4) | (to & 15), ...rest])

export const imageViewOn = (from: number): Bytes => say(from, TV, IMAGE_VIEW_ON)
export const standby = (from: number): Bytes => say(from, TV, STANDBY)
export const givePower = (from: number): Bytes => say(from, TV, GIVE_POWER)
export const activeSource = (from: number, physical: number): Bytes => say(from, BROADCAST, ACTIVE_SOURCE, high(physical), low(physical))
export const inactiveSource = (from: number, physical: number): Bytes => say(from, TV, INACTIVE_SOURCE, high(physical), low(physical))
export const requestActiveSource = (from: number): Bytes => say(from, BROADCAST, REQUEST_ACTIVE_SOURCE)
export const setStreamPath = (from: number, physical: number): Bytes => say(from, BROADCAST, SET_STREAM_PATH, high(physical), low(physical))
export const reportPowerOn = (from: number, to: number): Bytes => say(from, to, REPORT_POWER, POWER_ON)
export const menuActive = (from: number, to: number): Bytes => say(from, to, MENU_STATUS, MENU_ACTIVE)
export const deckStopped = (from: number, to: number): Bytes => say(from, to, REPORT_DECK, DECK_STOPPED)
export const abort = (from: number, to: number, opcode: number): Bytes => say(from, to, FEATURE_ABORT, opcode, UNRECOGNISED)

export type Power = 'on' | 'standby' | 'waking' | 'falling asleep'
const POWERS: readonly Power[] = ['on', 'standby', 'waking', 'falling asleep']

/** What a Report Power Status says; null: no such message. */
export const powerIn = (bytes: Bytes): Power | null => (bytes[1] === REPORT_POWER ? (POWERS[bytes[2] ?? 99] ?? null) : null)

/** What somebody said to us or to all. */
export type Heard =
  | { readonly heard: 'pressed'; readonly key: Key | null }
  | { readonly heard: 'released' }
  /** The picture of this physical address is shown. */
  | { readonly heard: 'shown'; readonly physical: number }
  /** People chose an input at the TV. */
  | { readonly heard: 'chosen'; readonly physical: number }
  | { readonly heard: 'who is shown' }
  | { readonly heard: 'tv goes to sleep' }
  | { readonly heard: 'power'; readonly power: Power }
  | { readonly heard: 'question'; readonly from: number; readonly about: 'power' | 'menu' | 'deck' | 'unknown'; readonly opcode: number }
  /** Nothing that concerns us. */
  | { readonly heard: 'nothing' }

const nothing: Heard = { heard: 'nothing' }

export function hear(bytes: Bytes): Heard {
  const [head, opcode, ...operands] = bytes
  if (head === undefined || opcode === undefined) return nothing
  const from = head >> 4
  const toAll = (head & 15) === BROADCAST
  const address = (at: number): number | null => {
    const [a, b] = operands.slice(at, at + 2)
    return a === undefined || b === undefined ? null : (a << 8) | b
  }
  const place = (heard: 'shown' | 'chosen', at: number): Heard => {
    const physical = toAll ? address(at) : null
    return physical === null ? nothing : { heard, physical }
  }
  const [first] = operands
  switch (opcode) {
    case PRESSED:
      return toAll || first === undefined ? nothing : { heard: 'pressed', key: COMMANDS.get(first) ?? null }
    case RELEASED:
      return toAll ? nothing : { heard: 'released' }
    case ACTIVE_SOURCE:
    case ROUTING_INFORMATION:
      return place('shown', 0)
    case SET_STREAM_PATH:
      return place('chosen', 0)
    case ROUTING_CHANGE:
      return place('chosen', 2)
    case REQUEST_ACTIVE_SOURCE:
      return toAll ? { heard: 'who is shown' } : nothing
    case STANDBY:
      return from === TV ? { heard: 'tv goes to sleep' } : nothing
    case REPORT_POWER: {
      const power = powerIn(bytes)
      return from === TV && power !== null ? { heard: 'power', power } : nothing
    }
    case FEATURE_ABORT:
      return nothing
    default:
      if (toAll || from === UNREGISTERED) return nothing
      return { heard: 'question', from, about: QUESTIONS.get(opcode) ?? 'unknown', opcode }
  }
}

const QUESTIONS: ReadonlyMap<number, 'power' | 'menu' | 'deck'> = new Map([
  [GIVE_POWER, 'power'],
  [MENU_REQUEST, 'menu'],
  [GIVE_DECK, 'deck'],
])

/** User control codes (table 27 of the supplement) that are keys of ours. */
const COMMANDS: ReadonlyMap<number, Key> = new Map([
  [0x00, 'ok'],
  [0x01, 'up'],
  [0x02, 'down'],
  [0x03, 'left'],
  [0x04, 'right'],
  [0x09, 'menu'], // root menu
  [0x0a, 'menu'], // setup menu
  [0x0b, 'menu'], // contents menu
  [0x0d, 'back'], // exit
  [0x10, 'menu'], // media top menu
  [0x11, 'menu'], // context menu
  [0x2b, 'ok'], // enter
  [0x40, 'power'],
  [0x41, 'volume-up'],
  [0x42, 'volume-down'],
  [0x43, 'mute'],
  [0x47, 'record'],
  [0x4c, 'back'], // backward: what BACK of many TVs sends
  [0x65, 'mute'],
  [0x6b, 'power'],
  [0x71, 'menu'], // F1, blue
  [0x72, 'hangup'], // F2, red
  [0x73, 'call'], // F3, green
  [0x74, 'record'], // F4, yellow
])

/** Opcodes for tests that play the TV. */
export const OPCODES = {
  ABORT,
  ACTIVE_SOURCE,
  FEATURE_ABORT,
  GIVE_POWER,
  IMAGE_VIEW_ON,
  INACTIVE_SOURCE,
  PRESSED,
  RELEASED,
  REQUEST_ACTIVE_SOURCE,
  SET_STREAM_PATH,
  STANDBY,
} as const
