// guard.ts — who is asking, and under which name of ours. Pure.
//
// A page from anywhere can make the browser of somebody at home ask us things (cross-site requests), and with DNS rebinding
// it can even read the answers, because the name of its own host then leads to our address. Against that: we answer only
// to our own names, and where it matters the asking page must be one of ours.
import type { Place } from './place.ts'

export type Headers = Readonly<Record<string, string | string[] | undefined>>

/** The host that a request names, as `new URL` writes it: lower case, IPv6 in brackets. Null when it names none. */
export type Host = { readonly name: string; readonly withPort: string }

export function hostIn(header: string | undefined): Host | null {
  if (!header || header.length > 255 || !/^[a-z0-9.\-:[\]]+$/i.test(header)) return null
  const text = `http://${header}/`
  if (!URL.canParse(text)) return null
  const { hostname, host } = new URL(text)
  const name = hostname.replace(/\.$/, '')
  return name === '' ? null : { name, withPort: host }
}

export function isOurs({ name }: Host, place: Place): boolean {
  // A link-local address means a machine on the very same cable, and no name of anybody's leads to another one by it.
  if (/^\[fe[89ab][0-9a-f]:/.test(name)) return true
  return place.names.includes(name) || place.addresses.includes(name.replace(/^\[|\]$/g, ''))
}

/** Whether a request comes from a page of this very host. Programs that are no browser name no origin, and are let through. */
export function isSameOrigin(headers: Headers, host: Host): boolean {
  const { origin } = headers
  if (headers['sec-fetch-site'] === 'cross-site' || headers['sec-fetch-site'] === 'same-site') return false
  if (origin === undefined) return true
  if (typeof origin !== 'string' || !/^https?:\/\//.test(origin) || !URL.canParse(origin)) return false
  return new URL(origin).host === host.withPort
}

/** An address of a home network, or of this machine: nobody from the internet has one. RFC 1918, 3927, 4193, 4291. */
export const isNear = (address: string): boolean =>
  isLoopback(address) ||
  /^(10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.)/.test(address) ||
  /^f(e[89ab]|[cd])[0-9a-f]*:/i.test(address)

const isLoopback = (address: string): boolean => address === '::1' || /^127\./.test(address)
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'via'] as const

/** IPv4 inside IPv6 as plain IPv4. */
export const plainAddress = (address: string | undefined): string => (address ?? '').replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')

/**
 * Whether the one who asks sits at this machine: the connection comes from it, under a name that means it, and nobody has
 * passed it on. A proxy in front of the box comes from loopback too, for people from everywhere.
 */
export function isAtHome(address: string, host: Host, headers: Headers): boolean {
  const named = host.name === 'localhost' || isLoopback(host.name.replace(/^\[|\]$/g, ''))
  return named && isLoopback(address) && FORWARDED.every((name) => headers[name] === undefined)
}

/** Whether a browser at the other end is in a secure context, also behind a proxy on this machine that speaks TLS for us. */
export const isSecure = (encrypted: boolean, address: string, headers: Headers): boolean =>
  encrypted || (isLoopback(address) && headers['x-forwarded-proto'] === 'https')
