import { describe, expect, it } from 'vitest'
import { Menu } from '../../src/app/menu.ts'
import { type PageName, pageOf, type World } from '../../src/app/menu-page.ts'
import type { PeerId, RoomSecret } from '../../src/core/id.ts'
import { asleep } from '../../src/core/plan.ts'
import { LANGUAGES, textIn } from '../../src/core/text/text.ts'
import { nothing } from '../../src/core/wanted.ts'
import { menu as card } from '../../src/media/screen/card/menu.ts'

const OWN = '0000000000000000000000H0M0' as RoomSecret
const LINK = `http://10.0.0.5:8080/w/${'a'.repeat(26)}`
const CHOIR = '0000000000000000000000CH00' as RoomSecret
const world: World = {
  text: textIn('en'),
  wanted: nothing,
  actual: asleep,
  contacts: [
    { peer: 'ann' as PeerId, name: 'Ann' },
    { peer: 'bo' as PeerId, name: 'Bo' },
  ],
  there: (peer) => (peer === 'ann' ? true : null),
  calls: [
    { what: 'missed', name: 'Ann', at: Date.UTC(2026, 1, 1) },
    { what: 'declined', name: 'Cy', at: 0 },
  ],
  phones: [{ key: 'k1', name: "Ann's phone" }],
  about: [['Version', '1']],
  notices: [],
  update: { is: 'none', runs: '1.0.0', version: null, percent: null, when: null, notes: null, why: null, asks: false },
  programs: [{ link: LINK, where: '10.0.0.5:8080', title: 'Concert' }],
  own: { name: 'Living room', room: OWN },
  rooms: [{ name: 'Choir', room: CHOIR, at: 'https://choir.example' }],
  hours: { from: '22:30', to: '07:00' },
  machine: true,
  checkup: null,
  network: null,
}
type Move = Parameters<Menu['move']>[0]
const walk = (menu: Menu, moves: readonly Move[], seen = world) => moves.map((move) => menu.move(move, seen)).at(-1)
const focused = (menu: Menu, seen = world) => {
  const scene = menu.scene(seen)
  return scene ? `${scene.title}: ${scene.items[scene.focus]?.text}` : 'closed'
}
/** Moves to the entry that says this. */
function find(menu: Menu, text: string, seen = world): void {
  for (let i = 0; i < 40 && !focused(menu, seen).endsWith(`: ${text}`); i++) menu.move('down', seen)
  expect(focused(menu, seen)).toContain(text)
}

