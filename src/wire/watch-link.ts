// watch-link.ts — the link by which a broadcast is watched: where it comes from, and which program it is. Pure; pages and the command line read it.
import { Refusal } from '../lib/fault.ts'
import type { ProgramId } from './manifest.ts'

export type WatchLink = {
  readonly program: ProgramId
  /** `https://HOST:PORT` */
  readonly origin: string
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
  return program && origin ? { program, origin } : null
}

/** @throws Refusal 'bad-link' */
export function parseWatchLink(text: string): WatchLink {
  const link = watchLinkIn(text)
  if (!link) throw new Refusal('bad-link', 'This is not the link of a broadcast. It looks like https://HOST/w/ with 26 letters and digits.')
  return link
}
