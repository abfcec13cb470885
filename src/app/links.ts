// links.ts — under which addresses this box is reached, and the links that lead there.
import { hostname, networkInterfaces } from 'node:os'
import type { Config } from '../core/config.ts'
import type { RoomSecret } from '../core/id.ts'
import type { Clock } from '../lib/clock.ts'
import { ms } from '../lib/unit.ts'
import { linkOf } from '../room/link.ts'

export type Links = {
  /** Opens a call, from anywhere; null without a rendezvous. */
  readonly anywhere: string | null
  /** Opens a call, on this machine. */
  readonly here: string
  /** Opens a call, from others at home. */
  readonly atHome: readonly string[]
  /** The TV's picture, on this machine; and from elsewhere, with its key. */
  readonly tv: string
  readonly tvAtHome: readonly string[]
  /** Where people learn to trust this box, and the SHA-256 fingerprint of its authority to compare. */
  readonly trust: string
  readonly fingerprint: string
}

export type Ports = { readonly http: number; readonly https: number; readonly fingerprint: string }

/** @param rendezvous `https://HOST`; empty: none */
export function linksOf(
  { web, call: { rendezvous } }: Pick<Config, 'web' | 'call'>,
  { http, https, fingerprint }: Ports,
  own: RoomSecret,
  tvKey: string,
): Links {
  const hosts = homeAddresses(web)
  return {
    anywhere: rendezvous === '' ? null : linkOf(rendezvous, own),
    here: linkOf(`http://localhost:${http}`, own),
    atHome: hosts.map((host) => linkOf(`https://${host}:${https}`, own)),
    tv: `http://localhost:${http}/tv`,
    tvAtHome: hosts.map((host) => `https://${host}:${https}/tv#${tvKey}`),
    trust: `http://${hosts[0] ?? 'localhost'}:${http}/trust`,
    fingerprint,
  }
}

const FRESH = ms(500)

/** The same as things are now: a box that starts without a network finds one later. Looked at anew only when somebody asks, and not all the time. */
export function liveLinks(look: () => Links, clock: Clock): Links {
  let seen: { readonly is: Links; readonly at: number } | null = null
  const now = (): Links => {
    const at = clock.now()
    if (!seen || at - seen.at >= FRESH) seen = { is: look(), at }
    return seen.is
  }
  return {
    get anywhere() {
      return now().anywhere
    },
    get here() {
      return now().here
    },
    get atHome() {
      return now().atHome
    },
    get tv() {
      return now().tv
    },
    get tvAtHome() {
      return now().tvAtHome
    },
    get trust() {
      return now().trust
    },
    get fingerprint() {
      return now().fingerprint
    },
  }
}

/** The link that is shown to be called by: the one that works from farthest away. */
export const invitationOf = ({ here, atHome, anywhere }: Links): string => anywhere ?? atHome[0] ?? here

/** `https://HOST:PORT` of this box as others at home reach it; on a machine alone, as it reaches itself. */
export const originOf = ({ here, atHome }: Links): string => new URL(atHome[0] ?? here).origin

/** Whether an origin is one of ours. */
export const isOurs = ({ here, atHome, anywhere }: Links, origin: string): boolean =>
  [here, ...atHome, ...(anywhere ? [anywhere] : [])].some((link) => new URL(link).origin === origin)

/** Where others at home reach this machine: its own names first of the settings, then its addresses, IPv4 before the name. */
export function homeAddresses({ listen, names }: Pick<Config['web'], 'listen' | 'names'>): readonly string[] {
  if (/^(127\.|::1$|localhost$)/.test(listen)) return []
  const addresses = Object.values(networkInterfaces()).flatMap((all) =>
    (all ?? []).filter((a) => a.family === 'IPv4' && !a.internal).map((a) => a.address),
  )
  return [...names, ...addresses, ...(addresses.length > 0 ? [`${hostname()}.local`] : [])]
}
