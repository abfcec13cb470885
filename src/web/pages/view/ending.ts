// ending.ts — whether all of a program that is over was shown. Pure.
//
// What counts is what has arrived, and not how near to the newest it is: sound may end sooner than pictures, a smaller picture sooner than the large
// one, and the last part may never come. Whoever waits for more then waits for ever.

export type Shown = {
  /** The last entry of the program is here. */
  readonly isOver: boolean
  /** All that there was to be put on the screen is there, or was not to be had. */
  readonly isAllIn: boolean
  /** A place was gone to, and nothing of it is seen yet. */
  readonly isSought: boolean
  /** Seconds that lie before what is shown. */
  readonly left: number
  /** It should play and stands still. */
  readonly isWaiting: boolean
}

/** Browsers stop a little before the end of what they have, and where it stands still for good, a little more before it, seconds. */
const [NEAR, NEAR_STANDING] = [0.25, 1]

export function isAllShown({ isOver, isAllIn, isSought, left, isWaiting }: Shown): boolean {
  if (!isOver || !isAllIn) return false
  return isSought || left < (isWaiting ? NEAR_STANDING : NEAR)
}
