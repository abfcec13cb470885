// sdp.ts — what the pages read in and keep out of session descriptions. Pure: text in, text or facts out.
//
// It does not write descriptions; the browser does. It only checks that one has the shape that every transport
// of the house has from birth, takes out what would make the browser look a name up, and orders codecs.
import { Refusal } from '../../../lib/fault.ts'

/** A description longer than this is nobody's honest one: ours are about 6 kB. */
export const SDP_LIMIT = 32_768
const SHAPE = ['audio', 'video', 'video', 'application'] as const
const MDNS = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\.local$/i
const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:]*:[0-9a-f:.]*)$/i

/**
 * May the browser try this candidate? Addresses yes. The random `….local` names with which browsers hide their own
 * address yes too: they are asked on the home network alone (RFC 6762), and two pages on one Wi-Fi that hold no camera
 * have nothing else. Every other name would be a question to a name server on a stranger's behalf: no.
 */
export function mayTry(candidate: string): boolean {
  const address = /^candidate:\S+ \d+ \S+ \d+ (\S+) \d+ typ /.exec(candidate)?.[1]
  return address !== undefined && (ADDRESS.test(address) || MDNS.test(address))
}

/** The same description without candidates that may not be tried; `left` says how many went. */
export function withoutNames(sdp: string): { readonly sdp: string; readonly left: number } {
  const lines = sdp.split(/\r?\n/)
  const kept = lines.filter((line) => !line.startsWith('a=candidate:') || mayTry(line.slice(2)))
  return { sdp: kept.join('\r\n'), left: lines.length - kept.length }
}

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

/**
 * The one SHA-256 fingerprint of a description, as `AB:CD:…` (RFC 8122).
 * @throws Refusal 'bad-message' when there is none, or more than one, or one of another hash
 */
export function fingerprintOf(sdp: string): string {
  const all = new Set(
    [...sdp.matchAll(/^a=fingerprint:(\S+) (\S+)\s*$/gm)].map(([, hash = '', hex = '']) => `${hash.toLowerCase()} ${hex.toUpperCase()}`),
  )
  const [one = ''] = all
  const hex = /^sha-256 ((?:[0-9A-F]{2}:){31}[0-9A-F]{2})$/.exec(one)?.[1]
  if (all.size !== 1 || !hex) throw new Refusal('bad-message', 'the session description must have one SHA-256 fingerprint')
  return hex
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

export function audioOrder<T extends Codec>(codecs: readonly T[]): T[] {
  return codecs.filter((c) => c.mimeType.toLowerCase() === 'audio/opus')
}

const is = (codec: Codec, name: string): boolean => codec.mimeType.toLowerCase() === `video/${name}`
