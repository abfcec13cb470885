// update.ts — what becomes of an update in the daemon: what is told (the list, people, the disk, the slots of the card) makes the next state,
// and the state with what goes on in the room makes the one step that is due. Pure.
//
//   none ─▶ offered ─▶ downloading ─▶ ready ─▶ installing ─▶ installed ─▶ (start) trying ─▶ done | went back
//
// What the slots say counts more than what we remember: they know what is on the card and what runs on trial. Nothing is fetched, installed or
// started while anything goes on in the room, and nothing at all without a wish: of a person (now, tonight), or of the setting update.night.
import type { BackWhy, Notes, UpdateOrder, UpdateSeen, UpdateWhy } from '../core/update.ts'
import { unreachable } from '../lib/fault.ts'

/** An update that this box could have, by a list or as a file of this machine. */
export type Found = {
  readonly version: string
  readonly notes: Notes | null
  /** Where its bundle is; null: in the file. */
  readonly url: string | null
  readonly sha256: string | null
  readonly size: number
  /** A file that somebody gave to us; null: it is fetched. */
  readonly file: string | null
}

export type When = 'now' | 'tonight' | null

type About = { readonly found: Found; readonly when: When }
export type Update =
  | { readonly is: 'no card' }
  | { readonly is: 'none'; readonly why: UpdateWhy | null }
  | ({ readonly is: 'offered'; readonly why: UpdateWhy | null } & About)
  | ({ readonly is: 'downloading'; readonly percent: number } & About)
  | ({ readonly is: 'ready'; readonly path: string; readonly why: UpdateWhy | null } & About)
  | ({ readonly is: 'installing'; readonly percent: number } & About)
  /** It is in the other slot, not tried yet. */
  | { readonly is: 'installed'; readonly version: string }
  | { readonly is: 'trying'; readonly version: string }
  | { readonly is: 'done'; readonly version: string }
  | { readonly is: 'went back'; readonly version: string; readonly why: BackWhy }

/** What the slots of the card say of the last update; null: there was none. */
export type Trial =
  | { readonly is: 'waiting'; readonly version: string }
  | { readonly is: 'trying'; readonly version: string }
  | { readonly is: 'over'; readonly version: string; readonly outcome: 'good' | BackWhy }
  | null

export type Event =
  /** The card was asked. told: how the last update ended has been shown long enough. */
  | { readonly its: 'card'; readonly trial: Trial; readonly told: string | null }
  | { readonly its: 'no card' }
  /** The list was read; null: there is nothing newer in it. asked: by a person. */
  | { readonly its: 'list'; readonly found: Found | null; readonly asked: boolean }
  | { readonly its: 'order'; readonly order: Exclude<UpdateOrder, 'check' | 'undo'> }
  /** Somebody gave a file, and it was looked at. */
  | { readonly its: 'file'; readonly found: Found; readonly path: string }
  | { readonly its: 'progress'; readonly percent: number }
  | { readonly its: 'fetched'; readonly path: string }
  | { readonly its: 'installed' }
  /** What was being done was broken off, because something goes on in the room. */
  | { readonly its: 'put off' }
  | { readonly its: 'failed'; readonly why: UpdateWhy }

export const nothing: Update = { is: 'none', why: null }

export function next(now: Update, event: Event): Update {
  switch (event.its) {
    case 'no card':
      return { is: 'no card' }
    case 'card':
      return byCard(now, event.trial, event.told)
    case 'list':
      return byList(now, event.found, event.asked)
    case 'order':
      if (event.order === 'seen') return now.is === 'done' || now.is === 'went back' ? nothing : now
      if (now.is !== 'offered' && now.is !== 'ready') return now
      return { ...now, when: event.order === 'later' ? null : event.order, why: null }
    case 'file':
      return isBusy(now) ? now : { is: 'ready', found: event.found, path: event.path, when: 'now', why: null }
    case 'progress':
      if (now.is === 'downloading' || now.is === 'installing') return { ...now, percent: event.percent }
      return now.is === 'offered' || now.is === 'ready' ? began(now, event.percent) : now
    case 'fetched':
      return now.is === 'downloading' || now.is === 'offered'
        ? { is: 'ready', found: now.found, when: now.when, path: event.path, why: null }
        : now
    case 'installed':
      return 'found' in now ? { is: 'installed', version: now.found.version } : now
    case 'put off':
      return 'found' in now ? { is: 'offered', found: now.found, when: now.when, why: null } : now
    case 'failed':
      return failed(now, event.why)
    default:
      return unreachable(event)
  }
}

