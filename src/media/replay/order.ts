// order.ts — what the daemon and the worker of a replay say to each other.

export type ReplayTrack = 'video' | 'audio'

export type ReplayOrder =
  /** Comes once, first: the headers of both tracks, the time at which it begins, ns in both, and where the packets go on 127.0.0.1. */
  | {
      readonly do: 'begin'
      readonly video: Uint8Array
      readonly audio: Uint8Array
      readonly zero: number
      readonly ports: { readonly video: number; readonly audio: number }
    }
  /** fMP4, in order in each track, some seconds before its time at most. */
  | { readonly do: 'part'; readonly track: ReplayTrack; readonly bytes: Uint8Array }
  /** It is shown sooner or later from now on: `zero` is the time that would have been shown when it began, ns. */
  | { readonly do: 'shift'; readonly zero: number }
  /** That was all: what is there is played to its end. */
  | { readonly do: 'end' }

export type ReplayNews = { readonly is: 'ended' }
