// foreword.ts — the first half of the confirmation (confirm.ts), said in the first descriptions of a link: two trips less until people see each other.
//
//   offer     a=x-parlor-confirm:<SHA-256 of the offerer's nonce, 64 hex digits>
//   answer    a=x-parlor-confirm:<the answerer's nonce, 64 hex digits>
//
// Both are inside the signature of the letter, and the order is kept: the offerer is bound before it sees the answerer's nonce, and the answerer
// chooses before it sees the offerer's. A line of the description, as one who does not know it passes it over (RFC 8866 §5.13); then
// the two say it over the channel. It is ours alone: no transport is shown it. Pure.
import { hex, unhex } from '../wire/crypto.ts'

const NAME = 'a=x-parlor-confirm:'

/** The description with a foreword. @param said 32 bytes */
export const withForeword = (sdp: string, said: Uint8Array): string => `${sdp}${/\n$/.test(sdp) ? '' : '\r\n'}${NAME}${hex(said)}\r\n`

/** Takes the foreword off a description. `said` is null when there is none, or more than one: nobody could say which was meant. */
export function forewordIn(sdp: string): { readonly sdp: string; readonly said: Uint8Array | null } {
  const lines = sdp.split(/\r\n|\n|\r/)
  const said = lines.filter((line) => line.startsWith(NAME)).map((line) => line.slice(NAME.length))
  if (said.length === 0) return { sdp, said: null }
  const [only = ''] = said
  const rest = lines.filter((line) => !line.startsWith(NAME)).join('\r\n')
  return { sdp: rest, said: said.length === 1 && /^[0-9a-f]{64}$/.test(only) ? Uint8Array.from(unhex(only)) : null }
}
