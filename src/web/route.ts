// route.ts — what is answered to which request. Knows no sockets: a request in, an answer out.
//
// All but sessions of WebRTC is asked by GET or HEAD and changes nothing; there are no cookies. What changes the box comes over MQTT,
// sealed by somebody who was given the link.
import { unreachable } from '../lib/fault.ts'
import { originNamed, programNamed, type WatchPlace } from '../wire/watch-link.ts'
import { type Headers, type Host, hostIn, isAtHome, isNear, isOurs, isSameOrigin, isSecure } from './guard.ts'
import { guardHeaders, type Kind } from './headers.ts'
import { type InfoFacts, infoFor } from './info.ts'
import { bearer, isKey, type Look, NO_LOOK } from './look.ts'
import type { PageFiles } from './page-files.ts'
import type { Place } from './place.ts'
import { TRUST_CSS, trustPage } from './trust-page.ts'

export type Ask = {
  readonly method: string
  /** Path and query as they came. */
  readonly target: string
  readonly headers: Headers
  /** Where the connection comes from, IPv4 in its plain form. */
  readonly address: string
  readonly encrypted: boolean
  /** Aborted when the asker has gone. */
  readonly signal: AbortSignal
  /** The body as text, in at most so many bytes; null when it is longer, or was not whole in time. Left out: there is none to be had. */
  readonly body?: (most: number) => Promise<string | null>
}

export type Answer = {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: Uint8Array | string
  /** Instead of a body: a long one, given piece by piece as its reader takes it. */
  readonly flow?: AsyncIterable<Uint8Array>
}

/** What the routes need to know of the box. */
export type RouteParts = {
  readonly place: () => Place
  readonly files: PageFiles
  readonly look: Look
  readonly tvKey: string
  /** @param room the id of the room that the asker names */
  readonly info: (room: string | null) => InfoFacts
  /** The paths of the pages that are served; left out: all. */
  readonly pages?: readonly string[]
  /** Null while there is no https. */
  readonly authority: () => { readonly certificate: Uint8Array; readonly fingerprint: string } | null
  readonly httpsPort: () => number | null
  /** Why the box is not well, in a sentence; null when it is. */
  readonly illness: () => string | null
  /** The numbers of the box as Prometheus reads them; without it there is no /metrics. */
  readonly metrics?: () => string
  /** What is broadcast from here, for anybody and any page; null for an address that is none of it. Without it nothing is. */
  readonly watch?: (ask: Pick<Seen, 'path' | 'query'> & Pick<Ask, 'address' | 'signal'>) => Promise<Answer | null>
  /** Somebody at home opens the page of another machine's broadcast by way of this one: it is passed on here. Without it nothing is. */
  readonly bring?: (place: WatchPlace) => void
  /**
   * Sessions of WebRTC by HTTP: the one thing that is made, changed and ended by requests, with rights of its own. Null for an address that is none
   * of its; without it there are none.
   */
  readonly sessions?: (ask: SessionAsk) => Promise<Answer | null>
  /** What a ticket is for, which is used up by asking; null when it is none. Without it there are no downloads. */
  readonly download?: (
    ticket: string,
  ) => Promise<{ readonly name: string; readonly type: string; readonly flow: AsyncIterable<Uint8Array> } | null>
  /** Brokers elsewhere that pages may connect to, as wss:// origins. */
  readonly elsewhere: readonly string[]
}

export type SessionAsk = Pick<Seen, 'path' | 'query'> &
  Pick<Ask, 'method' | 'address' | 'signal'> & {
    readonly header: (name: string) => string | null
    readonly body: NonNullable<Ask['body']>
  }

