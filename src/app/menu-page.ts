// menu-page.ts — what stands on each page of the menu on the TV, and what OK does there. Pure.
//
// A page is made anew from what is known at every look, so nothing it shows is old. What is chosen is a wish for the box, or one
// of a few things that only the box itself can begin (pairing).
import type { PeerId, RoomSecret } from '../core/id.ts'
import type { Intent } from '../core/intent.ts'
import type { Actual } from '../core/plan.ts'
import type { Text } from '../core/text/text.ts'
import type { UpdateOrder, UpdateSeen } from '../core/update.ts'
import type { Wanted } from '../core/wanted.ts'
import type { MenuScene } from '../media/scene.ts'
import type { Row } from './checkup.ts'
import type { MachineOrder } from './machine.ts'
import { isMachinePage, type MachinePage, machinePage } from './machine-page.ts'
import { type NetworkSeen, networkEntry, networkItems } from './network-page.ts'
import type { HouseProgram } from './programs.ts'
import { updateEntry, updateItems } from './update-page.ts'

export type PageName =
  | 'main'
  | 'contacts'
  | 'rooms'
  | 'layout'
  | 'quiet'
  | 'watch'
  | 'calls'
  | 'phones'
  | 'health'
  | 'about'
  | 'network'
  | 'update'
  | MachinePage
  | { readonly remove: string; readonly name: string }

/** What the menu shows. */
export type World = {
  readonly text: Text
  readonly wanted: Wanted
  readonly actual: Actual
  readonly contacts: ReadonlyArray<{ readonly peer: PeerId; readonly name: string }>
  /** Whether a contact's box is there; null: not known. */
  readonly there: (peer: PeerId) => boolean | null
  readonly calls: ReadonlyArray<{ readonly what: keyof Text['ended']; readonly name: string; readonly at: number }>
  readonly phones: ReadonlyArray<{ readonly key: string; readonly name: string }>
  /** Name and value of what stands under "about". */
  readonly about: ReadonlyArray<readonly [name: string, value: string]>
  readonly notices: readonly string[]
  /** Broadcasts that are read in this house. */
  readonly programs: ReadonlyArray<Pick<HouseProgram, 'link' | 'where' | 'title'>>
  /** The box's own room, and those that it keeps by name. */
  readonly own: { readonly name: string; readonly room: RoomSecret }
  readonly rooms: ReadonlyArray<{ readonly name: string; readonly room: RoomSecret; readonly at: string | null }>
  /** Hours in which nobody may ring, of the settings; empty: none. */
  readonly hours: { readonly from: string; readonly to: string }
  /** Whether the machine can be switched off and erased from here. */
  readonly machine: boolean
  /** The network, where it is ours to set up. */
  readonly network: NetworkSeen | null
  /** How the box is; null: it is being looked at. */
  readonly checkup: readonly Row[] | null
  readonly update: UpdateSeen
}

/** What is asked by OK. */
export type Chosen =
  | { readonly do: 'ask'; readonly intent: Intent; readonly stay: boolean }
  | { readonly do: 'open'; readonly page: PageName }
  | { readonly do: 'pair' }
  /** The box's own Wi-Fi, to set up another from a phone. */
  | { readonly do: 'network'; readonly on: boolean }
  | { readonly do: 'update'; readonly order: UpdateOrder }
  | { readonly do: 'remove phone'; readonly key: string }
  | { readonly do: 'back' }
  | { readonly do: 'machine'; readonly order: MachineOrder }

export type Item = {
  /** Stays the same while the entry means the same, so the focus can follow it. */
  readonly id: string
  readonly text: string
  readonly value?: string
  readonly mark?: MenuScene['items'][number]['mark']
  /** 0 to 1, shown as a bar. */
  readonly level?: number
  /** A sentence that is read, in smaller letters and as many lines as it needs. */
  readonly prose?: boolean
  readonly ok?: Chosen
  /** Left and right: less and more. */
  readonly turn?: (by: -1 | 1) => Intent
}
export type Page = { readonly title: string; readonly items: readonly Item[]; readonly hint: string }

const VOLUME_STEP = 5