describe('the menu', () => {
  it('offers what was said before only where that is kept, and says so', () => {
    const wanted = { ...nothing, room: OWN }
    const items = (seen: World) => pageOf('main', seen).items.filter(({ id }) => id === 'again' || id === 'now')
    expect(items(world)).toEqual([])
    expect(items({ ...world, wanted, actual: { ...asleep, room: OWN } })).toEqual([
      { id: 'again', text: world.text.againOnlyLive, prose: true },
    ])
    const live = { ...asleep, room: OWN, live: true }
    expect(items({ ...world, wanted, actual: live }).map(({ ok }) => ok)).toEqual([{ do: 'ask', intent: { want: 'again' }, stay: false }])
    expect(items({ ...world, wanted, actual: { ...live, replay: 1 } }).map(({ text }) => text)).toEqual([
      'Again, 30 seconds',
      'Back to now',
    ])
  })
  it('erases only when it was asked twice, with the focus on what keeps everything', () => {
    const menu = new Menu()
    menu.move('open', world)
    find(menu, 'Switch off, erase')
    menu.move('choose', world)
    find(menu, 'Erase everything')
    expect(menu.move('choose', world)).toEqual({ do: 'open', page: 'erase' })
    expect(focused(menu)).toBe('Erase everything: Keep everything')
    menu.move('down', world)
    expect(menu.move('choose', world)).toEqual({ do: 'open', page: 'really erase' })
    expect(focused(menu)).toBe('Really erase everything?: Keep everything')
    menu.move('down', world)
    expect(menu.move('choose', world)).toEqual({ do: 'machine', order: 'reset' })
    expect(focused(menu)).toBe('closed')
  })
  it('pressing OK again and again erases nothing', () => {
    const menu = new Menu()
    menu.move('open', world)
    find(menu, 'Switch off, erase')
    menu.move('choose', world)
    find(menu, 'Erase everything')
    const chosen = Array.from({ length: 12 }, () => menu.move('choose', world)?.do)
    expect(chosen).not.toContain('machine')
  })
  it('switches the machine off, where it may; elsewhere there is no such entry', () => {
    const menu = new Menu()
    menu.move('open', world)
    find(menu, 'Switch off, erase')
    menu.move('choose', world)
    expect(menu.move('choose', world)).toEqual({ do: 'machine', order: 'off' })
    expect(pageOf('main', { ...world, machine: false }).items.map(({ id }) => id)).not.toContain('machine')
  })
  it('shows a broadcast that is read in the house, and then pauses it, goes back and ends it', () => {
    expect(pageOf('watch', world).items).toMatchObject([
      { text: 'Concert', value: 'from 10.0.0.5:8080', ok: { do: 'ask', intent: { want: 'watch', link: LINK }, stay: false } },
    ])
    expect(pageOf('watch', { ...world, programs: [] }).items[0]?.text).toBe(world.text.watch.nothing)
    const watched = (at: 'live' | 'paused') => ({ ...world, wanted: { ...nothing, watch: { link: LINK, at, back: 0 } } })
    const items = (seen: World) =>
      pageOf('main', seen)
        .items.slice(1, 5)
        .map(({ text }) => text)
    expect(items(watched('live'))).toEqual(['Watch no more', 'Pause', '30 seconds back', 'Call somebody'])
    expect(items(watched('paused'))).toEqual(['Watch no more', 'Go on', '30 seconds back', 'Back to live'])
    const inCall = { ...watched('live'), wanted: { ...nothing, room: OWN, watch: { link: LINK, at: 'live' as const, back: 0 } } }
    expect(pageOf('main', inCall).items.map(({ text }) => text)).not.toContain('Watch no more')
  })
  it('opens at the top, goes round at both ends, and closes', () => {
    const menu = new Menu()
    expect(menu.scene(world)).toBeNull()
    walk(menu, ['open'])
    expect(focused(menu)).toBe('Menu: Open this room')
    walk(menu, ['up'])
    expect(focused(menu)).toBe('Menu: Switch off, erase')
    walk(menu, ['down', 'down'])
    expect(focused(menu)).toBe('Menu: Call somebody')
    walk(menu, ['back'])
    expect(menu.open).toBe(false)
  })
  it('calls a contact, and is gone then', () => {
    const menu = new Menu()
    walk(menu, ['open'])
    find(menu, 'Call somebody')
    walk(menu, ['choose', 'down'])
    expect(focused(menu)).toBe('Call somebody: Bo')
    expect(walk(menu, ['choose'])).toEqual({ do: 'ask', intent: { want: 'ring', contact: 'bo' }, stay: false })
    expect(menu.open).toBe(false)
  })
  it('calls back who was missed, if we know them', () => {
    const menu = new Menu()
    walk(menu, ['open'])
    find(menu, 'Calls')
    walk(menu, ['choose', 'down'])
    expect(walk(menu, ['choose'])).toBeNull()
    expect(menu.scene(world)?.items[1]).toEqual({ text: 'Cy', value: 'declined', mark: null })
    expect(walk(menu, ['up', 'choose'])).toMatchObject({ intent: { want: 'ring', contact: 'ann' } })
  })
  it('switches and turns in place, and shows what is then', () => {
    const menu = new Menu()
    walk(menu, ['open'])
    find(menu, 'Microphone')
    expect(walk(menu, ['choose'])).toEqual({ do: 'ask', intent: { want: 'mute', muted: true }, stay: true })
    expect(menu.scene({ ...world, wanted: { ...nothing, muted: true } })?.items[4]).toMatchObject({ value: 'off' })
    find(menu, 'Volume')
    expect(walk(menu, ['left'])).toMatchObject({ intent: { want: 'volume', percent: 75 } })
    expect(walk(menu, ['right'], { ...world, wanted: { ...nothing, volume: 98 } })).toMatchObject({ intent: { percent: 100 } })
  })
  it('goes into a room that is kept by name, and shows in which one we are', () => {
    const menu = new Menu()
    walk(menu, ['open'])
    find(menu, 'Rooms')
    walk(menu, ['choose'])
    expect(menu.scene(world)?.items).toEqual([
      { text: 'Living room', value: 'this box', mark: null },
      { text: 'Choir', value: '', mark: null },
    ])
    const there = { ...world, wanted: { ...nothing, room: CHOIR } }
    expect(menu.scene(there)?.items.map(({ mark }) => mark)).toEqual([null, 'chosen'])
    expect(walk(menu, ['down', 'choose'])).toEqual({
      do: 'ask',
      intent: { want: 'join', room: CHOIR, at: 'https://choir.example' },
      stay: false,
    })
    expect(menu.open).toBe(false)
  })
  it('asks for quiet, and says when it is quiet by itself', () => {
    const menu = new Menu()
    walk(menu, ['open'])
    find(menu, 'Quiet')
    walk(menu, ['choose'])
    expect(menu.scene(world)?.items).toMatchObject([
      { value: 'off' },
      { value: '22:30 – 07:00' },
      { text: expect.stringContaining('22:30') },
    ])
    expect(walk(menu, ['choose'])).toEqual({ do: 'ask', intent: { want: 'quiet', on: true }, stay: true })
    const night = { ...world, actual: { ...asleep, night: true } }
    expect(menu.scene(night)?.items[2]?.text).toContain('before 07:00')
    const none = { ...world, hours: { from: '', to: '' } }
    expect(menu.scene(none)?.items[1]).toMatchObject({ value: 'none' })
  })
  it('says on which page one stands, so that what is dear is looked at only there', () => {
    const menu = new Menu()
    expect(menu.page).toBeNull()
    walk(menu, ['open'])
    find(menu, 'How is this box?')
    walk(menu, ['choose'])
    expect(menu.page).toBe('health')
    expect(menu.scene(world)?.items).toMatchObject([{ text: 'Just a moment.' }])
    walk(menu, ['back'])
    expect(menu.page).toBe('main')
  })
  it('removes a phone only after a question that says no first', () => {
    const menu = new Menu()
    walk(menu, ['open'])
    find(menu, 'Paired phones')
    walk(menu, ['choose', 'choose'])
    expect(focused(menu)).toBe("Remove Ann's phone?: Keep")
    walk(menu, ['choose'])
    expect(focused(menu)).toBe("Paired phones: Ann's phone")
    walk(menu, ['choose', 'down'])
    expect(walk(menu, ['choose'])).toEqual({ do: 'remove phone', key: 'k1' })
  })
  it('keeps its focus on the entry when others come and go before it', () => {
    const menu = new Menu()
    walk(menu, ['open'])
    find(menu, 'Call somebody')
    walk(menu, ['choose', 'down'])
    const without = { ...world, contacts: world.contacts.slice(1) }
    expect(focused(menu, without)).toBe('Call somebody: Bo')
    expect(focused(menu, { ...world, contacts: [] })).toBe('Call somebody: Nobody yet. Add contacts with a phone.')
    expect(walk(menu, ['choose'], { ...world, contacts: [] })).toBeNull()
  })
  it('hangs up in a call instead of opening the room', () => {
    const room = '0000000000000000000000H0M0' as RoomSecret
    const menu = new Menu()
    const inCall = { ...world, wanted: { ...nothing, room } }
    walk(menu, ['open'], inCall)
    expect(walk(menu, ['choose'], inCall)).toMatchObject({ intent: { want: 'leave' } })
  })
})

