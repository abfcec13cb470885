// hands.ts — does the steps of the plan with the parts of this box, and says what came of each.
//
// A device that is not there is a fact ('missing'), so that the plan goes on without it; its owner keeps looking for it
// and facts.ts tells when it comes. Only what makes no sense without a device throws.
import type { Hands } from '../core/box.ts'
import type { RoomSecret } from '../core/id.ts'
import type { Actual, Ringing, Step } from '../core/plan.ts'
import type { Watching } from '../core/wanted.ts'
import { Fault, unreachable } from '../lib/fault.ts'

/** What the hands take hold of. */
export type Parts = {
  readonly screen: { start(signal: AbortSignal): Promise<void> }
  readonly camera: { open(signal: AbortSignal): Promise<void>; close(): Promise<void> }
  readonly sound: {
    open(signal: AbortSignal, hears: boolean): Promise<void>
    close(): Promise<void>
    setMuted(muted: boolean): void
    setVolume(percent: number): void
  }
  /** The TV set, as far as we can reach it. Both return at once: a TV that is slow or deaf holds up nobody. */
  readonly set: { wake(): void; putBack(): void }
  /** Tells who rings that we do not come. */
  readonly turnAway: (ringing: Ringing) => void
  /** Goes into a room; throws a Refusal when the room will not have us. */
  readonly enter: (room: RoomSecret, at: string | null, signal: AbortSignal) => Promise<void>
  /** Leaves the room we are in. */
  readonly exit: () => Promise<void>
  /** Sends the call out to an audience; begin throws a Refusal when this box may not. */
  readonly live: { begin(room: RoomSecret, signal: AbortSignal, isPrivate: boolean | null): Promise<void>; end(): Promise<void> }
  /** Shows on our TV what was said before; begin throws a Refusal when nothing of it is kept. */
  readonly replay: { begin(back: number, signal: AbortSignal): Promise<void>; end(): Promise<void> }
  /** Shows a broadcast of elsewhere on our TV; be throws a Refusal when this is none, or none can be had now. */
  readonly watch: { be(watch: Watching): Promise<void>; end(): Promise<void> }
}

export function makeHands(parts: Parts, saw: (news: Partial<Actual>) => void): Hands {
  /** Opens a device; a Fault on the way means that it is missing. */
  const open = async (opening: Promise<void>): Promise<'open' | 'missing'> => {
    try {
      await opening
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      return 'missing'
    }
    return 'open'
  }

  return {
    hush: () => parts.sound.setMuted(true),
    do: async (step: Step, signal: AbortSignal): Promise<void> => {
      switch (step.do) {
        case 'set microphone':
          parts.sound.setMuted(step.muted)
          return saw({ muted: step.muted })
        case 'set volume':
          parts.sound.setVolume(step.percent)
          return saw({ volume: step.percent })
        case 'light the tv':
          try {
            await parts.screen.start(signal)
          } catch (error) {
            if (!(error instanceof Fault)) throw error
            return saw({ tv: 'lost' })
          }
          return saw({ tv: 'on' })
        case 'wake the set':
          parts.set.wake()
          return saw({ set: 'woken' })
        case 'put the set back':
          parts.set.putBack()
          return saw({ set: 'as it was' })
        case 'turn away':
          parts.turnAway(step.ringing)
          return saw({ ringing: null })
        case 'open camera':
          return saw({ camera: await open(parts.camera.open(signal)) })
        case 'open sound':
          return saw({ sound: await open(parts.sound.open(signal, step.hears)), hears: step.hears })
        case 'close camera':
          await parts.camera.close()
          return saw({ camera: 'closed' })
        case 'close sound':
          await parts.sound.close()
          return saw({ sound: 'closed', hears: false })
        case 'join':
          await parts.enter(step.room, step.at, signal)
          return saw({ room: step.room })
        case 'leave':
          await parts.exit()
          return saw({ room: null })
        case 'go live':
          await parts.live.begin(step.room, signal, step.private)
          return saw({ live: true, private: step.private })
        case 'end live':
          await parts.live.end()
          return saw({ live: false, private: null })
        case 'replay':
          await parts.replay.begin(step.back, signal)
          return saw({ replay: step.back })
        case 'end replay':
          await parts.replay.end()
          return saw({ replay: 0 })
        case 'watch':
          await parts.watch.be(step.watch)
          return saw({ watch: step.watch })
        case 'end watch':
          await parts.watch.end()
          return saw({ watch: null })
        default:
          return unreachable(step)
      }
    },
  }
}
