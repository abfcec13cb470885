// plain-sdp.ts — descriptions of those who speak WebRTC and nothing of ours: a player that only looks on, a program that only sends. Pure.
//
// One sound and one picture over one transport, whatever order they come in; everything else in an offer is declined (port 0). They map
// to the lines `audio` and `camera` of a call, so that behind the description all is the packet path of any other link. We answer, and
// never offer (RFC 9725 §4.2, draft-ietf-wish-whep §4.2): the numbers are theirs.
import { Refusal } from '../../lib/fault.ts'
import { fingerprintIn } from '../candidate.ts'
import {
  type Credentials,
  credentialsOf,
  type Format,
  h264Rank,
  lineOf,
  type Remote,
  type RemoteLine,
  type Section,
  sectionsOf,
  setupOf,
} from './sdp.ts'
import { formatLines, type LocalLine, placeLines, refusedLines, sessionLines, sourceLines, transportLines, typesOf } from './sdp-out.ts'

/** Who offers: a `viewer` is sent to, a `publisher` sends. */
export type PlainRole = 'viewer' | 'publisher'
type Part = {
  readonly kind: string
  readonly protocol: string
  readonly mid: string
  readonly line: 'audio' | 'camera' | null
  readonly feedback: readonly string[]
}
export type PlainOffer = { readonly remote: Remote; readonly parts: readonly Part[] }

/** An honest offer has two or three. */
const MOST_PARTS = 8
const NONE: RemoteLine = { format: null, sources: [], repairs: new Map() }
const FEEDBACK = ['goog-remb', 'transport-cc', 'ccm fir', 'nack', 'nack pli']
const DIRECTIONS = ['sendrecv', 'sendonly', 'recvonly', 'inactive'] as const

/** @throws Refusal 'bad-message' for what is no whole offer; 'bad-request' for an honest one that we cannot serve */
export function readPlainOffer(sdp: string, role: PlainRole): PlainOffer {
  const sections = sectionsOf(sdp)
  if (!/^v=0\r?\n/.test(sdp) || sections.length === 0 || sections.length > MOST_PARTS) refuse('this is no session description')
  const fingerprint = fingerprintIn(sdp) ?? refuse('the session description must have one SHA-256 fingerprint')
  const bundle = sections[0]?.inSession('group').find((group) => group.startsWith('BUNDLE'))
  const parts: Part[] = []
  const lines: { audio: RemoteLine; camera: RemoteLine } = { audio: NONE, camera: NONE }
  for (const [at, section] of sections.entries()) {
    const [kind = '', , protocol = ''] = section.media
    if (!/^[a-z]{1,16}$/.test(kind) || !/^[A-Z/]{1,32}$/i.test(protocol)) refuse('an m-line is malformed')
    const mid = section.all('mid')[0] ?? String(at)
    if (!/^[\w-]{1,16}$/.test(mid)) refuse('an m-line has a malformed mid')
    const line = kind === 'audio' ? 'audio' : kind === 'video' ? 'camera' : null
    const isFree = line !== null && lines[line].format === null && fits(section, role)
    const found = isFree && (kind === 'audio' || kind === 'video') ? lineOf(section, kind, rankFor(role)) : NONE
    if (isFree && found.format) lines[line] = found
    parts.push({ kind, protocol, mid, line: found.format ? line : null, feedback: feedbackOf(section, found.format) })
  }
  if (new Set(parts.map(({ mid }) => mid)).size !== parts.length) refuse('two m-lines have the same mid')
  const taken = parts.filter(({ line }) => line !== null)
  const tag = sections[parts.findIndex(({ line }) => line !== null)]
  if (!tag)
    throw new Refusal(
      'bad-request',
      'Nothing in this offer can be served from here: it takes H.264 (packetization-mode 1) and Opus, over UDP.',
    )
  const bundled = bundle?.split(' ').slice(1) ?? []
  if (taken.length > 1 && !taken.every(({ mid }) => bundled.includes(mid)))
    throw new Refusal('bad-request', 'Sound and picture must come over one transport (BUNDLE).')
  const mids = [midOf(parts, 'audio'), midOf(parts, 'camera'), '', ''] as const
  return {
    parts,
    remote: {
      ...credentialsOf(tag),
      fingerprint,
      setup: setupOf(tag.one('setup')),
      mids,
      lines: { ...lines, screen: NONE },
      sctpPort: 0,
      candidates: [...new Set(sections.flatMap((section) => section.all('candidate').map((rest) => `candidate:${rest}`)))],
    },
  }
}

const refuse = (sentence: string): never => {
  throw new Refusal('bad-message', sentence)
}

const midOf = (parts: readonly Part[], line: Part['line']): string => parts.find((part) => part.line === line)?.mid ?? ''

