// scene.ts — what the TV is to show. A plain value: app/ makes it from the call, layout.ts places it, screen.ts draws it.

import type { Language } from '../core/text/text.ts'

/** A fixed input of the screen: 0 is our own camera, 1 to 5 are people, 6 is a shared screen, 7 is the call as it was a moment ago. */
export type Seat = number
export const SELF: Seat = 0
export const PEOPLE: readonly Seat[] = [1, 2, 3, 4, 5]
export const SHARE: Seat = 6
/** Seats of those who are in the call now: what a program may show and say. */
export const CALL_SEATS = 7
/** What was said before, once more. It is this room's own: neither the program nor anybody in the call gets it. */
export const REPLAY: Seat = 7
export const SEATS = 8

export type Tile = {
  readonly seat: Seat
  readonly name: string
  readonly state: 'arriving' | 'live' | 'reconnecting'
  readonly muted: boolean
  /** False: the camera is off, so the tile shows the name on a card. */
  readonly camera: boolean
  readonly speaking: boolean
  readonly emoji: readonly string[] | null
}

/** The menu as it is seen; app/menu.ts walks it. */
export type MenuScene = {
  readonly title: string
  readonly items: ReadonlyArray<{
    readonly text: string
    readonly value: string
    /** more: OK opens another page. good, amiss: how something is. */
    readonly mark: 'more' | 'chosen' | 'good' | 'amiss' | null
    /** 0 to 1, shown as a bar. */
    readonly level?: number
    /** A sentence, in smaller letters and as many lines as it needs. */
    readonly prose?: boolean
  }>
  /** Which item has the focus. */
  readonly focus: number
  readonly hint: string
}

/** A phone is being paired: what it scans or what is typed into it, and then what both sides compare. */
export type PairingScene = {
  /** The link of pairing, which is none of a room; null: not to be shown. */
  readonly link: string | null
  /** Six digits; null: none is taken now. */
  readonly code: string | null
  /** Where a phone without a camera goes, like `192.168.1.5:8443/remote`. */
  readonly where: string
  readonly secondsLeft: number
  /** Who wants to be paired, and the words that must be the same on both. */
  readonly compare: { readonly phone: string; readonly words: readonly string[] } | null
  /** It is done: who was paired, and the words that the phone shows too. */
  readonly done: { readonly phone: string; readonly words: readonly string[] } | null
}

/** A new box on its way into a network and to its first phone, or the same later by wish (app/firstboot/step.ts). */
export type SetupScene = {
  /**
   * looking: for a network. point: scan to join the box's own Wi-Fi. page: scan for the page. trying: a network. joined: it worked. again: the own Wi-Fi
   * has gone, a key brings it back. opening: it comes. cable: there is no Wi-Fi to be had here. pair: a key begins pairing.
   */
  readonly is: 'looking' | 'opening' | 'point' | 'page' | 'trying' | 'joined' | 'again' | 'cable' | 'pair'
  /** The network it is about, or the box's own with its password. */
  readonly ssid: string
  readonly password: string
  /** What is scanned; null: nothing. */
  readonly link: string | null
  readonly secondsLeft: number
  /** With 'point' and 'page'. press: a key lets a phone in by Bluetooth, too. open: it may come. here: it asks which box this is. Null: there is no Bluetooth. */
  readonly bluetooth: 'press' | 'open' | 'here' | null
  /** With 'joined': whether the internet is there; null: not known. */
  readonly internet: 'yes' | 'no' | 'portal' | null
  /** What was tried and did not work. */
  readonly failed: {
    readonly ssid: string
    readonly why: 'password' | 'absent' | 'no address' | 'lock' | 'radio' | 'late' | 'other'
  } | null
  /** What was taken from the card's first partition; null: nothing was there. */
  readonly told: { readonly done: readonly string[]; readonly ignored: readonly string[]; readonly amiss: readonly string[] } | null
}

/** A broadcast of elsewhere, on the whole screen. */
export type WatchScene = {
  /** comes: it begins to be shown. lost: nothing comes of it just now. none: there is none (yet). full: there is no place for us. locked: it is private, and its key is not here.
   * odd: not to be shown here. */
  readonly is: 'comes' | 'plays' | 'paused' | 'lost' | 'ended' | 'none' | 'full' | 'locked' | 'odd'
  /** What it is called; empty: nothing special. */
  readonly title: string
  /** When it is to begin, ms since 1970; null: not known. */
  readonly begins: number | null
  /** How far what is seen is behind now, in half minutes; 0: it is now. */
  readonly behind: number
}

export type Scene = {
  /** What words are written in; left out: English. */
  readonly language?: Language
  /** The menu in front of it all. */
  readonly menu?: MenuScene | null
  /** Instead of everything else: a phone is being paired. */
  readonly pairing?: PairingScene | null
  /** Instead of the idle picture: the set-up. */
  readonly setup?: SetupScene | null
  /** idle: nobody calls. ringing: somebody asks to come in. call: a call is on, `tiles` says with whom. watch: a broadcast of elsewhere. */
  readonly show: 'idle' | 'ringing' | 'call' | 'watch'
  readonly roomName: string
  /** The link to show as a QR code and in letters; null hides it. */
  readonly link: string | null
  /** Who rings, with `show: 'ringing'`. */
  readonly caller: string | null
  /** Seconds until the box lets the caller in by itself; null or left out: it will not. */
  readonly countdown?: number | null
  /** Whose calls were missed, for the idle picture. */
  readonly missed?: readonly string[]
  /** Our own camera as a small picture; null shows none. */
  readonly self: Tile | null
  readonly people: readonly Tile[]
  /** The shared screen, with the name of who shares it. */
  readonly share: Tile | null
  /** The past, while it is shown again: large, with the call of now beside it; or the broadcast that is watched. Null or left out: neither is. */
  readonly replay?: Tile | null
  /** With `show: 'watch'`: how what is watched is. */
  readonly watch?: WatchScene | null
  /** Who is shown large, the others in a strip (emphasis.ts finds who speaks long enough); null or left out: a calm grid. */
  readonly large?: Seat | null
  /** The broadcast that is to come, for the idle picture; begins in ms since 1970. */
  readonly announced?: { readonly title: string; readonly begins: number } | null
  /** A line about an update, for the idle picture; null or left out: there is nothing to say. */
  readonly update?: string | null
  /** That this call goes out to an audience, in words; null or left out: it does not. */
  readonly live?: string | null
  /** One plain sentence of trouble for people in the room ("The camera is gone"), or null. */
  readonly notice: string | null
}

/** Whether pictures move on the TV. */
export const moves = ({ show }: Pick<Scene, 'show'>): boolean => show === 'call' || show === 'watch'
