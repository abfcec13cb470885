// motion.ts — whether the picture moves: how much lies ahead of it, how near to live that lets it be, when it stands still, and over which gap it goes on.
import type { Clock } from '../../../lib/clock.ts'
import { ms } from '../../../lib/unit.ts'
import { calm, PACE, type Pace, stalled, step } from './pace.ts'
import type { Screen } from './screen.ts'

/** How often it is looked at. */
export const TICK = ms(50)
/** How long the least that lay ahead is remembered, ms. */
const LATELY = 1200
/** Standing still for so long, with something behind a gap, the gap is jumped, ms. */
const STUCK = 250
/** A jump takes no longer than so many ms, unless it ended too near to a gap: browsers then wait for more, which does not come. */
const SOUGHT = 1000
/** Seconds that may lie before a gap, unplayed. */
const LEFT = 0.5
/** Standing still for so long, ms, it does not go on by itself. */
const LONG = 6000

/** What a look has shown; 'stood': it stands still, and should not, since now; 'stuck': for so long that it is to be begun anew. */
export type Seen = 'moves' | 'stood' | 'stands' | 'stuck'

export class Motion {
  readonly #screen: Pick<Screen, 'video' | 'endFrom' | 'after'>
  readonly #clock: Clock
  #pace: Pace = PACE
  #ahead: ReadonlyArray<{ readonly at: number; readonly s: number }> = []
  #moved = { second: 0, at: 0 }
  #begun = 0
  /** Something is on the screen. */
  hasPicture = false
  isWaiting = false
  /** Times it stood still. */
  stalls = 0

  constructor(screen: Pick<Screen, 'video' | 'endFrom' | 'after'>, clock: Clock) {
    this.#screen = screen
    this.#clock = clock
  }

  /** The player's second that is shown, and where what can be played from there ends. */
  get second(): number {
    return this.#screen.video.currentTime
  }
  get end(): number {
    return this.#screen.endFrom(this.second)
  }
  /** Seconds before the newest at which to begin. */
  get back(): number {
    return this.#pace.margin + 0.05
  }

  /** Another stretch begins. */
  begin(): void {
    this.#begun = this.#clock.now()
    this.#ahead = []
    this.#screen.video.playbackRate = 1
  }

  jumpTo(second: number): void {
    this.#screen.video.currentTime = second
    this.#moved = { second, at: this.#clock.now() }
    this.#ahead = []
  }

  /** Notes how much lies ahead now. */
  measure(): void {
    const at = this.#clock.now()
    this.#ahead = [...this.#ahead.filter((each) => at - each.at < LATELY), { at, s: this.end - this.second }]
  }

  /** A look, while it should play. @param isAtEnd where it may stand still, because no more will come */
  look(isAtEnd: () => boolean): Seen {
    const { video } = this.#screen
    const now = this.#clock.now()
    this.measure()
    const { second } = this
    if (second !== this.#moved.second) {
      if (video.readyState >= video.HAVE_CURRENT_DATA) this.hasPicture = true
      if (this.isWaiting) this.isWaiting = false
      else this.#pace = calm(this.#pace, TICK / 1000)
      this.#moved = { second, at: now }
      return 'moves'
    }
    if (now - this.#moved.at <= (video.seeking ? SOUGHT : STUCK)) return 'stands'
    const stood = !this.isWaiting && !video.seeking && !isAtEnd()
    if (stood) {
      this.isWaiting = true
      this.stalls++
      this.#pace = stalled(this.#pace)
    }
    const after = this.#screen.after(second + 0.001)
    const isLong = now - this.#begun > LONG && now - this.#moved.at > LONG
    // Browsers stop a little before the end of what they have.
    const isAtGap = after !== null && this.end - second < LEFT
    if (isAtGap) this.jumpTo(after + 0.01)
    if (stood) return 'stood'
    return isLong && !isAtGap ? 'stuck' : 'stands'
  }

  /** Plays a little faster or slower, to be as near to live as the line lets it be. */
  keepPace(): void {
    const { video } = this.#screen
    if (this.#ahead.length <= 10) return
    const least = Math.min(...this.#ahead.map(({ s }) => s))
    const next = step(this.#pace, least, video.playbackRate)
    if ('jump' in next) this.jumpTo(this.second + next.jump)
    else if (next.rate !== video.playbackRate) video.playbackRate = next.rate
  }
}
