// sdp.ts — the one session description of the house (RFC 8829, RFC 8839, RFC 8842, RFC 8841): reads theirs. Pure. sdp-out.ts writes ours.
//
// Our own, because ours never varies: audio, camera, screen, data over one transport. A peer's may offer many codecs; we take
// Opus, and H.264 constrained baseline in packetization-mode 1, under the numbers that the offer gives them. A video line without
// it is declined (port 0), so that a browser without H.264 is at least heard.
import { Refusal } from '../../lib/fault.ts'
import { fingerprintIn, SDP_LIMIT } from '../candidate.ts'
import type { Line } from '../transport.ts'
import { readInit, type SctpInit } from './sctp-init.ts'

export const OPUS = 111
export const H264 = 96
const RTX = 97
const RED = 63
export const MID_URI = 'urn:ietf:params:rtp-hdrext:sdes:mid'
export const TWCC_URI = 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01'
export const SCTP_PORT = 5000

/** What both sides agreed on for one line; `fmtp` is the codec's parameters as the offer has them. */
export type Format = {
  readonly payloadType: number
  readonly fmtp: string
  /** Payload type of repaired packets (RFC 4588); null without. */
  readonly repair: number | null
  /** Payload type of sound that carries the sound before it (RFC 2198); null or left out: without. */
  readonly red?: number | null
  /** Ids of header extensions; 0 without. */
  readonly midId: number
  readonly twccId: number
}

export type RemoteLine = {
  /** Null when the line was declined. */
  readonly format: Format | null
  /** The sources that it promises, and which of them repairs which. */
  readonly sources: readonly number[]
  readonly repairs: ReadonlyMap<number, number>
  /** False: they only send on it, and want nothing. */
  readonly takes?: false
}

export type Remote = {
  readonly username: string
  readonly password: string
  readonly fingerprint: string
  readonly setup: 'actpass' | 'active' | 'passive'
  readonly mids: readonly [audio: string, camera: string, screen: string, data: string]
  readonly lines: Readonly<Record<Line, RemoteLine>>
  readonly sctpPort: number
  /** What their SCTP begins with; null or left out: they will say it over the channel. */
  readonly sctpInit?: SctpInit | null
  /** `candidate:...` lines. */
  readonly candidates: readonly string[]
}

/** What we offer when nobody has chosen numbers yet. */
export const OFFERED: Readonly<Record<Line, Format>> = {
  audio: { payloadType: OPUS, fmtp: 'minptime=10;useinbandfec=1', repair: null, red: RED, midId: 1, twccId: 2 },
  camera: {
    payloadType: H264,
    fmtp: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
    repair: RTX,
    red: null,
    midId: 1,
    twccId: 2,
  },
  screen: {
    payloadType: H264,
    fmtp: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
    repair: RTX,
    red: null,
    midId: 1,
    twccId: 2,
  },
}
export const OFFERED_MIDS = ['0', '1', '2', '3'] as const

const refuse = (sentence: string): never => {
  throw new Refusal('bad-message', sentence)
}

/** One `m=` section, with the session's lines for what may stand there instead. */
export class Section {
  readonly #lines: readonly string[]
  readonly #session: readonly string[]

  constructor(lines: readonly string[], session: readonly string[]) {
    this.#lines = lines
    this.#session = session
  }

