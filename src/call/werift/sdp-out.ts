// sdp-out.ts — writes session descriptions: our own, as sdp.ts says it is, and the pieces of any answer. Pure.
import { LINES, type Line } from '../transport.ts'
import { type SctpInit, writeInit } from './sctp-init.ts'
import { type Format, MID_URI, type Remote, SCTP_PORT, TWCC_URI } from './sdp.ts'

export type LocalLine = { readonly format: Format | null; readonly ssrc: number; readonly repairSsrc: number }
export type Local = {
  readonly id: string
  readonly version: number
  readonly username: string
  readonly password: string
  readonly fingerprint: string
  readonly setup: 'actpass' | 'active' | 'passive'
  readonly mids: Remote['mids']
  readonly lines: Readonly<Record<Line, LocalLine>>
  readonly cname: string
  readonly candidates: readonly string[]
  /** Null: the peer would not understand it. */
  readonly sctpInit: SctpInit | null
  /** We want nothing of theirs. */
  readonly sendsOnly?: boolean
}

export function writeSdp(local: Local): string {
  const media = LINES.map((line, at) => mediaSection(local, line, local.mids[at] ?? ''))
  const bundled = local.mids.filter((_, at) => at === 3 || local.lines[LINES[at] ?? 'audio'].format !== null)
  const lines = [
    ...sessionLines(local, bundled),
    ...media.flat(),
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'c=IN IP4 0.0.0.0',
    ...transportLines(local, local.mids[3]),
    `a=sctp-port:${SCTP_PORT}`,
    ...(local.sctpInit ? [`a=sctp-init:${writeInit(local.sctpInit)}`] : []),
    'a=max-message-size:65536',
  ]
  return `${lines.join('\r\n')}\r\n`
}

function mediaSection(local: Local, line: Line, mid: string): string[] {
  const kind = line === 'audio' ? 'audio' : 'video'
  const own = local.lines[line]
  const { format } = own
  if (!format) return [`m=${kind} 0 UDP/TLS/RTP/SAVPF 0`, ...refusedLines(mid)]
  const feedback = kind === 'audio' ? ['transport-cc'] : ['goog-remb', 'transport-cc', 'ccm fir', 'nack', 'nack pli']
  return [
    `m=${kind} 9 UDP/TLS/RTP/SAVPF ${typesOf(format)}`,
    ...placeLines(),
    ...transportLines(local, mid),
    local.sendsOnly ? 'a=sendonly' : 'a=sendrecv',
    // Of no common stream (RFC 8830 §2): a browser holds the pictures of a stream back until its sound is played, 15 to 90 ms.
    `a=msid:- ${line}`,
    ...formatLines(kind, format, feedback),
    ...sourceLines(own, local.cname),
  ]
}

// What an answer is made of, whoever it is for (plain-sdp.ts).

/** The lines before the first m-line. */
export const sessionLines = ({ id, version }: Pick<Local, 'id' | 'version'>, bundled: readonly string[]): string[] => [
  'v=0',
  `o=- ${id} ${version} IN IP4 127.0.0.1`,
  's=-',
  't=0 0',
  `a=group:BUNDLE ${bundled.join(' ')}`,
  'a=msid-semantic: WMS *',
]

/** Behind the m-line of what is not taken. */
export const refusedLines = (mid: string): string[] => ['c=IN IP4 0.0.0.0', 'a=inactive', `a=mid:${mid}`]

/** Where it is said to be: the candidates say it. */
export const placeLines = (): string[] => ['c=IN IP4 0.0.0.0', 'a=rtcp:9 IN IP4 0.0.0.0']

export function transportLines(
  local: Pick<Local, 'candidates' | 'username' | 'password' | 'fingerprint' | 'setup'>,
  mid: string,
): string[] {
  return [
    ...local.candidates.map((candidate) => `a=${candidate}`),
    `a=ice-ufrag:${local.username}`,
    `a=ice-pwd:${local.password}`,
    'a=ice-options:trickle',
    `a=fingerprint:sha-256 ${local.fingerprint}`,
    `a=setup:${local.setup}`,
    `a=mid:${mid}`,
  ]
}

/** Its payload types, for the m-line. */
export const typesOf = ({ payloadType, repair, red = null }: Format): string =>
  [payloadType, repair, red].filter((type) => type !== null).join(' ')

/** How its packets are to be read. */
export function formatLines(kind: 'audio' | 'video', format: Format, feedback: readonly string[]): string[] {
  const { payloadType, fmtp, repair, red = null, midId, twccId } = format
  return [
    'a=rtcp-mux',
    'a=rtcp-rsize',
    ...(midId ? [`a=extmap:${midId} ${MID_URI}`] : []),
    ...(twccId ? [`a=extmap:${twccId} ${TWCC_URI}`] : []),
    `a=rtpmap:${payloadType} ${kind === 'audio' ? 'opus/48000/2' : 'H264/90000'}`,
    ...(fmtp ? [`a=fmtp:${payloadType} ${fmtp}`] : []),
    ...feedback.map((each) => `a=rtcp-fb:${payloadType} ${each}`),
    ...(red === null ? [] : [`a=rtpmap:${red} red/48000/2`, `a=fmtp:${red} ${payloadType}/${payloadType}`]),
    ...(repair === null ? [] : [`a=rtpmap:${repair} rtx/90000`, `a=fmtp:${repair} apt=${payloadType}`]),
  ]
}

/** Which sources its packets have. */
export function sourceLines({ format, ssrc, repairSsrc }: LocalLine, cname: string): string[] {
  const isRepaired = format !== null && format.repair !== null
  return [
    ...(isRepaired ? [`a=ssrc-group:FID ${ssrc} ${repairSsrc}`] : []),
    ...(isRepaired ? [ssrc, repairSsrc] : [ssrc]).map((source) => `a=ssrc:${source} cname:${cname}`),
  ]
}