describe('the menu in every language', () => {
  it.each(LANGUAGES)('%s: no entry is cut off on the TV, and none is empty', (language) => {
    const text = textIn(language)
    for (const page of [
      'main',
      'rooms',
      'quiet',
      'health',
      'layout',
      'phones',
      'about',
      'machine',
      'erase',
      'really erase',
      { remove: 'k', name: 'Ann' },
    ] satisfies PageName[]) {
      const { title, items, hint } = pageOf(page, { ...world, text })
      for (const { text: said } of [...items, { text: title }, { text: hint }]) expect(said.trim()).not.toBe('')
      const drawn = card({
        title,
        hint,
        focus: 0,
        items: items.map(({ text: said, value = '', mark = null, prose = false }) => ({ text: said, value, mark, prose })),
      })
      expect(drawn?.svg).toContain('<text')
      expect(drawn?.svg).not.toContain('…')
    }
  })
  it('has the same sentences in all, and none left in English', () => {
    const [en, de] = [textIn('en'), textIn('de')]
    expect(Object.keys(de)).toEqual(Object.keys(en))
    const same = (Object.keys(en) as Array<keyof typeof en>).filter((key) => typeof en[key] === 'string' && en[key] === de[key])
    expect(same).toEqual(['name', 'version'])
  })
})
