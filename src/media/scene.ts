// scene.ts — what the TV is to show. A plain value: app/ makes it from the call, layout.ts places it, screen.ts draws it.

/** A fixed input of the screen: 0 is our own camera, 1 to 5 are people, 6 is a shared screen. */
export type Seat = number
export const SELF: Seat = 0
export const PEOPLE: readonly Seat[] = [1, 2, 3, 4, 5]
export const SHARE: Seat = 6
export const SEATS = 7

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

export type Scene = {
  /** idle: nobody calls. ringing: somebody asks to come in. call: a call is on, `tiles` says with whom. */
  readonly show: 'idle' | 'ringing' | 'call'
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
  /** Who is shown large, the others in a strip (emphasis.ts finds who speaks long enough); null or left out: a calm grid. */
  readonly large?: Seat | null
  /** One plain sentence of trouble for people in the room ("The camera is gone"), or null. */
  readonly notice: string | null
}