const LONGEST_TARGET = 2048
const PAGES: Readonly<Record<string, string>> = { '/': 'index.html', '/r': 'r.html', '/tv': 'tv.html', '/remote': 'remote.html' }
/** The page of a broadcast, whichever: its name stands behind. */
const WATCH = /^\/w\/[0-9a-hjkmnp-tv-z]{26}$/
/** Where players and publishers ask for a session. */
const SESSION = /^(?:\/w\/[0-9a-hjkmnp-tv-z]{26}\/whep|\/whip)(?:\/|$)/
const WATCH_PAGE = 'w.html'
const isPage = (name: string): boolean => name === WATCH_PAGE || Object.values(PAGES).includes(name)
function kindOf(name: string): Kind {
  if (name === WATCH_PAGE) return 'watch'
  return name === 'r.html' ? 'call' : isPage(name) ? 'page' : 'data'
}

/** What is known of an asker before anything is answered. */
export type Seen = {
  readonly host: Host
  readonly atHome: boolean
  readonly secure: boolean
  readonly path: string
  readonly query: string
}

/** Looks at who asks, under which name, for what; an answer when that alone refuses it. */
export function see(ask: Ask, parts: RouteParts): Seen | Answer {
  const { host: header } = ask.headers
  const host = hostIn(typeof header === 'string' ? header : undefined)
  if (!host) return say(400, 'This request names no host.', null, parts)
  const place = parts.place()
  if (!isOurs(host, place)) return say(421, notOurs(host, place), null, parts)
  if (ask.target.length > LONGEST_TARGET) return say(414, 'That address is too long.', host, parts)
  const [path = '', query = ''] = ask.target.split('?', 2)
  if (!path.startsWith('/')) return say(400, 'That is not an address of this box.', host, parts)
  const { headers, address } = ask
  return { host, path, query, atHome: isAtHome(address, host, headers), secure: isSecure(ask.encrypted, address, headers) }
}

export const isAnswer = (seen: Seen | Answer): seen is Answer => 'status' in seen

/** Answers one request. Rejects only for a bug. */
export async function route(ask: Ask, parts: RouteParts): Promise<Answer> {
  const seen = see(ask, parts)
  if (isAnswer(seen)) return seen
  const answer = await answerTo(ask, seen, parts)
  // Browsers heed this one in secure contexts, and complain about it elsewhere.
  return seen.secure || seen.atHome ? withHeader(answer, 'cross-origin-opener-policy', 'same-origin') : answer
}

