// push-address.ts — an address that the broadcast is sent to, beside its own viewers: RTMP, RTMPS or SRT. Pure.
//
// A person types or pastes it, so all of it is checked here, and what comes out holds nothing else than was understood. It holds a
// stream key: only `shown` may be written anywhere.
import { Refusal } from '../lib/fault.ts'

export type PushAddress = {
  readonly by: 'rtmp' | 'srt'
  /** In full, in a form of our own making. A secret. */
  readonly location: string
  /** The same without key, name and password: for people to tell one from another. */
  readonly shown: string
}

const LONGEST = 500
const HOST = /^([a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?\.?|\[[0-9a-f:.]+\])$/i
/** What stands in a path, a query, a name: printable, and neither blank nor quote. */
const PLAIN = /^[\x21\x23-\x26\x28-\x5b\x5d-\x5f\x61-\x7e]+$/
/** Ours to decide, and the same for everybody: they may be said, and say nothing new. */
const UNDERSTOOD: Readonly<Record<string, RegExp>> = {
  mode: /^caller$/,
  transtype: /^live$/,
  pkt_size: /^1316$/,
  streamid: /^[\x20-\x7e]{1,400}$/,
  passphrase: /^[\x20-\x7e]{10,79}$/,
  pbkeylen: /^(16|24|32)$/,
  latency: /^(\d{1,3}|[1-9]\d{3})$/,
}
const SENT_ON = ['streamid', 'passphrase', 'pbkeylen', 'latency']

/** @throws Refusal 'bad-request' with a sentence for whoever wrote it; it never repeats the address */
export function pushAddress(text: string): PushAddress {
  const typed = text.trim()
  if (typed.length > LONGEST) throw refused(`it may have ${LONGEST} characters at most`)
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(typed)?.[1]?.toLowerCase()
  if (scheme !== 'rtmp' && scheme !== 'rtmps' && scheme !== 'srt') throw refused('it begins with rtmp://, rtmps:// or srt://')
  if (!PLAIN.test(typed)) throw refused('it holds a blank, a quote or another letter that no address has')
  // Stream ids of SRT begin with #!:: and are pasted as they are.
  const url = urlOf(scheme === 'srt' ? typed.replaceAll('#', '%23') : typed)
  if (!url || !HOST.test(url.hostname)) throw refused('there is no server in it that could be reached')
  if (url.port === '0') throw refused('its port is none')
  return scheme === 'srt' ? srt(url) : rtmp(url, scheme)
}

export const isPushAddress = (text: string): boolean => {
  try {
    pushAddress(text)
    return true
  } catch {
    return false
  }
}

function rtmp(url: URL, scheme: string): PushAddress {
  if (url.hash !== '') throw refused('a # in a stream key is written %23')
  const [application = '', ...rest] = url.pathname.slice(1).split('/')
  if (application === '' || rest.length === 0 || rest.some((piece) => piece === ''))
    throw refused('after the server it needs an application and a stream key, like rtmp://SERVER/live/KEY')
  const who = url.username === '' ? '' : `${url.username}:${url.password}@`
  const location = `${scheme}://${who}${url.host}${url.pathname}${url.search}`
  return { by: 'rtmp', location, shown: `${scheme}://${url.host}/${application.length > 20 ? '' : `${application}/`}…` }
}

function srt(url: URL): PushAddress {
  if (url.port === '') throw refused('it needs a port, like srt://SERVER:9000')
  if (url.username !== '' || !/^\/?$/.test(url.pathname)) throw refused('after srt://SERVER:PORT only ?streamid=… and the like may stand')
  const kept = new URLSearchParams()
  for (const [name, value] of url.searchParams) {
    const form = Object.hasOwn(UNDERSTOOD, name) ? UNDERSTOOD[name] : undefined
    if (!form) throw refused(`only ${SENT_ON.join(', ')} may stand after the question mark`)
    if (kept.has(name) || !form.test(value)) throw refused(WRONG[name] ?? `its ${name} is wrong`)
    if (SENT_ON.includes(name)) kept.set(name, value)
  }
  const query = kept.toString().replaceAll('+', '%20')
  return { by: 'srt', location: `srt://${url.host}${query && `?${query}`}`, shown: `srt://${url.host}${query && '?…'}` }
}

const WRONG: Readonly<Record<string, string>> = {
  mode: 'this box is always the one who calls: mode=caller',
  passphrase: 'a passphrase has 10 to 79 characters',
  pbkeylen: 'pbkeylen is 16, 24 or 32',
  latency: 'latency is said in milliseconds, 9999 at most',
}

const refused = (why: string) => new Refusal('bad-request', `This address will not do: ${why}.`)

function urlOf(text: string): URL | null {
  try {
    return new URL(text)
  } catch {
    return null
  }
}
