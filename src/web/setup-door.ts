// setup-door.ts — what phones on the box's own access point are answered, before anything else is asked: the page of the set-up and its words,
// and the questions by which phones find out whether they are on the internet. Knows no sockets.
//
// Who is on the access point has read its password off the TV, and nobody else is answered here. Names of others all lead to us there
// (every name is the box), so a name that is not ours is sent on to the page: nothing of ours is told under it.
import { Refusal } from '../lib/fault.ts'
import { type Host, hostIn, isOurs, isSameOrigin } from './guard.ts'
import { guardHeaders } from './headers.ts'
import { type Answer, type Ask, type RouteParts, say } from './route.ts'

/** What the page shows. */
export type SetupState = {
  readonly box: string
  readonly language: string
  /** The access point itself, to be found again. */
  readonly own: string
  readonly seen: ReadonlyArray<{ readonly ssid: string; readonly signal: number; readonly lock: 'open' | 'password' | 'company' | 'old' }>
  readonly trying: string | null
  readonly failed: { readonly ssid: string; readonly why: string } | null
  /** People want no other network. */
  readonly alone: boolean
}
export type SetupWish = {
  readonly ssid: string
  readonly password: string | null
  readonly hidden: boolean
  readonly country: string | null
}

/** The set-up, as far as phones reach it. */
export interface SetupDoor {
  isGuest(address: string): boolean
  /** Someone looks at the page. */
  came(): void
  readonly address: string
  readonly state: SetupState
  /** @throws Refusal with a sentence */
  choose(wish: unknown): void
  stayAlone(): void
}

type Parts = Pick<RouteParts, 'files' | 'elsewhere' | 'place'>

/** Where phones and computers look whether they are online; answered by us they open what stands at the end of the way. */
const LOOKS = new Set([
  '/generate_204',
  '/gen_204',
  '/hotspot-detect.html',
  '/library/test/success.html',
  '/connecttest.txt',
  '/ncsi.txt',
  '/redirect',
  '/canonical.html',
  '/success.txt',
  '/check_network_status.txt',
])
const LONGEST_WISH = 2000

/** The answer to a guest of the access point; null: whoever asks is none, or asks for what everybody may. */
export async function setupAnswer(ask: Ask, parts: Parts, door: SetupDoor | undefined): Promise<Answer | null> {
  if (!door?.isGuest(ask.address)) return null
  const { host: header } = ask.headers
  const host = hostIn(typeof header === 'string' ? header : undefined)
  const path = ask.target.split('?', 1)[0] ?? ''
  const isHere = host !== null && isOurs(host, parts.place())
  if (!isHere || LOOKS.has(path)) return door.state.alone ? online(path, parts) : toPage(door, parts)
  if (path === '/setup' || path.startsWith('/setup/')) return page(ask, host, path, parts, door)
  return null
}

/** While the box stays by itself, a phone that asks is told that all is well: else it would leave us for the mobile network, in a call. */
function online(path: string, parts: Parts): Answer {
  if (/204$/.test(path)) return { ...say(204, '', null, parts), body: '' }
  const apple = '<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>'
  const words: Readonly<Record<string, string>> = {
    '/connecttest.txt': 'Microsoft Connect Test',
    '/ncsi.txt': 'Microsoft NCSI',
    '/success.txt': 'success\n',
  }
  const answer = say(200, '', null, parts)
  return words[path] === undefined
    ? { ...answer, headers: { ...answer.headers, 'content-type': 'text/html' }, body: apple }
    : { ...answer, body: words[path] }
}

function toPage({ address }: SetupDoor, parts: Parts): Answer {
  const to = `http://${address}/setup`
  const answer = say(302, `The set-up of this box is at ${to}`, null, parts)
  return { ...answer, headers: { ...answer.headers, location: to } }
}

async function page(ask: Ask, host: Host, path: string, parts: Parts, door: SetupDoor): Promise<Answer> {
  const json = (status: number, value: unknown): Answer => {
    const answer = say(status, '', host, parts)
    return { ...answer, headers: { ...answer.headers, 'content-type': 'application/json' }, body: `${JSON.stringify(value)}\n` }
  }
  if (path === '/setup') {
    const sent = await parts.files.send('setup.html', String(ask.headers['accept-encoding'] ?? ''))
    if (!sent) return say(503, 'The page of the set-up is not built.', host, parts)
    door.came()
    const encoding = sent.encoding === 'identity' ? {} : { 'content-encoding': sent.encoding }
    const headers = { ...guardHeaders('page', host, parts.elsewhere), 'content-type': sent.type, 'cache-control': 'no-store', ...encoding }
    return { status: 200, headers, body: sent.bytes }
  }
  if (!isSameOrigin(ask.headers, host)) return say(403, 'Only the page of the set-up may ask for that.', host, parts)
  if (path === '/setup/state' && ask.method === 'GET') return json(200, door.state)
  if (ask.method !== 'POST') return say(404, 'There is nothing here.', host, parts)
  try {
    // A browser lets no page of elsewhere send this kind without asking us first.
    if (!/^application\/json\b/.test(String(ask.headers['content-type'] ?? ''))) throw new Refusal('bad-request', 'that is no JSON')
    const wish: unknown = JSON.parse((await ask.body?.(LONGEST_WISH)) ?? 'null')
    if (path === '/setup/join') door.choose(wish)
    else if (path === '/setup/alone') door.stayAlone()
    else return say(404, 'There is nothing here.', host, parts)
    return json(202, { ok: true })
  } catch (error) {
    if (error instanceof SyntaxError) return json(400, { ok: false, why: 'bad-request' })
    if (error instanceof Refusal) return json(400, { ok: false, why: error.code })
    throw error
  }
}
