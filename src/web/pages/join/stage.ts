// stage.ts — where in a visit the page is, in one word of a closed union. Pure.
import type { RoomSecret } from '../../../core/id.ts'
import { Refusal, unreachable } from '../../../lib/fault.ts'
import { parseLink } from '../../../room/link.ts'

export type Stage =
  | { readonly at: 'astray'; readonly why: string }
  | { readonly at: 'door'; readonly secret: RoomSecret }
  | { readonly at: 'joining'; readonly secret: RoomSecret }
  | { readonly at: 'call'; readonly secret: RoomSecret }
  | { readonly at: 'full'; readonly secret: RoomSecret }
  | { readonly at: 'left'; readonly secret: RoomSecret }

export type Turn =
  | { readonly is: 'link'; readonly href: string }
  | { readonly is: 'asked in' }
  | { readonly is: 'let in' }
  | { readonly is: 'turned away'; readonly full: boolean }
  | { readonly is: 'left' }
  | { readonly is: 'back to the door' }

/** What comes next. A turn that makes no sense where we are changes nothing. */
export function next(stage: Stage, turn: Turn): Stage {
  if (turn.is === 'link') return stage.at === 'call' || stage.at === 'joining' ? stage : doorOf(turn.href)
  if (stage.at === 'astray') return stage
  const { secret } = stage
  switch (turn.is) {
    case 'asked in':
      return stage.at === 'door' || stage.at === 'full' || stage.at === 'left' ? { at: 'joining', secret } : stage
    case 'let in':
      return stage.at === 'joining' ? { at: 'call', secret } : stage
    case 'turned away':
      return stage.at === 'joining' || stage.at === 'call' ? { at: turn.full ? 'full' : 'door', secret } : stage
    case 'left':
      return stage.at === 'call' || stage.at === 'joining' ? { at: 'left', secret } : stage
    case 'back to the door':
      return { at: 'door', secret }
    default:
      return unreachable(turn)
  }
}

/** The door of the room that an address names. Only what stands behind the # matters, and it never leaves this page. */
export function doorOf(href: string): Stage {
  const hash = href.indexOf('#')
  const code = hash < 0 ? '' : href.slice(hash + 1)
  if (code === '')
    return { at: 'astray', why: 'This link is not complete: the part that begins with # is missing. Please copy the whole link again.' }
  try {
    return { at: 'door', secret: parseLink(`#${code}`) }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return {
      at: 'astray',
      why: `This link is not complete: what stands behind the # (“${shown(code)}”) is not the code of a room. ${error.message}`,
    }
  }
}

/** Enough to compare by eye, and not the whole of what might be a mistyped secret. */
const shown = (code: string): string => (code.length > 12 ? `${code.slice(0, 4)}…${code.slice(-4)}` : code)
