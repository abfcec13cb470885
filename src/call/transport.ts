// transport.ts — what a link needs from a WebRTC stack, and nothing else.
//
// Two stand behind it: werift.ts in the box, and the browser's own RTCPeerConnection in the pages
// (web/pages/kit/rtc.ts). Both keep the promises of test/contract/transport.ts.
//
// Every transport has the same m-lines from birth, in this order: audio, camera, screen (all sendrecv), data.
// So nothing is ever renegotiated in a call but by an ICE restart. The data channel is negotiated, id 0,
// ordered and reliable.
//
// The gate: before release() not one media packet is sent, and not one that arrives is given to anybody.
import type { Emitter } from '../lib/emitter.ts'
import type { Fault } from '../lib/fault.ts'

export type Line = 'audio' | 'camera' | 'screen'
export const LINES: readonly Line[] = ['audio', 'camera', 'screen']

/** One `candidate:...` line as in RFC 8839, with the m-line it belongs to. */
export type Candidate = { readonly candidate: string; readonly mid: string }

export type TransportEvents = {
  /** A local candidate was found after the description was handed out. */
  candidate: [candidate: Candidate]
  /** The data channel is open: DTLS has finished, so fingerprints() is true from now on. */
  open: []
  /** A text arrived on the data channel. At most 16 KiB; longer ones are dropped and counted. */
  message: [text: string]
  /** The transport is beyond help. A silent network is not reported here: the link keeps its own heartbeat. */
  failed: [fault: Fault]
}

export interface Transport extends Pick<Emitter<TransportEvents>, 'on'> {
  /** Finds out where it is, ahead of its description. Left out: it does so by itself, or not at all. */
  prepare?(): void
  /** Makes an offer (SDP). With iceRestart, new ICE credentials over the same DTLS association. */
  offer(options: { iceRestart: boolean }, signal: AbortSignal): Promise<string>
  /** Takes an offer, gives the answer. Throws a Refusal 'bad-message' for an SDP it will not have. */
  answer(offer: string, signal: AbortSignal): Promise<string>
  /** Takes the answer to our offer. */
  accept(answer: string, signal: AbortSignal): Promise<void>
  /** Takes one remote candidate. Names that would need a look-up are ignored and counted, never resolved. */
  addCandidate(candidate: Candidate): void
  /** SHA-256 fingerprints in use, as `AB:CD:...`; null before the data channel has opened. */
  fingerprints(): { readonly local: string; readonly remote: string } | null
  /** Sends a text on the data channel; false when it is closed or choked (over 256 KiB waiting). */
  send(text: string): boolean
  /** The peer is confirmed: opens the gate for media, both ways. */
  release(): void
  /**
   * Did anything of the peer's media come since this was last asked? On a line that loses a third, words on the data channel may be late by
   * seconds, while sound comes all the time. Left out: nobody knows.
   */
  mediaCame?(): boolean
  /** Closes everything it opened. Safe to call twice. */
  close(): Promise<void>
}

/** ICE servers as in RTCIceServer. An empty list means: host candidates only, ask nobody. */
export type IceServer = { readonly urls: string; readonly username?: string; readonly credential?: string }