const began = ({ is, found, when }: Extract<Update, { is: 'offered' | 'ready' }>, percent: number): Update => ({
  is: is === 'offered' ? 'downloading' : 'installing',
  ...{ found, when, percent },
})

/** Something is under way that neither a list nor a file pushes aside. */
export const isBusy = ({ is }: Update): boolean =>
  is === 'no card' || is === 'downloading' || is === 'installing' || is === 'installed' || is === 'trying'

function byCard(now: Update, trial: Trial, told: string | null): Update {
  if (now.is === 'downloading' || now.is === 'installing') return now
  const plain = now.is === 'installed' || now.is === 'trying' || now.is === 'no card' ? nothing : now
  switch (trial?.is) {
    case undefined:
      return plain
    case 'waiting':
      return { is: 'installed', version: trial.version }
    case 'trying':
      return { is: 'trying', version: trial.version }
    case 'over': {
      // What is known of a newer one is worth more than how the last one ended.
      if (plain.is !== 'none' || told === tellingOf(trial)) return plain
      return trial.outcome === 'good'
        ? { is: 'done', version: trial.version }
        : { is: 'went back', version: trial.version, why: trial.outcome }
    }
  }
}

/** A mark for the end of one update: who has been told of it is not told again. */
export const tellingOf = ({ version, outcome }: Extract<Trial, { is: 'over' }>): string => `${version} ${outcome}`

function byList(now: Update, found: Found | null, asked: boolean): Update {
  if (isBusy(now)) return now
  if (found === null) return now.is === 'offered' || now.is === 'none' || (asked && now.is !== 'ready') ? nothing : now
  // One that has failed here is not tried again by itself; a person may ask for it.
  if (now.is === 'went back' && now.version === found.version && !asked) return now
  if ((now.is === 'offered' || now.is === 'ready') && now.found.version === found.version)
    return now.is === 'offered' ? { ...now, found } : now
  // A wish for one version is none for another, whose notes nobody has read.
  return { is: 'offered', found, when: null, why: null }
}

/** What can be tried again keeps its wish for the night; all else waits for a person. */
function failed(now: Update, why: UpdateWhy): Update {
  if (!('found' in now)) return now.is === 'none' ? { is: 'none', why } : now
  const { found } = now
  const when = why === 'away' && now.when !== null ? 'tonight' : null
  return found.file !== null ? { is: 'none', why } : { is: 'offered', found, when, why }
}

/** What goes on around the box. */
export type Around = {
  /** No call, no ringing, no broadcast, nothing watched, nothing recorded. */
  readonly rest: boolean
  readonly night: boolean
  /** The setting update.night: what is offered is installed by night without being asked. */
  readonly byNight: boolean
}

export type Step =
  | { readonly do: 'fetch'; readonly found: Found }
  | { readonly do: 'install'; readonly path: string }
  | { readonly do: 'try' }
  /** What is being done is broken off: something goes on. */
  | { readonly do: 'put off' }
  | { readonly do: 'nothing' }

/** What is due. */
export function stepOf(update: Update, { rest, night, byNight }: Around): Step {
  switch (update.is) {
    case 'offered':
    case 'ready': {
      const wanted = update.when === 'now' || (night && (update.when === 'tonight' || (byNight && update.why === null)))
      if (!wanted || !rest) return { do: 'nothing' }
      return update.is === 'offered' ? { do: 'fetch', found: update.found } : { do: 'install', path: update.path }
    }
    case 'downloading':
      return { do: rest ? 'nothing' : 'put off' }
    case 'installed':
      return { do: rest ? 'try' : 'nothing' }
    case 'no card':
    case 'none':
    case 'installing':
    case 'trying':
    case 'done':
    case 'went back':
      return { do: 'nothing' }
    default:
      return unreachable(update)
  }
}

/** As everybody is shown it. @param asks an address of updates is set */
export function seenOf(update: Update, runs: string, asks: boolean): UpdateSeen {
  const found = 'found' in update ? update.found : null
  return {
    is: update.is,
    runs,
    asks,
    version: found?.version ?? ('version' in update ? update.version : null),
    percent: 'percent' in update ? update.percent : null,
    when: 'when' in update ? update.when : null,
    notes: found?.notes ?? null,
    why: 'why' in update ? update.why : null,
  }
}
