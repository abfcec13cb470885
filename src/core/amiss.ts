// amiss.ts — everything that may be amiss with the box and its calls, with what one must know to say it. Words come from text/.
//
// Whoever finds something amiss says it in this form, and the sentence is made where it is read: in English for logs, status and the
// doctor, in the box's language on the TV. What a library or the kernel said stays as it is (`said`), behind a sentence of ours.

import type { BackWhy, UpdateWhy } from './update.ts'

type Nothing = Readonly<Record<never, never>>

/** How a microphone or a loudspeaker failed: in a way that we know, or as the sound system says it. */
export type DeviceEnd = 'ended' | 'gave nothing' | 'fell silent' | 'takes nothing' | { readonly said: string }

/** Why a line of the board or a light cannot be used. */
export type LineEnd =
  | 'not looked for'
  | 'no header'
  | 'taken'
  | 'not allowed'
  | 'no kernel part'
  | 'not built'
  | 'gone'
  | { readonly noChip: string }
  | { readonly chip: string; readonly lines: number; readonly line: number }
  | { readonly noLight: string }
  | { readonly darkLight: string }
  | { readonly said: string }

/** Why the broadcast does not reach another server. */
export type PushWhy = 'no such server' | 'nobody there' | 'no answer' | 'key refused' | 'not certified' | 'broke off'

/** What can be amiss in a call. */
export type CallAmiss = {
  'broker-away': Nothing
  /** The other end of a link could not be told from an impostor. Nothing was shown or heard of it, nor of us. */
  'not-confirmed': { readonly name: string }
  /** They are here and answering, but no link comes about. */
  'no-way': { readonly name: string }
  /** limit: how many the room holds. */
  'room-full': { readonly limit: number }
  /** Somebody who has the room's link signs in the name of others. */
  stranger: Nothing
  'other-version': Nothing
}

type Kinds = CallAmiss & {
  'live fails': { readonly said: string }
  'recording stopped': { readonly said: string }
  /** to: the address without its key. */
  'push waits': { readonly to: string; readonly why: PushWhy }

  /** A new version was tried and given up. */
  'update went back': { readonly version: string; readonly why: UpdateWhy | BackWhy }

  'camera unwanted': Nothing
  'no camera': Nothing
  'no camera there': { readonly path: string }
  'no encoder': Nothing
  'camera fails': { readonly name: string; readonly said: string }
  'camera ended': { readonly name: string }
  'camera silent': { readonly name: string }
  'camera closed': { readonly name: string }
  'no room to encode': { readonly name: string }
  'camera fell': { readonly said: string }

  'sound fell': { readonly said: string }
  'no microphone': Nothing
  'no loudspeaker': Nothing
  /** name: of the device; null: it has none. */
  'microphone fails': { readonly name: string | null; readonly end: DeviceEnd }
  'loudspeaker fails': { readonly name: string | null; readonly end: DeviceEnd }
  'echo distorted': Nothing
  'echo heard': Nothing

  'nothing on HDMI': Nothing
  'HDMI fails': { readonly said: string }
  'window fails': { readonly said: string }
  'sink fails': { readonly said: string }

  'button unreadable': { readonly end: LineEnd }
  'light dark': { readonly end: LineEnd }
  'switch unreadable': { readonly end: LineEnd }

  'held up': { readonly seconds: number }
  'no sign of life': { readonly seconds: number }
  'disk full': Nothing
  'disk broken': Nothing
  'disk silent': Nothing

  /** Something was asked that cannot be. */
  refused: { readonly said: string }

  'at our door': { readonly name: string }
  'rings there': { readonly name: string }
  'will not come': { readonly name: string }
  'is busy': { readonly name: string }
  'wants quiet': { readonly name: string }
}

export type Amiss = { readonly [K in keyof Kinds]: { readonly is: K } & Kinds[K] }[keyof Kinds]

/** The sentences of one language. */
export type AmissTable<Of = Kinds> = { readonly [K in keyof Of]: (of: Of[K]) => string }

/** In the words of one language. */
export function sentenceOf(amiss: Amiss, table: AmissTable): string {
  const say = table[amiss.is] as (of: Amiss) => string
  return say(amiss)
}

export const sameAmiss = (a: Amiss | null, b: Amiss | null): boolean => JSON.stringify(a) === JSON.stringify(b)
