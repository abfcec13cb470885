// sdp.ts — the shape that every session description of the house has, and the order of codecs. Pure.
//
// It does not write descriptions; the browser does. Candidates and fingerprints are call/candidate.ts's business.
import { SDP_LIMIT } from '../../../call/candidate.ts'
import { Refusal } from '../../../lib/fault.ts'

const SHAPE = ['audio', 'video', 'video', 'application'] as const

/**
 * The mids of audio, camera, screen and data, in that order.
 * @throws Refusal 'bad-message' when the description has another shape or is longer than SDP_LIMIT
 */
export function shapeOf(sdp: string): readonly [audio: string, camera: string, screen: string, data: string] {
  if (sdp.length > SDP_LIMIT) throw new Refusal('bad-message', 'the session description is too long')
  const sections = sdp.split(/^m=/m).slice(1)
  const kinds = sections.map((section) => section.split(' ', 1)[0])
  const mids = sections.map((section) => /^a=mid:(\S{1,16})\s*$/m.exec(section)?.[1])
  const [audio, camera, screen, data] = mids
  if (kinds.join() !== SHAPE.join() || !audio || !camera || !screen || !data || new Set(mids).size !== SHAPE.length)
    throw new Refusal('bad-message', 'the session description does not have audio, camera, screen and data in this order')
  return [audio, camera, screen, data]
}

export type Codec = { readonly mimeType: string; readonly sdpFmtpLine?: string }

/**
 * Video codecs in our order: H.264 constrained baseline in packetization mode 1 (every box speaks it, most in hardware), then VP8 for
 * browsers that have no H.264, then the repair stream. All else is left out: a shorter description, and no surprise.
 */
export function videoOrder<T extends Codec>(codecs: readonly T[]): T[] {
  const baseline = codecs.filter(
    (c) => is(c, 'h264') && /profile-level-id=42[ce]0/i.test(c.sdpFmtpLine ?? '') && /packetization-mode=1/.test(c.sdpFmtpLine ?? ''),
  )
  return [...baseline, ...codecs.filter((c) => is(c, 'vp8')), ...codecs.filter((c) => is(c, 'rtx'))]
}

/** Opus, and Opus that carries the sound before it (RFC 2198): that is taken, and sent where much is lost (sender.ts). */
export function audioOrder<T extends Codec>(codecs: readonly T[]): T[] {
  const named = (name: string) => codecs.filter((c) => c.mimeType.toLowerCase() === name)
  return [...named('audio/opus'), ...named('audio/red')]
}

const is = (codec: Codec, name: string): boolean => codec.mimeType.toLowerCase() === `video/${name}`