  get media(): readonly string[] {
    return (this.#lines[0] ?? '').slice(2).split(' ')
  }

  /** Port 0 declines, but where it says that it goes by the transport of another section (RFC 9143, 6: GStreamer offers so). */
  get isDeclined(): boolean {
    return this.media[1] === '0' && !this.has('bundle-only')
  }

  all(name: string): string[] {
    return valuesOf(this.#lines, name)
  }

  /** A word without a value, like a direction; of the session where the section is silent. */
  has(name: string): boolean {
    return this.#lines.includes(`a=${name}`) || this.#session.includes(`a=${name}`)
  }

  /** Of the session alone. */
  inSession(name: string): string[] {
    return valuesOf(this.#session, name)
  }

  one(name: string): string | undefined {
    return this.all(name)[0] ?? valuesOf(this.#session, name)[0]
  }
}

const valuesOf = (lines: readonly string[], name: string): string[] =>
  lines.filter((line) => line.startsWith(`a=${name}:`)).map((line) => line.slice(name.length + 3))

/** @throws Refusal 'bad-message' when it is too long */
export function sectionsOf(sdp: string): Section[] {
  if (sdp.length > SDP_LIMIT) refuse('the session description is too long')
  const all = sdp.split(/\r\n|\n/)
  const starts = all.flatMap((line, at) => (line.startsWith('m=') ? [at] : []))
  const session = all.slice(0, starts[0] ?? all.length)
  return starts.map((from, i) => new Section(all.slice(from, starts[i + 1] ?? all.length), session))
}

/** @throws Refusal 'bad-message' with a sentence, for whatever is not a call of ours */
export function readSdp(sdp: string): Remote {
  const sections = sectionsOf(sdp)
  const [audio, camera, screen, data] = sections
  const kinds = sections.map(({ media }) => media[0]).join(' ')
  if (kinds !== 'audio video video application' || !audio || !camera || !screen || !data)
    return refuse('the session description does not have audio, camera, screen and data in this order')
  const mids = [midOf(audio), midOf(camera), midOf(screen), midOf(data)] as const
  if (new Set(mids).size !== 4) refuse('two m-lines have the same mid')
  if (data.isDeclined) refuse('the data channel was declined')
  const fingerprint = fingerprintIn(sdp)
  if (fingerprint === null) return refuse('the session description must have one SHA-256 fingerprint')
  const tag = sections.find((section) => !section.isDeclined) ?? data
  const { username, password } = credentialsOf(tag)
  const sctpPort = Number(data.one('sctp-port'))
  if (!Number.isInteger(sctpPort) || sctpPort < 1 || sctpPort > 0xffff) refuse('the data channel has no SCTP port')
  return {
    username,
    password,
    fingerprint,
    setup: setupOf(tag.one('setup')),
    mids,
    lines: { audio: lineOf(audio, 'audio'), camera: lineOf(camera, 'video'), screen: lineOf(screen, 'video') },
    sctpPort,
    sctpInit: readInit(data.one('sctp-init') ?? ''),
    candidates: [...new Set(sections.flatMap((section) => section.all('candidate').map((rest) => `candidate:${rest}`)))],
  }
}

export type Credentials = { readonly username: string; readonly password: string }
/** RFC 8839 §5.4 */
export function credentialsOf(section: Pick<Section, 'one'>): Credentials {
  const username = section.one('ice-ufrag') ?? ''
  const password = section.one('ice-pwd') ?? ''
  if (!/^[\w+/-]{4,256}$/.test(username) || !/^[\w+/-]{22,256}$/.test(password)) refuse('the ICE credentials are malformed')
  return { username, password }
}

export function midOf(section: Section): string {
  const mid = section.all('mid')[0] ?? ''
  return /^[\w-]{1,16}$/.test(mid) ? mid : refuse('an m-line has no mid')
}

export function setupOf(setup: string | undefined): Remote['setup'] {
  if (setup === 'actpass' || setup === 'active' || setup === 'passive') return setup
  return refuse('the session description does not say who begins the encryption')
}

/** @param rank how much a video codec's parameters are wanted; 0: not at all */
export function lineOf(section: Section, kind: 'audio' | 'video', rank: Rank = h264Rank): RemoteLine {
  const repairs = new Map<number, number>()
  for (const group of section.all('ssrc-group')) {
    const [, media, repair] = /^FID (\d{1,10}) (\d{1,10})$/.exec(group) ?? []
    if (media && repair) repairs.set(Number(repair), Number(media))
  }
  const isOneWay = section.has('sendonly') || section.has('inactive')
  const sources = [...new Set(section.all('ssrc').map((line) => Number(line.split(' ', 1)[0])))].filter((ssrc) => !repairs.has(ssrc))
  return {
    format: section.isDeclined ? null : formatOf(section, kind, rank),
    sources: sources.slice(0, 4),
    repairs,
    ...(isOneWay && { takes: false as const }),
  }
}

function formatOf(section: Section, kind: 'audio' | 'video', rankOf: Rank): Format | null {
  const numbers = section.media.slice(3).map(Number)
  const parameters = new Map(section.all('fmtp').map((line) => [Number(line.split(' ', 1)[0]), line.slice(line.indexOf(' ') + 1)]))
  const codecs = new Map(
    section.all('rtpmap').map((line) => [Number(line.split(' ', 1)[0]), line.slice(line.indexOf(' ') + 1).toLowerCase()]),
  )
  const usable = numbers.filter((n) => codecs.get(n) === (kind === 'audio' ? 'opus/48000/2' : 'h264/90000'))
  const rank = (n: number): number => rankOf(parameters.get(n) ?? '')
  const payloadType = kind === 'audio' ? usable[0] : usable.filter((n) => rank(n) > 0).sort((a, b) => rank(b) - rank(a))[0]
  if (payloadType === undefined) return null
  const repair = numbers.find((n) => codecs.get(n) === 'rtx/90000' && parameters.get(n)?.split(';').includes(`apt=${payloadType}`))
  return {
    payloadType,
    fmtp: (parameters.get(payloadType) ?? '').slice(0, 200),
    repair: repair ?? null,
    red: kind === 'audio' ? redOf(payloadType, codecs, parameters) : null,
    midId: extensionId(section, MID_URI),
    twccId: extensionId(section, TWCC_URI),
  }
}

/** The payload type under which this codec's packets may carry the ones before them. */
function redOf(payloadType: number, codecs: ReadonlyMap<number, string>, parameters: ReadonlyMap<number, string>): number | null {
  for (const [n, codec] of codecs)
    if (
      codec === 'red/48000/2' &&
      parameters
        .get(n)
        ?.split('/')
        .every((of) => of === String(payloadType))
    )
      return n
  return null
}

/** 0 is of no use; the more the better. Constrained baseline is what every browser and every Pi has. */
export function h264Rank(fmtp: string): number {
  if (!/(?:^|;)\s*packetization-mode=1(?:;|$)/.test(fmtp)) return 0
  const profile = /profile-level-id=([0-9a-f]{6})/i.exec(fmtp)?.[1]?.toLowerCase() ?? ''
  if (profile.startsWith('42e01f')) return 4
  if (/^42[c-f]0/.test(profile)) return 3
  return profile.startsWith('42') ? 2 : 0
}

type Rank = (fmtp: string) => number

function extensionId(section: Section, uri: string): number {
  for (const line of section.all('extmap')) {
    const [, id, named] = /^(\d{1,3})(?:\/\w+)? (\S+)/.exec(line) ?? []
    if (named === uri) return Number(id)
  }
  return 0
}