export function pageOf(name: PageName, world: World): Page {
  const { text } = world
  const page = (title: string, items: readonly Item[], empty = ''): Page => ({
    title,
    items: items.length > 0 ? items : [{ id: 'empty', text: empty }],
    hint: text.pageHint,
  })
  if (typeof name === 'object') {
    const yes: Item = { id: 'yes', text: text.remove, ok: { do: 'remove phone', key: name.remove } }
    return page(text.removePhone(name.name), [{ id: 'no', text: text.keep, ok: { do: 'back' } }, yes])
  }
  if (isMachinePage(name)) return { ...machinePage(name, text), hint: text.pageHint }
  switch (name) {
    case 'main':
      return { title: text.menu, items: mainItems(world), hint: text.menuHint }
    case 'contacts':
      return page(text.contacts, contactItems(world), text.noContacts)
    case 'rooms':
      return page(text.rooms, roomItems(world))
    case 'quiet':
      return page(text.quiet, quietItems(world))
    case 'health':
      return page(text.health, healthItems(world), text.looking)
    case 'update':
      return page(text.update.title, updateItems(text, world.update))
    case 'layout':
      return page(text.layout, layoutItems(world))
    case 'watch':
      return page(text.watch.title, programItems(world), text.watch.nothing)
    case 'calls':
      return page(text.calls, callItems(world), text.noCalls)
    case 'phones':
      return page(text.phones, phoneItems(world), text.noPhones)
    case 'network':
      return page(text.setup.menu, networkItems(text, world.network))
    case 'about':
      return page(text.about, aboutItems(world))
  }
}

function mainItems({ text, wanted, actual, contacts, rooms, calls, phones, machine, update, network }: World): Item[] {
  const ask = (intent: Intent, stay = true): Chosen => ({ do: 'ask', intent, stay })
  const open = (page: PageName): Chosen => ({ do: 'open', page })
  const yes = (is: boolean) => (is ? text.on : text.off)
  const inCall = wanted.room !== null
  const volume = (by: number): Intent => ({ want: 'volume', percent: Math.min(100, Math.max(0, wanted.volume + by * VOLUME_STEP)) })
  const more = (id: PageName & string, label: string, value = ''): Item => ({ id, text: label, value, mark: 'more', ok: open(id) })
  return [
    inCall
      ? { id: 'call', text: text.hangUp, ok: ask({ want: 'leave' }, false) }
      : { id: 'call', text: text.comeIn, ok: ask({ want: 'come home' }, false) },
    ...(inCall ? [] : watchItems(text, wanted)),
    ...(inCall ? [{ id: 'live', text: wanted.live ? text.endLive : text.goLive, ok: ask({ want: 'live', on: !wanted.live }, false) }] : []),
    ...(inCall && !wanted.live
      ? [{ id: 'privately', text: text.goLivePrivately, ok: ask({ want: 'live', on: true, private: true }, false) }]
      : []),
    ...(wanted.tracks ? [{ id: 'tracks', text: text.endTracks, ok: ask({ want: 'tracks', on: false }, false) }] : []),
    ...(inCall && actual.live ? againItems(text, actual) : []),
    more('contacts', text.contacts, contacts.length > 0 ? String(contacts.length) : ''),
    more('rooms', text.rooms, rooms.length > 0 ? String(rooms.length + 1) : ''),
    ...(inCall ? [] : [more('watch', text.watch.title)]),
    { id: 'mute', text: text.microphone, value: yes(!wanted.muted), ok: ask({ want: 'mute', muted: !wanted.muted }) },
    { id: 'camera', text: text.camera, value: yes(wanted.camera), ok: ask({ want: 'camera', on: !wanted.camera }) },
    { id: 'volume', text: text.volume, value: `${wanted.volume} %`, turn: volume },
    more('layout', text.layout, text.layouts[wanted.layout]),
    // Only what people were told is kept can be shown once more.
    ...(inCall && !actual.live ? [{ id: 'again', text: text.againOnlyLive, prose: true }] : []),
    more('quiet', text.quiet, wanted.quiet ? text.doNotDisturb : actual.night ? text.nowQuiet : ''),
    more('calls', text.calls, calls.length > 0 ? String(calls.length) : ''),
    { id: 'pair', text: text.pair, ok: { do: 'pair' } },
    more('phones', text.phones, phones.length > 0 ? String(phones.length) : ''),
    ...networkEntry(text, network),
    more('health', text.health),
    ...updateEntry(text, update),
    more('about', text.about),
    ...(machine ? [more('machine', text.machine.title)] : []),
  ]
}