/** Is the section open, in the direction that is wanted, multiplexed (RFC 9725 §4.4 asks for it)? */
function fits(section: Section, role: PlainRole): boolean {
  const direction = DIRECTIONS.find((each) => section.has(each)) ?? 'sendrecv'
  const wanted = role === 'viewer' ? 'recvonly' : 'sendonly'
  return !section.isDeclined && section.has('rtcp-mux') && (direction === wanted || direction === 'sendrecv')
}

/** What a publisher's encoder makes is decoded whatever its profile; what browsers are sent is constrained baseline. */
const rankFor = (role: PlainRole) => (fmtp: string) => {
  const usual = h264Rank(fmtp)
  if (usual > 0 || role === 'viewer') return usual
  return /(?:^|;)\s*packetization-mode=1(?:;|$)/.test(fmtp) ? 1 : 0
}

function feedbackOf(section: Section, format: Format | null): string[] {
  if (!format) return []
  const offered = section.all('rtcp-fb')
  return FEEDBACK.filter((each) => offered.includes(`${format.payloadType} ${each}`) || offered.includes(`* ${each}`))
}

export type PlainLocal = Credentials & {
  readonly id: string
  readonly version: number
  readonly fingerprint: string
  readonly setup: 'active' | 'passive'
  readonly lines: { readonly audio: LocalLine; readonly camera: LocalLine }
  readonly cname: string
  readonly candidates: readonly string[]
}

export function writePlainAnswer({ parts }: PlainOffer, role: PlainRole, local: PlainLocal): string {
  const bundled = parts.filter(({ line }) => line !== null).map(({ mid }) => mid)
  const lines = [...sessionLines(local, bundled), ...parts.flatMap((part) => answerOf(part, role, local))]
  return `${lines.join('\r\n')}\r\n`
}

function answerOf(part: Part, role: PlainRole, local: PlainLocal): string[] {
  const { kind, protocol, mid, line, feedback } = part
  const own = line && local.lines[line]
  if (!own?.format) return [`m=${kind} 0 ${protocol} ${kind === 'application' ? 'webrtc-datachannel' : '0'}`, ...refusedLines(mid)]
  return [
    `m=${kind} 9 ${protocol} ${typesOf(own.format)}`,
    ...placeLines(),
    ...transportLines(local, mid),
    role === 'viewer' ? 'a=sendonly' : 'a=recvonly',
    ...formatLines(line === 'audio' ? 'audio' : 'video', own.format, feedback),
    // One stream of both (RFC 8830): players show what came as the first stream, and picture and sound are a program's, to be in step.
    ...(role === 'viewer' ? [`a=msid:program ${line}`, ...sourceLines(own, local.cname)] : []),
  ]
}

export type Fragment = { readonly credentials: Credentials | null; readonly candidates: readonly string[] }

/** Candidates, and other credentials where there are any, as in an `application/trickle-ice-sdpfrag` (RFC 8840 §9). @throws Refusal 'bad-message' */
export function readFragment(text: string): Fragment {
  const lines = text.split(/\r\n|\n/)
  const [username, password] = ['ice-ufrag', 'ice-pwd'].map((name) =>
    lines.find((line) => line.startsWith(`a=${name}:`))?.slice(name.length + 3),
  )
  const candidates = lines.filter((line) => line.startsWith('a=candidate:')).map((line) => line.slice(2))
  const ends = lines.some((line) => line.startsWith('a=end-of-candidates'))
  if (candidates.length === 0 && username === undefined && !ends) refuse('there is nothing about ICE in this fragment')
  if (username === undefined && password === undefined) return { credentials: null, candidates }
  const one = (name: string) => (name === 'ice-ufrag' ? username : password)
  return { credentials: credentialsOf({ one }), candidates }
}

/** Ours, for who restarts ICE. @param mid of the first of their m-lines that was taken */
export function writeFragment({ parts }: PlainOffer, credentials: Credentials, candidates: readonly string[]): string {
  const first = parts.find(({ line }) => line !== null)
  const lines = [
    'a=ice-options:trickle',
    `a=ice-ufrag:${credentials.username}`,
    `a=ice-pwd:${credentials.password}`,
    `m=${first?.kind ?? 'audio'} 9 UDP/TLS/RTP/SAVPF 0`,
    `a=mid:${first?.mid ?? '0'}`,
    ...candidates.map((candidate) => `a=${candidate}`),
  ]
  return `${lines.join('\r\n')}\r\n`
}

/** The name that a stream gives itself (`s=`); null for the usual nothing. */
export function streamName(sdp: string): string | null {
  const said = /^s=(.*?)\r?$/m.exec(sdp)?.[1]?.trim() ?? ''
  return said === '' || said === '-' ? null : said.slice(0, 40)
}
