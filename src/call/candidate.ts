// candidate.ts — which network addresses from a stranger's description may be tried. Pure.
//
// A candidate may carry a name instead of an address, and looking a name up tells a name server of the stranger's choice that we
// are here. So names never get as far as a transport; they are counted. The one exception are the random `….local` names with
// which browsers hide their own address: they are asked on the home network alone (RFC 6762), and a transport may still leave them.
export const SDP_LIMIT = 16 * 1024
export const CANDIDATE_LIMIT = 32

const FORM = /^candidate:\S{1,32} \d{1,5} (?:udp|tcp) \d{1,10} (\S{1,64}) \d{1,5} typ (?:host|srflx|prflx|relay)(?: [\x20-\x7e]{0,400})?$/i
const V4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.|$)){4}$/
const V6 = /^(?=.*:)[0-9a-f:]{2,39}(?:(?:\d{1,3}\.){3}\d{1,3})?$/i
const HIDDEN = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.local$/i

export type CandidateAddress = 'address' | 'hidden' | 'name' | 'malformed'

/** What stands where the address of a `candidate:…` line (RFC 8839, section 5.1) should be. */
export function addressIn(candidate: string): CandidateAddress {
  const where = candidate.length <= 512 ? FORM.exec(candidate)?.[1] : undefined
  if (where === undefined) return 'malformed'
  if (V4.test(where) || V6.test(where)) return 'address'
  return HIDDEN.test(where) ? 'hidden' : 'name'
}

export type Cleaned = { readonly sdp: string; readonly dropped: number }

/** The description without candidates that may not be tried, and without any beyond CANDIDATE_LIMIT. */
export function cleaned(sdp: string): Cleaned {
  let kept = 0
  let dropped = 0
  const lines = sdp.split(/\r\n|\n|\r/).filter((line) => {
    if (!line.startsWith('a=candidate:')) return true
    const kind = addressIn(line.slice(2))
    if ((kind === 'address' || kind === 'hidden') && kept < CANDIDATE_LIMIT) {
      kept++
      return true
    }
    dropped++
    return false
  })
  return { sdp: lines.join('\r\n'), dropped }
}

/**
 * The SHA-256 fingerprint that a description promises (RFC 8122), as `AB:CD:…`.
 * Null when there is none, one of another hash, or more than one: then nobody could say which of them was signed for.
 */
export function fingerprintIn(sdp: string): string | null {
  const said = new Set<string>()
  for (const line of sdp.split(/\r\n|\n|\r/)) if (/^a=fingerprint:/i.test(line)) said.add(line.slice(14).trim().toUpperCase())
  const [only = ''] = said
  return said.size === 1 && /^SHA-256 (?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/.test(only) ? only.slice(8) : null
}

/** Addresses that no relay on the internet reaches (RFC 6890): of this machine, of a home, of a carrier, of a cable, of a group. */
const NEAR = [
  /^(?:0|10|127)\./,
  /^192\.168\./,
  /^172\.(?:1[6-9]|2\d|3[01])\./,
  /^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./,
  /^169\.254\./,
  /^(?:22[4-9]|2[3-5]\d)\./,
  /^(?:::1?$|f[cd]|fe[89ab]|ff)/i,
]

/** Whether an address lies on the internet, as far as one can tell. */
export const isFar = (address: string): boolean => !NEAR.some((near) => near.test(address))