/** What is watched goes before all that could be. */
function watchItems(text: Text, { watch }: Wanted): Item[] {
  if (!watch) return []
  const item = (id: string, label: string, intent: Intent): Item => ({ id, text: label, ok: { do: 'ask', intent, stay: false } })
  const isPaused = watch.at === 'paused'
  return [
    item('stop watching', text.watch.stop, { want: 'watch', link: null }),
    item('pause', isPaused ? text.watch.goOn : text.watch.pause, { want: 'pause', on: !isPaused }),
    item('back', text.watch.again, { want: 'again' }),
    ...(watch.at === 'live' ? [] : [item('to live', text.watch.live, { want: 'now' })]),
  ]
}

const programItems = ({ text, programs, wanted }: World): Item[] =>
  programs.map(({ link, where, title }) => ({
    id: link,
    text: title || where,
    value: title ? text.watch.readAt(where) : '',
    ...(wanted.watch?.link === link && { mark: 'chosen' as const }),
    ok: { do: 'ask', intent: { want: 'watch', link }, stay: false },
  }))

const againItems = (text: Text, { replay }: Actual): Item[] => [
  { id: 'again', text: text.again, ok: { do: 'ask', intent: { want: 'again' }, stay: false } },
  ...(replay > 0 ? [{ id: 'now', text: text.backToNow, ok: { do: 'ask', intent: { want: 'now' }, stay: false } } as const] : []),
]

const contactItems = ({ text, contacts, there }: World): Item[] =>
  contacts.map(({ peer, name }) => ({
    id: peer,
    text: name,
    value: { true: text.there, false: text.away, null: '' }[`${there(peer)}`],
    ok: { do: 'ask', intent: { want: 'ring', contact: peer }, stay: false },
  }))

function roomItems({ text, own, rooms, wanted }: World): Item[] {
  const item = (id: string, name: string, value: string, room: RoomSecret, intent: Intent): Item => ({
    id,
    text: name,
    value,
    ...(wanted.room === room && { mark: 'chosen' as const }),
    ok: { do: 'ask', intent, stay: false },
  })
  return [
    item('own', own.name, text.ownRoom, own.room, { want: 'come home' }),
    ...rooms.map(({ name, room, at }) => item(`room ${name}`, name, '', room, { want: 'join', room, at })),
  ]
}

function quietItems({ text, wanted, actual, hours }: World): Item[] {
  const set = hours.from !== '' && hours.to !== ''
  const sentence = actual.night ? text.nightNow(hours.to) : set ? text.nightLater(hours.from) : text.noNight
  return [
    {
      id: 'quiet',
      text: text.doNotDisturb,
      value: wanted.quiet ? text.on : text.off,
      ok: { do: 'ask', intent: { want: 'quiet', on: !wanted.quiet }, stay: true },
    },
    { id: 'hours', text: text.quietHours, value: set ? `${hours.from} – ${hours.to}` : text.none },
    { id: 'now', text: sentence, prose: true },
  ]
}

const healthItems = ({ checkup }: World): Item[] => [...(checkup ?? [])]

const layoutItems = ({ text, wanted }: World): Item[] =>
  (['auto', 'grid', 'speaker'] as const).map((layout) => ({
    id: layout,
    text: text.layouts[layout],
    ...(layout === wanted.layout && { mark: 'chosen' as const }),
    ok: { do: 'ask', intent: { want: 'layout', layout }, stay: true },
  }))

/** A box that has not been told the time believes it is 1970: it shows no date rather than a wrong one. */
const TRUE_FROM = Date.UTC(2024, 0, 1)
const callItems = ({ text, calls, contacts }: World): Item[] =>
  calls.slice(0, 30).map(({ what, name, at }, i) => {
    const when = at < TRUE_FROM ? '' : new Date(at).toLocaleString(text.locale, { weekday: 'short', hour: '2-digit', minute: '2-digit' })
    const contact = contacts.find((known) => known.name === name)
    return {
      id: `${at} ${i}`,
      text: name,
      value: [text.ended[what], when].filter(Boolean).join(', '),
      ...(contact && { ok: { do: 'ask' as const, intent: { want: 'ring' as const, contact: contact.peer }, stay: false } }),
    }
  })

const phoneItems = ({ phones }: World): Item[] =>
  phones.map(({ key, name }) => ({ id: key, text: name, mark: 'more', ok: { do: 'open', page: { remove: key, name } } }))

function aboutItems({ text, about, notices }: World): Item[] {
  const facts = about.map(([name, value]) => ({ id: name, text: name, value }))
  const amiss = notices.length > 0 ? notices : [text.allWell]
  return [...facts, ...amiss.map((sentence) => ({ id: sentence, text: sentence, prose: true }))]
}
