// way.ts — from whatever a person typed or pasted to the room's door, or to a broadcast. Pure.
import { Refusal } from '../../../lib/fault.ts'
import { codeOf, parseLink } from '../../../room/link.ts'
import { watchLinkIn } from '../../../wire/watch-link.ts'

/** Where to go, or why not. A link to a room of another box leads to that box; a bare code is a room of this one. */
export type Way = { readonly to: string } | { readonly why: string }

export function wayOf(text: string, here: string): Way {
  const watch = watchLinkIn(text)
  // A broadcast of elsewhere is watched by way of this box: it comes into the house once, for everybody here.
  if (watch) {
    const from = watch.origin === here ? '' : `?from=${encodeURIComponent(watch.origin)}`
    return { to: `/w/${watch.program}${from}${watch.secret === null ? '' : `#${watch.secret}`}` }
  }
  try {
    const door = `/r#${codeOf(parseLink(linkWithin(text)))}`
    const origin = originIn(text)
    return { to: origin === null ? door : `${origin}${door}` }
  } catch (error) {
    if (error instanceof Refusal) return { why: error.message }
    throw error
  }
}

/** The link in a pasted message (“Come over: https://… see you!”), or the text itself. */
const linkWithin = (text: string): string => /https?:\/\/\S+#\S+/i.exec(text)?.[0] ?? text

function originIn(text: string): string | null {
  const link = /https?:\/\/[^\s/#?]+/i.exec(text)?.[0]
  return link !== undefined && URL.canParse(link) ? new URL(link).origin : null
}
