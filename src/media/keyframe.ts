// keyframe.ts — when a picture starts anew: the one keyframe policy of the camera.
//
// A keyframe costs ten ordinary frames, and on a narrow way it is a queue: so they come seldom (every 10 s) and on demand: somebody joined, or lost
// packets. However many ask, at most one is made per half second, and who asked just after one gets the next.
import type { Clock } from '../lib/clock.ts'
import { ms, seconds } from '../lib/unit.ts'

/** The longest run of frames that lean on one another. */
export const GOP = seconds(10)
/** At most one forced keyframe in this time. */
export const KEY_PAUSE = ms(500)

/** Frames between two keyframes. */
export const gopFrames = (fps: number): number => Math.max(1, Math.round((fps * GOP) / 1000))

/** After a keyframe there is a pause; who asks in it is owed the next. */
type State = 'free' | 'pausing' | 'owing'

export class Keyframes {
  readonly #clock: Clock
  readonly #make: () => void
  #state: State = 'free'

  /** @param make asks the encoder for a keyframe now */
  constructor(clock: Clock, make: () => void) {
    this.#clock = clock
    this.#make = make
  }

  /** Somebody needs a keyframe. Cheap, may be called for every packet. */
  ask(): void {
    if (this.#state === 'free') {
      this.#make()
      void this.#pause()
    } else this.#state = 'owing'
  }

  async #pause(): Promise<void> {
    this.#state = 'pausing'
    await this.#clock.sleep('pause between keyframes', KEY_PAUSE, NEVER)
    const after = this.#state as State
    this.#state = 'free'
    if (after === 'owing') this.ask()
  }
}

const NEVER = new AbortController().signal
