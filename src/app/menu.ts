// menu.ts — the menu on the TV, walked with a remote: what stands on each page, where the focus is, what OK does. Pure but for
// the place where somebody stands in it.
//
// A page is made anew from what is known at every look, so nothing it shows is old; the focus follows its entry when others come
// or go. What is chosen is a wish for the box, or one of a few things that only the box itself can begin (pairing).
import type { PeerId } from '../core/id.ts'
import type { Intent } from '../core/intent.ts'
import type { Actual } from '../core/plan.ts'
import type { Text } from '../core/text/text.ts'
import type { Wanted } from '../core/wanted.ts'
import type { MenuScene } from '../media/scene.ts'

export type PageName = 'main' | 'contacts' | 'layout' | 'calls' | 'phones' | 'about' | { readonly remove: string; readonly name: string }

/** What the menu shows. */
export type World = {
  readonly text: Text
  readonly wanted: Wanted
  readonly actual: Actual
  readonly contacts: ReadonlyArray<{ readonly peer: PeerId; readonly name: string }>
  readonly calls: ReadonlyArray<{ readonly what: keyof Text['ended']; readonly name: string; readonly at: number }>
  readonly phones: ReadonlyArray<{ readonly key: string; readonly name: string }>
  /** Name and value of what stands under "about". */
  readonly about: ReadonlyArray<readonly [name: string, value: string]>
  readonly notices: readonly string[]
}

/** What is asked by OK. */
export type Chosen =
  | { readonly do: 'ask'; readonly intent: Intent; readonly stay: boolean }
  | { readonly do: 'open'; readonly page: PageName }
  | { readonly do: 'pair' }
  | { readonly do: 'remove phone'; readonly key: string }
  | { readonly do: 'back' }

type Item = {
  /** Stays the same while the entry means the same, so the focus can follow it. */
  readonly id: string
  readonly text: string
  readonly value?: string
  readonly mark?: 'more' | 'chosen'
  readonly ok?: Chosen
  /** Left and right: less and more. */
  readonly turn?: (by: -1 | 1) => Intent
}
type Page = { readonly title: string; readonly items: readonly Item[]; readonly hint: string }

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
  switch (name) {
    case 'main':
      return { title: text.menu, items: mainItems(world), hint: text.menuHint }
    case 'contacts':
      return page(text.contacts, contactItems(world), text.noContacts)
    case 'layout':
      return page(text.layout, layoutItems(world))
    case 'calls':
      return page(text.calls, callItems(world), text.noCalls)
    case 'phones':
      return page(text.phones, phoneItems(world), text.noPhones)
    case 'about':
      return page(text.about, aboutItems(world))
  }
}

function mainItems({ text, wanted, contacts, calls, phones }: World): Item[] {
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
    more('contacts', text.contacts, contacts.length > 0 ? String(contacts.length) : ''),
    { id: 'mute', text: text.microphone, value: yes(!wanted.muted), ok: ask({ want: 'mute', muted: !wanted.muted }) },
    { id: 'camera', text: text.camera, value: yes(wanted.camera), ok: ask({ want: 'camera', on: !wanted.camera }) },
    { id: 'volume', text: text.volume, value: `${wanted.volume} %`, turn: volume },
    more('layout', text.layout, text.layouts[wanted.layout]),
    { id: 'quiet', text: text.doNotDisturb, value: yes(wanted.quiet), ok: ask({ want: 'quiet', on: !wanted.quiet }) },
    more('calls', text.calls, calls.length > 0 ? String(calls.length) : ''),
    { id: 'pair', text: text.pair, ok: { do: 'pair' } },
    more('phones', text.phones, phones.length > 0 ? String(phones.length) : ''),
    more('about', text.about),
  ]
}

const contactItems = ({ contacts }: World): Item[] =>
  contacts.map(({ peer, name }) => ({
    id: peer,
    text: name,
    ok: { do: 'ask', intent: { want: 'ring', contact: peer }, stay: false },
  }))

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
  return [...facts, ...amiss.map((sentence) => ({ id: sentence, text: sentence }))]
}

type Place = { readonly page: PageName; readonly focus: string | null; readonly at: number }

/** Where somebody stands in the menu. */
export class Menu {
  #stack: Place[] = []

  get open(): boolean {
    return this.#stack.length > 0
  }

  close(): void {
    this.#stack = []
  }

  /** A key's move. What it gives is for the box to do; the menu itself has already changed. */
  move(move: 'open' | 'close' | 'up' | 'down' | 'left' | 'right' | 'choose' | 'back', world: World): Chosen | null {
    const here = this.#stack.at(-1)
    if (!here) {
      if (move === 'open') this.#stack = [{ page: 'main', focus: null, at: 0 }]
      return null
    }
    const { items, at } = this.#stand(here, world)
    const item = items[at]
    switch (move) {
      case 'open':
        return null
      case 'close':
        this.close()
        return null
      case 'back':
        this.#stack.pop()
        return null
      case 'up':
      case 'down': {
        const next = (at + (move === 'up' ? -1 : 1) + items.length) % items.length
        this.#stack[this.#stack.length - 1] = { ...here, at: next, focus: items[next]?.id ?? null }
        return null
      }
      case 'left':
      case 'right':
        if (item?.turn) return { do: 'ask', intent: item.turn(move === 'left' ? -1 : 1), stay: true }
        if (move === 'left') this.#stack.pop()
        else if (item?.mark === 'more') return this.#choose(item)
        return null
      case 'choose':
        return item ? this.#choose(item) : null
    }
  }

  /** What the TV shows of it; null: it is closed. */
  scene(world: World): MenuScene | null {
    const here = this.#stack.at(-1)
    if (!here) return null
    const { title, hint } = pageOf(here.page, world)
    const { items, at } = this.#stand(here, world)
    return { title, hint, focus: at, items: items.map(({ text, value = '', mark = null }) => ({ text, value, mark })) }
  }

  #choose({ ok }: Item): Chosen | null {
    if (!ok) return null
    if (ok.do === 'open') this.#stack.push({ page: ok.page, focus: null, at: 0 })
    else if (ok.do === 'back' || ok.do === 'remove phone') this.#stack.pop()
    else if (ok.do === 'pair' || !ok.stay) this.close()
    return ok
  }

  #stand({ page, focus, at }: Place, world: World): { items: readonly Item[]; at: number } {
    const { items } = pageOf(page, world)
    const found = items.findIndex(({ id }) => id === focus)
    return { items, at: found >= 0 ? found : Math.min(at, items.length - 1) }
  }
}
