// scene.ts — what stands on the stage: the picture, or a card that says why there is none. Pure.
import type { About } from '../../../wire/about.ts'
import type { PlayerNow } from './player.ts'

export type Scene =
  | { readonly is: 'picture' }
  | { readonly is: 'looking' }
  /** It has not begun. `begins`: ms since 1970, or nobody said. */
  | { readonly is: 'soon'; readonly begins: number | null }
  | { readonly is: 'ended'; readonly canRewind: boolean }
  | { readonly is: 'full' }
  | { readonly is: 'away' }
  /** What comes cannot be shown here, or is not what was signed. */
  | { readonly is: 'unplayable' }
  | { readonly is: 'touch' }
  /** It is private, and this page cannot open it. */
  | { readonly is: 'locked'; readonly why: 'no key' | 'another key' | 'this browser' }

/** Shorter than this there is nothing to go back to, ms. */
const WORTH_IT = 3000

/** @param feeds whether this browser lets the page give it what it plays */
export function sceneOf(now: PlayerNow, about: About | null, feeds = true): Scene {
  if (!feeds && about?.sealed) return { is: 'locked', why: 'this browser' }
  if (now.fit !== 'yes') {
    // The next one may be for everybody.
    const isNext = now.isOver && about !== null && about.begins !== null && !about.sealed
    return isNext ? { is: 'soon', begins: about.begins } : { is: 'locked', why: now.fit }
  }
  const from = about?.from ?? now.from
  if (now.hasEnded) return { is: 'ended', canRewind: from !== null && now.edge !== null && now.edge - from > WORTH_IT }
  const isDark = !now.hasPicture || now.isWaiting
  if (now.tail === 'full' && isDark) return { is: 'full' }
  // It went without a farewell.
  if (now.tail === 'nothing' && now.hasPicture && now.isWaiting) return { is: 'ended', canRewind: false }
  if (now.tail === 'nothing' && !now.hasPicture) return { is: 'soon', begins: about?.begins ?? null }
  if (now.tail === 'away' && isDark) return { is: 'away' }
  if (now.tail === 'there' && !now.hasPicture && now.position === null && now.renditions.length === 0) return { is: 'unplayable' }
  if (now.needsTouch) return { is: 'touch' }
  return now.hasPicture ? { is: 'picture' } : { is: 'looking' }
}

export type Left = { readonly days: number; readonly hours: number; readonly minutes: number; readonly seconds: number }
/** @param ms until it begins */
export function leftOf(ms: number): Left {
  const all = Math.max(0, Math.ceil(ms / 1000))
  return { days: Math.floor(all / 86_400), hours: Math.floor(all / 3600) % 24, minutes: Math.floor(all / 60) % 60, seconds: all % 60 }
}

/** Seconds as 1:02:03 or 2:03. */
export function clockText(seconds: number): string {
  const all = Math.max(0, Math.round(seconds))
  const two = (n: number): string => String(n).padStart(2, '0')
  const [h, m, s] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60]
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}
