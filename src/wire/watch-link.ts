// watch-link.ts — the link by which a broadcast is watched: where it comes from, and which program it is. Pure; pages and the command line read it.
import { Refusal } from '../lib/fault.ts'
import type { ProgramId } from './manifest.ts'
import { type WatchSecret, watchSecretIn } from './watch-key.ts'

/** What of a link a server may know. */
export type WatchPlace = {
  readonly program: ProgramId
  /** `https://HOST:PORT` */
  readonly origin: string
}
export type WatchLink = WatchPlace & {
  /** What opens a private program; null: it stands not in the link. */
  readonly secret: WatchSecret | null
}

const LONGEST = 2048

/** A program's id as it stands in addresses; null for what is none. */
export function programNamed(text: string): ProgramId | null {
  const name = text.toLowerCase()
  return /^[0-9a-hjkmnp-tv-z]{26}$/.test(name) ? (name as ProgramId) : null
}

/** Is this the origin of a machine that may have a broadcast? */
export function originNamed(text: string): string | null {
  if (text.length > LONGEST || !/^https?:\/\//i.test(text) || !URL.canParse(text)) return null
  const { origin, username, password } = new URL(text)
  return username === '' && password === '' ? origin : null
}

/** The link in a text, perhaps with words around it; null when there is none. */
export function watchLinkIn(text: string): WatchLink | null {
  const said = /https?:\/\/\S+/i.exec(text.slice(0, LONGEST))?.[0]
  if (!said || !URL.canParse(said)) return null
  const url = new URL(said)
  const program = programNamed(/^\/w\/([0-9a-zA-Z]{26})\/?$/.exec(url.pathname)?.[1] ?? '')
  // Opened by way of another box at home, the link still says where it comes from.
  const origin = originNamed(url.searchParams.get('from') ?? url.href)
  return program && origin ? { program, origin, secret: behindHash(url.hash).secret } : null
}

/** What stands behind the # of a watch link: `#SECRET`, `#SECRET&moderator=SECRET` or `#moderator=SECRET`. It never reaches a server. */
export function behindHash(hash: string): { readonly secret: WatchSecret | null; readonly moderator: string | null } {
  const parts = hash.replace(/^#/, '').split('&')
  const moderator = parts.map((part) => /^moderator=([0-9A-Za-z-]{26,64})$/.exec(part)?.[1]).find((each) => each !== undefined)
  return { secret: watchSecretIn(parts[0] ?? ''), moderator: moderator ?? null }
}

/**
 * The link in a text as it is kept and handed on: where it comes from, and its secret.
 * @throws Refusal 'bad-link'
 */
export function watchAddressOf(text: string): string {
  const { program, origin, secret } = parseWatchLink(text)
  return `${origin}/w/${program}${secret === null ? '' : `#${secret}`}`
}

/** @throws Refusal 'bad-link' */
export function parseWatchLink(text: string): WatchLink {
  const link = watchLinkIn(text)
  if (!link) throw new Refusal('bad-link', 'This is not the link of a broadcast. It looks like https://HOST/w/ with 26 letters and digits.')
  return link
}
