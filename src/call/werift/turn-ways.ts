// turn-ways.ts — by which way to a relay? UDP is best; where a firewall stops it TCP goes, and TLS on port 443 goes where nothing else does.
//
// Nobody tells what a firewall stops: packets vanish. So the next way is tried when the one before has not answered for a moment,
// beside it and not after it (as RFC 8305 does it for addresses). What worked last time is tried at once.
import type { Clock } from '../../lib/clock.ts'
import { ms } from '../../lib/unit.ts'
import type { IceServer } from '../transport.ts'
import type { TurnServer } from './turn-wire.ts'

const HEAD_START = ms(250)
/** Servers beyond these are not tried. */
const MOST = 6
const ORDER = ['udp', 'tcp', 'tls'] as const
const URL_FORM = /^(turns?):(\[[0-9a-f:.]+\]|[^:?[\]]{1,253})(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?$/i

/** The TURN servers among them (RFC 7065), best way first. TURN over DTLS is not spoken; a server without credentials is none. */
export function turnServersIn(servers: readonly IceServer[]): TurnServer[] {
  const all = servers.flatMap(({ urls, username, credential }): TurnServer[] => {
    const [, scheme, host, port, transport] = URL_FORM.exec(urls) ?? []
    if (!scheme || !host || username === undefined || credential === undefined) return []
    const isSecure = scheme.toLowerCase() === 'turns'
    if (isSecure && transport?.toLowerCase() === 'udp') return []
    return [
      {
        transport: isSecure ? 'tls' : transport?.toLowerCase() === 'tcp' ? 'tcp' : 'udp',
        host: host.replace(/^\[|\]$/g, ''),
        port: Number(port ?? (isSecure ? 5349 : 3478)),
        username,
        credential,
      },
    ]
  })
  return ORDER.flatMap((way) => all.filter(({ transport }) => transport === way)).slice(0, MOST)
}

/** Host and port of the first STUN server (RFC 7064); null without one. */
export function stunServerIn(servers: readonly IceServer[]): readonly [host: string, port: number] | null {
  for (const { urls } of servers) {
    const [, host, port] = /^stun:(\[[0-9a-f:.]+\]|[^:?[\]]{1,253})(?::(\d{1,5}))?$/i.exec(urls) ?? []
    if (host) return [host.replace(/^\[|\]$/g, ''), Number(port ?? 3478)]
  }
  return null
}

/** The way that led to a relay last time, on this machine. */
let lastWay: TurnServer['transport'] | null = null

export type Race<T> = {
  readonly servers: readonly TurnServer[]
  readonly clock: Clock
  /** Reaches one server, or rejects. */
  readonly open: (server: TurnServer, signal: AbortSignal) => Promise<T>
  /** One was reached. A later one comes too if its way is better. */
  readonly onOpen: (opened: T, server: TurnServer) => void
}

/** Tries all ways until one that is best is found, or none is left. Rejects only with what the signal was aborted with. */
export async function race<T>({ servers, clock, open, onOpen }: Race<T>, signal: AbortSignal): Promise<void> {
  let best = Number.POSITIVE_INFINITY
  const attempts = servers.map(() => new AbortController())
  /** The first of the ways is the one before that is being waited for; a failure needs no waiting. */
  let before: Promise<unknown> = Promise.resolve()
  const running: Promise<void>[] = []
  for (const [i, server] of servers.entries()) {
    await before
    signal.throwIfAborted()
    if (best < i) break
    const mine = AbortSignal.any([signal, attempts[i]?.signal ?? signal])
    const attempt = open(server, mine).then(
      (opened) => {
        best = Math.min(best, i)
        lastWay = server.transport
        for (const worse of attempts.slice(i + 1)) worse.abort()
        onOpen(opened, server)
      },
      () => {},
    )
    running.push(attempt)
    const isSure = lastWay !== null && ORDER.indexOf(server.transport) < ORDER.indexOf(lastWay)
    before = isSure ? Promise.resolve() : Promise.race([attempt, clock.sleep('answer of a better way', HEAD_START, mine).catch(() => {})])
  }
  await Promise.all(running)
}
