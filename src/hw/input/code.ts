// code.ts — which KEY_ code of Linux (input-event-codes.h) is which key of the box. Data and two pure functions.
import type { Key } from '../../core/key.ts'

const CODES: ReadonlyMap<number, Key> = new Map([
  [148, 'button'], // KEY_PROG1: the box's own button (overlay gpio-key, keycode=148)
  [256, 'button'], // BTN_0
  [28, 'ok'], // KEY_ENTER
  [96, 'ok'], // KEY_KPENTER
  [352, 'ok'], // KEY_OK
  [353, 'ok'], // KEY_SELECT
  [1, 'back'], // KEY_ESC
  [14, 'back'], // KEY_BACKSPACE
  [158, 'back'], // KEY_BACK
  [174, 'back'], // KEY_EXIT
  [103, 'up'],
  [108, 'down'],
  [105, 'left'],
  [106, 'right'],
  [127, 'menu'], // KEY_COMPOSE, the menu key of keyboards
  [139, 'menu'], // KEY_MENU
  [141, 'menu'], // KEY_SETUP
  [172, 'menu'], // KEY_HOMEPAGE
  [438, 'menu'], // KEY_CONTEXT_MENU
  [618, 'menu'], // KEY_ROOT_MENU
  [619, 'menu'], // KEY_MEDIA_TOP_MENU
  [113, 'mute'], // KEY_MUTE
  [248, 'mute'], // KEY_MICMUTE
  [115, 'volume-up'],
  [114, 'volume-down'],
  [116, 'power'], // KEY_POWER
  [356, 'power'], // KEY_POWER2
  [169, 'call'], // KEY_PHONE
  [445, 'call'], // KEY_PICKUP_PHONE
  [446, 'hangup'], // KEY_HANGUP_PHONE
  [167, 'record'], // KEY_RECORD
  [400, 'record'], // KEY_YELLOW
  [168, 'rewind'], // KEY_REWIND
  [207, 'play'], // KEY_PLAY
  [164, 'play'], // KEY_PLAYPAUSE
])

const KEY_A = 30
const KEY_Z = 44

/** @returns null for a code that is no key of ours */
export const keyOf = (code: number): Key | null => CODES.get(code) ?? null

/** Whether bit `code` is set in a bitmap as the kernel gives it (EVIOCGBIT, EVIOCGKEY): little end first. */
export const has = (bitmap: Uint8Array, code: number): boolean => ((bitmap[code >> 3] ?? 0) & (1 << (code & 7))) !== 0

/** The codes of ours that are set. */
export const known = (bitmap: Uint8Array): number[] => [...CODES.keys()].filter((code) => has(bitmap, code))

/** A thing one types on has letters; what has none is a remote or a button, and nobody misses its keys elsewhere. */
export const hasLetters = (bitmap: Uint8Array): boolean => has(bitmap, KEY_A) && has(bitmap, KEY_Z)
