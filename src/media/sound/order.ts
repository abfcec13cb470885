// order.ts — what sound.ts and its worker say to each other.
import type { Amiss } from '../../core/amiss.ts'
import type { Bps } from '../../lib/unit.ts'
import type { MakerNews, ProgramStream } from '../program.ts'
import type { Seat } from '../scene.ts'
import type { Chime } from './chime.ts'
import type { QuickNews } from './program/quick.ts'

export type SoundFact = {
  readonly microphone: 'open' | 'closed' | 'missing'
  readonly speaker: 'open' | 'closed' | 'missing'
  /** held: no echo leaves; lost: the canceller cannot follow, people hear themselves; off: nothing to cancel. */
  readonly echo: 'held' | 'lost' | 'off'
  /** What is wrong; nothing when all is well. */
  readonly why: readonly Amiss[]
}

/** dBFS over the last 100 ms; -100 is silence. */
export type Levels = { readonly me: number; readonly seats: Readonly<Record<Seat, number>> }

export type SoundOrder =
  | {
      readonly do: 'open'
      /** Where to send our RTP, on 127.0.0.1. */
      readonly port: number
      readonly microphone: string
      readonly speaker: string
      readonly cleaning: boolean
      readonly muted: boolean
      /** 0 to 100 */
      readonly volume: number
    }
  /** `since`: when it was wished, machine time (../machine-time.ts); `number` is named in the answer to a muting. */
  | { readonly do: 'mute'; readonly muted: boolean; readonly since: number; readonly number: number }
  | { readonly do: 'volume'; readonly volume: number }
  | { readonly do: 'chime'; readonly chime: Chime | null }
  | { readonly do: 'clear'; readonly seat: Seat }
  /** The program's sound from now on; null: none. */
  | { readonly do: 'program'; readonly rate: Bps | null }
  /** The program's sound as Opus too, while there is a program. */
  | { readonly do: 'quick'; readonly wanted: boolean }

/** What the loop has seen since it began. */
export type SoundCounts = {
  /** Turns of the loop, and the longest time between two of them since last told, ms. */
  readonly turns: number
  readonly longestGap: number
  /** Samples of voices lost to a full queue; times a voice ran dry. */
  readonly dropped: number
  readonly dry: number
  /** Loudspeaker: frames left out, silence given, and its clock against the microphone's, millionths. */
  readonly leftOut: number
  readonly padded: number
  readonly drift: number
  /** What waits before the loudspeaker's own buffer, ms. */
  readonly waits: number
  readonly pacing: 'priming' | 'paced' | 'free' | 'none'
}

export type SoundNews =
  /** The loop turns. `ports` has the RTP port of each seat. */
  | { readonly is: 'ready'; readonly ports: Readonly<Record<Seat, number>> }
  | { readonly is: 'fact'; readonly fact: SoundFact }
  | { readonly is: 'levels'; readonly levels: Levels }
  | { readonly is: 'counts'; readonly counts: SoundCounts }
  | { readonly is: 'program'; readonly news: MakerNews<Extract<ProgramStream, { track: 'audio' }>> }
  | { readonly is: 'quick'; readonly news: QuickNews }
  /** The answer to a muting while there is a program: was it in time to take all back that the microphone heard since? */
  | { readonly is: 'hushed'; readonly number: number; readonly inTime: boolean }
