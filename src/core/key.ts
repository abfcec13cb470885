// key.ts — the keys the box knows, whatever they sit on: its own button, the TV's remote, an infrared one, a keyboard.

export const KEYS = [
  'button',
  'ok',
  'back',
  'up',
  'down',
  'left',
  'right',
  'menu',
  'mute',
  'volume-up',
  'volume-down',
  'power',
  'call',
  'hangup',
  'record',
  'rewind',
  'play',
] as const
export type Key = (typeof KEYS)[number]

/** short: pressed. long: held for 700 ms, told while it is still held. double: pressed twice within 300 ms. */
export type Press = 'short' | 'long' | 'double'

/** A key goes down or up. from: which device, so that two remotes are not mixed up. A device repeats nothing: one down, one up. */
export type Edge = { readonly key: Key; readonly down: boolean; readonly from: string }
