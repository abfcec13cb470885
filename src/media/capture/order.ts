// order.ts — what camera and camera worker say to each other.
import type { Amiss } from '../../core/amiss.ts'
import type { Bps } from '../../lib/unit.ts'
import type { Budget } from '../budget.ts'
import type { EncoderKind, Picture } from '../encoder.ts'
import type { Source } from './source.ts'

/** test: it was asked for. lost: it stands in for a camera that is missing. */
export type StandInWords = { readonly test: string; readonly lost: string }

/** Which camera filmed, by the kernel's name of it (its path may be another when it comes back), and how. */
export type Filmed = { readonly name: string; readonly as: string; readonly encoder: EncoderKind | null }

export type CameraOrder =
  | {
      readonly do: 'open'
      readonly source: Source
      /** What is wanted; the encoder may be given less (../budget.ts). */
      readonly picture: Picture
      readonly budget: Budget
      readonly rate: Bps
      /** Loopback port that takes the RTP. */
      readonly port: number
      /** Of the small picture: where its RTP goes, and its rate, null while nobody needs it. Null: there is to be none. */
      readonly small: { readonly port: number; readonly rate: Bps | null } | null
      readonly standIn: boolean
      /** What is written into the test picture. */
      readonly words: StandInWords
      /** Encoders that took a worker down before they gave a packet: do not try them again. */
      readonly avoid: readonly EncoderKind[]
      /** What filmed last, in this worker's life or before it: it is tried first. */
      readonly filmed: Filmed | null
    }
  | { readonly do: 'rate'; readonly rate: Bps }
  | { readonly do: 'key' }
  /** The rate of the small picture; null: nobody needs it. */
  | { readonly do: 'small'; readonly rate: Bps | null }
  | { readonly do: 'small key' }

export type CameraNews =
  /** It is about to try this. The last one said before a fall is the suspect. */
  | { readonly say: 'trying'; readonly encoder: EncoderKind | null }
  /** The wanted source gives packets. `what` names form and encoder, for the log; filmed is null for what is no device. */
  | {
      readonly say: 'open'
      readonly what: string
      readonly filmed: Filmed | null /** There is a small picture too. */
      readonly small: boolean
    }
  /** It gives none, and is asked again and again. */
  | { readonly say: 'missing'; readonly why: Amiss }
