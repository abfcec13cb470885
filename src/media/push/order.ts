// order.ts — what the daemon and a push's worker say to each other.
import type { PushWhy } from '../../core/amiss.ts'

export type PushTrack = 'video' | 'audio'
/** The header of a track, and parts that follow on it (fMP4, broadcast/cutter). */
export type PushInit = { readonly track: PushTrack; readonly bytes: Uint8Array }
export type PushPart = {
  readonly track: PushTrack
  /** The same number is the same time in both tracks. */
  readonly segment: number
  /** Decoding can begin here: the first of a segment, with a keyframe. */
  readonly isBegin: boolean
  readonly bytes: Uint8Array
}

export type PushOrder =
  /** Where to; comes once, before everything else. */
  | { readonly do: 'open'; readonly by: 'rtmp' | 'srt'; readonly location: string }
  | { readonly do: 'init'; readonly init: PushInit }
  | { readonly do: 'part'; readonly part: PushPart }
  /** Nothing follows: say goodbye to the other end. */
  | { readonly do: 'end' }

export type PushNews =
  | { readonly say: 'connecting' }
  /** The other end takes what it is given. */
  | { readonly say: 'sending' }
  /** It does not, or not any more; it is tried again by itself. `said`: what the library said, without the address. */
  | { readonly say: 'waiting'; readonly why: PushWhy; readonly said: string }
  /** The line is slower than the broadcast: so many parts were left out since the start. */
  | { readonly say: 'left out'; readonly parts: number }
  | { readonly say: 'ended' }
