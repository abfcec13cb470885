// update.ts — how an update stands, as everybody is shown it: TV, phone, home automation, command line. Words come from text/.
import type { Language, Text } from './text/text.ts'

/** Why an update came to nothing before it was tried. */
export const UPDATE_WHYS = ['away', 'full', 'unsigned', 'damaged', 'format', 'board', 'older', 'unreadable', 'failed'] as const
export type UpdateWhy = (typeof UPDATE_WHYS)[number]

/** Why a new version was given up, and the one before runs again. */
export const BACK_WHYS = ['no start', 'not ready', 'no picture', 'no network', 'cut off', 'lost', 'asked'] as const
export type BackWhy = (typeof BACK_WHYS)[number]

/** What is new, in each language of the box. */
export type Notes = Readonly<Record<Language, string>>

export const UPDATE_IS = [
  'no card',
  'none',
  'offered',
  'downloading',
  'ready',
  'installing',
  'installed',
  'trying',
  'done',
  'went back',
] as const

export type UpdateSeen = {
  /** no card: this box cannot be updated from here. ready: fetched. installed: waits for its start. trying: runs, not yet for good. */
  readonly is: (typeof UPDATE_IS)[number]
  /** The version that runs. */
  readonly runs: string
  /** Which one it is about; null: none. */
  readonly version: string | null
  /** Of 100, while something is fetched or installed. */
  readonly percent: number | null
  /** When people want it; null: nobody has said. */
  readonly when: 'now' | 'tonight' | null
  readonly notes: Notes | null
  readonly why: UpdateWhy | BackWhy | null
  /** Somebody is asked for updates: an address is set. */
  readonly asks: boolean
}

/** What people may say to an update. */
export const UPDATE_ORDERS = ['check', 'now', 'tonight', 'later', 'seen', 'undo'] as const
export type UpdateOrder = (typeof UPDATE_ORDERS)[number]

/** Which of them make sense now, in the order in which they are offered. */
export function ordersFor({ is, when, asks }: UpdateSeen): readonly UpdateOrder[] {
  switch (is) {
    case 'no card':
    case 'downloading':
    case 'installing':
      return []
    case 'offered':
    case 'ready':
      return when === null ? ['now', 'tonight'] : when === 'now' ? ['later'] : ['now', 'later']
    case 'installed':
    case 'trying':
      return ['undo']
    case 'none':
    case 'done':
    case 'went back':
      return [
        ...(is === 'none' ? [] : (['seen'] as const)),
        ...(asks ? (['check'] as const) : []),
        ...(is === 'done' ? (['undo'] as const) : []),
      ]
  }
}

/** How it stands, in a sentence or two. */
export function updateSentence(seen: UpdateSeen, { update }: Text): string {
  const { is, runs, percent, when, why, asks } = seen
  const version = seen.version ?? runs
  const waits = when === null ? '' : ` ${when === 'now' ? update.waitsNow : update.waitsNight}`
  switch (is) {
    case 'no card':
      return update.noCard
    case 'none':
      return `${asks ? update.none(runs) : update.unasked(runs)}${why ? ` ${update.why(why)}` : ''}`
    case 'offered':
    case 'ready':
      return `${update.offered(version)}${waits}${why ? ` ${update.why(why)}` : ''}`
    case 'downloading':
      return update.downloading(version, percent ?? 0)
    case 'installing':
      return update.installing(version, percent ?? 0)
    case 'installed':
      return update.installed(version)
    case 'trying':
      return update.trying(version)
    case 'done':
      return update.done(version)
    case 'went back':
      return update.wentBack(version, update.why(why ?? 'lost'))
  }
}

/** The quiet line on the TV of a box at rest; null: nothing to say. */
export function updateLine(seen: UpdateSeen, { update }: Text): string | null {
  switch (seen.is) {
    case 'offered':
    case 'ready':
      return seen.when === null ? update.line(seen.version ?? '') : null
    case 'installing':
    case 'installed':
    case 'trying':
    case 'done':
    case 'went back':
      return update.short[seen.is](seen.version ?? seen.runs)
    case 'no card':
    case 'none':
    case 'downloading':
      return null
  }
}