async function answerTo(ask: Ask, seen: Seen, parts: RouteParts): Promise<Answer> {
  const { host, path } = seen
  if (SESSION.test(path)) return session(ask, seen, parts)
  if (ask.method !== 'GET' && ask.method !== 'HEAD')
    return withHeader(say(405, 'This box is only asked here, not told: use GET.', host, parts), 'allow', 'GET, HEAD')
  if (parts.pages && PAGES[path] && !parts.pages.includes(path)) return say(404, 'There is nothing here.', host, parts)
  if (WATCH.test(path)) return parts.watch ? watchPage(ask, seen, parts) : say(404, 'There is nothing here.', host, parts)
  if (/^\/(live|o)\//.test(path)) return watched(ask, seen, parts)
  const ticket = /^\/recording\/([0-9a-f]{64})$/.exec(path)?.[1]
  if (ticket) return download(ticket, ask, host, parts)
  switch (path) {
    case '/':
    case '/r':
    case '/tv':
    case '/remote':
      return page(ask, seen, PAGES[path] ?? '', parts)
    case '/trust':
    case '/trust.css':
    case '/ca.crt':
      return trust(path, seen, parts)
    case '/info':
      return isSameOrigin(ask.headers, host)
        ? json(
            200,
            infoFor({ ...seen, room: roomIn(seen.query), httpsPort: parts.httpsPort() }, parts.info(roomIn(seen.query))),
            host,
            parts,
          )
        : say(403, 'Only pages of this box may ask for that.', host, parts)
    case '/healthz': {
      const illness = parts.illness()
      return json(illness === null ? 200 : 503, { ok: illness === null }, host, parts)
    }
    case '/tv.jpg':
      return still(ask, seen, parts)
    case '/metrics':
      if (!parts.metrics) return file(path.slice(1), ask, host, parts)
      return may(ask, seen, parts)
        ? made(200, parts.metrics(), 'text/plain; version=0.0.4; charset=utf-8', 'data', host, parts)
        : locked(NO_NUMBERS, seen, parts)
    default:
      return file(path.slice(1), ask, host, parts)
  }
}

/**
 * `?from=https://HOST`: the program comes from there, and this machine passes it on to the house. Only for who comes from the house's own network, and opens
 * it: a page elsewhere does not make us ask others for things.
 */
function watchPage(ask: Ask, seen: Seen, parts: RouteParts): Promise<Answer> {
  const [program, origin] = [programNamed(seen.path.slice('/w/'.length)), originNamed(new URLSearchParams(seen.query).get('from') ?? '')]
  const site = ask.headers['sec-fetch-site']
  const isOpened = site === undefined || site === 'none' || site === 'same-origin'
  const named = origin === null ? null : hostIn(new URL(origin).host)
  if (program && origin && named && isOpened && isNear(ask.address) && (seen.atHome || !isOurs(named, parts.place())))
    parts.bring?.({ program, origin })
  return page(ask, seen, WATCH_PAGE, parts)
}

async function watched({ address, signal }: Ask, { host, path, query }: Seen, parts: RouteParts): Promise<Answer> {
  const answer = await parts.watch?.({ path, query, address, signal })
  if (!answer) return say(404, 'There is nothing here.', host, parts)
  return { ...answer, headers: { ...guardHeaders('data', host, parts.elsewhere), ...answer.headers } }
}

async function session(ask: Ask, { host, path, query }: Seen, parts: RouteParts): Promise<Answer> {
  const { method, address, signal, headers, body = async () => null } = ask
  const header = (name: string) => (headers[name] === undefined ? null : textOf(headers[name]))
  const answer = await parts.sessions?.({ method, path, query, address, signal, header, body })
  if (!answer) return say(404, 'There is nothing here.', host, parts)
  return { ...answer, headers: { ...guardHeaders('data', host, parts.elsewhere), ...answer.headers } }
}

/** A look at the head alone would use the ticket up. */
async function download(ticket: string, { method }: Ask, host: Host, parts: RouteParts): Promise<Answer> {
  if (method === 'HEAD') return withHeader(say(405, 'A download is asked for with GET.', host, parts), 'allow', 'GET')
  const found = await parts.download?.(ticket)
  if (!found) return say(404, 'This download is over. Ask for it again.', host, parts)
  const headers = {
    ...guardHeaders('data', host, parts.elsewhere),
    'content-type': found.type,
    'content-disposition': `attachment; filename="${found.name.replace(/[^\w.-]+/g, '-')}"`,
    'cache-control': 'no-store',
  }
  return { status: 200, headers, body: '', flow: found.flow }
}

async function page(ask: Ask, seen: Seen, name: string, parts: RouteParts): Promise<Answer> {
  const httpsPort = parts.httpsPort()
  // Cameras open for secure pages only. A browser keeps what stands behind the # over a redirect.
  if (seen.path === '/r' && !seen.secure && !seen.atHome && httpsPort !== null) {
    const to = `https://${seen.host.name}:${httpsPort}/r${seen.query ? `?${seen.query}` : ''}`
    return withHeader(say(308, `The call is at ${to}`, seen.host, parts), 'location', to)
  }
  if (!parts.files.has(name)) return say(503, 'The pages are not built yet. On the box, run: npm run build', seen.host, parts)
  return file(name, ask, seen.host, parts)
}

async function file(name: string, ask: Ask, host: Host, parts: RouteParts): Promise<Answer> {
  const sent = name.endsWith('.html') && !isPage(name) ? null : await parts.files.send(name, textOf(ask.headers['accept-encoding']))
  if (!sent) return say(404, 'There is nothing here.', host, parts)
  const headers = {
    ...guardHeaders(kindOf(name), host, parts.elsewhere),
    'content-type': sent.type,
    'cache-control': sent.cache,
    etag: sent.etag,
    vary: 'accept-encoding',
  }
  if (sent.cache !== 'no-store' && isKnown(textOf(ask.headers['if-none-match']), sent.etag)) return { status: 304, headers, body: '' }
  const encoded = sent.encoding === 'identity' ? headers : { ...headers, 'content-encoding': sent.encoding }
  return { status: 200, headers: encoded, body: sent.bytes }
}

function trust(path: '/trust' | '/trust.css' | '/ca.crt', { host }: Seen, parts: RouteParts): Answer {
  const authority = parts.authority()
  if (!authority) return say(404, 'This box serves no https, so there is nothing to trust.', host, parts)
  switch (path) {
    case '/trust': {
      const port = parts.httpsPort()
      const body = trustPage({ fingerprint: authority.fingerprint, secure: port === null ? null : `https://${host.name}:${port}/` })
      return made(200, body, 'text/html; charset=utf-8', 'page', host, parts)
    }
    case '/trust.css':
      return made(200, TRUST_CSS, 'text/css; charset=utf-8', 'data', host, parts)
    case '/ca.crt': {
      const answer = made(200, authority.certificate, 'application/x-x509-ca-cert', 'data', host, parts)
      return withHeader(answer, 'content-disposition', 'attachment; filename="parlor-ca.crt"')
    }
    default:
      return unreachable(path)
  }
}

const NO_NUMBERS = "The numbers of this box are shown on its own machine, or to who has the TV's key (as a bearer token)."

/** Whether one may look at the TV: at the machine, or with the key. A page from elsewhere may not use somebody's being at home. */
const may = (ask: Ask, { host, atHome }: Seen, parts: RouteParts): boolean =>
  (atHome && isSameOrigin(ask.headers, host)) || isKey(bearer(textOf(ask.headers.authorization)), parts.tvKey)

const locked = (sentence: string, { host }: Seen, parts: RouteParts): Answer =>
  withHeader(say(401, sentence, host, parts), 'www-authenticate', 'Bearer realm="TV"')

async function still(ask: Ask, seen: Seen, parts: RouteParts): Promise<Answer> {
  const { host } = seen
  if (!may(ask, seen, parts)) return locked(NO_LOOK, seen, parts)
  const jpeg = await parts.look.jpeg().catch(() => null)
  if (!jpeg) return say(503, "The TV's picture is not there right now. Try again in a moment.", host, parts)
  return made(200, jpeg, 'image/jpeg', 'data', host, parts)
}

const textOf = (value: string | string[] | undefined): string => (Array.isArray(value) ? value.join(', ') : (value ?? ''))
const roomIn = (query: string): string | null => new URLSearchParams(query).get('room')
const isKnown = (ifNoneMatch: string, etag: string): boolean =>
  ifNoneMatch
    .split(',')
    .map((each) => each.trim().replace(/^W\//, ''))
    .some((each) => each === etag || each === '*')

function notOurs({ name }: Host, { names }: Place): string {
  const own = names.find((each) => each.endsWith('.local')) ?? 'localhost'
  return `This box does not answer to the name ${name}. Call it ${own}, or add the name to the setting web.names.`
}

/** A sentence for people. */
export const say = (status: number, sentence: string, host: Host | null, parts: Pick<RouteParts, 'elsewhere'>): Answer =>
  made(status, `${sentence}\n`, 'text/plain; charset=utf-8', 'data', host, parts)

const json = (status: number, value: unknown, host: Host, parts: RouteParts): Answer =>
  made(status, `${JSON.stringify(value)}\n`, 'application/json', 'data', host, parts)

type Body = Answer['body']
function made(
  status: number,
  body: Body,
  type: string,
  kind: Kind,
  host: Host | null,
  { elsewhere }: Pick<RouteParts, 'elsewhere'>,
): Answer {
  return { status, headers: { ...guardHeaders(kind, host, elsewhere), 'content-type': type, 'cache-control': 'no-store' }, body }
}

const withHeader = (answer: Answer, name: string, value: string): Answer => ({ ...answer, headers: { ...answer.headers, [name]: value } })
