// address.ts — from where updates may be read: https anywhere, http only inside the home, or a file of this machine. Pure.
//
// What is read is signed, so http would change nothing in what is installed; but it would tell everybody on the way which version a box runs.
import { Refusal } from '../../lib/fault.ts'

/** An address as a person wrote it, or as a list names it beside its own. @throws Refusal 'bad-request' with a sentence */
export function addressOf(text: string, beside?: URL): URL {
  const url = URL.parse(text.startsWith('/') && !beside ? `file://${text}` : text, beside?.href)
  if (!url) throw new Refusal('bad-request', `"${text.slice(0, 80)}" is no address of updates`)
  // Who is on the internet names no file of this box.
  if (url.protocol === 'file:' && url.host === '' && (!beside || beside.protocol === 'file:')) return url
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isAtHome(url.hostname))) {
    if (url.username || url.password) throw new Refusal('bad-request', 'an address of updates has no password in it')
    return url
  }
  throw new Refusal('bad-request', 'updates are read from https:// addresses, from http:// at home, or from a file of this machine')
}

/** A name or an address that does not leave the home: RFC 1918, RFC 4193, RFC 3927, RFC 6762. */
function isAtHome(host: string): boolean {
  if (host === 'localhost' || host.endsWith('.local')) return true
  if (/^\[(::1|f[cd][0-9a-f]{2}:.*|fe[89ab][0-9a-f]:.*)\]$/.test(host)) return true
  return /^(127|10)\.\d+\.\d+\.\d+$|^192\.168\.\d+\.\d+$|^172\.(1[6-9]|2\d|3[01])\.\d+\.\d+$|^169\.254\.\d+\.\d+$/.test(host)
}
