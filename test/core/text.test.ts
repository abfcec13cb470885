// What can stand on the TV is said in every language: each sentence has its own, and nothing English is left in another.
import { describe, expect, test } from 'vitest'
import { type Row, type Running, rowsOf, type Seen } from '../../src/app/checkup.ts'
import { unwell } from '../../src/app/doctor.ts'
import { type PageName, pageOf, type World } from '../../src/app/menu-page.ts'
import { type Amiss, type DeviceEnd, type LineEnd, sentenceOf } from '../../src/core/amiss.ts'
import { readConfig } from '../../src/core/config.ts'
import type { PeerId, RoomSecret } from '../../src/core/id.ts'
import { asleep } from '../../src/core/plan.ts'
import { LANGUAGES, type Language, type Text, textIn } from '../../src/core/text/text.ts'
import { nothing } from '../../src/core/wanted.ts'
import type { Scene } from '../../src/media/scene.ts'
import { ground } from '../../src/media/screen/card/ground.ts'
import { label } from '../../src/media/screen/card/label.ts'
import { watchLabel } from '../../src/media/screen/card/watch.ts'
import { aScene, aShare, aTile } from '../media/scenes.ts'

const others = LANGUAGES.filter((language) => language !== 'en')
/** Words by which English is known; none of them is a word of another language here. */
const ENGLISH = /\b(the|is|are|not|cannot|and|of|with|this|nobody|somebody|does|be|to|too|wants?|has|have|your?|by|it)\b/i

const LINE_ENDS: readonly LineEnd[] = [
  ...(['not looked for', 'no header', 'taken', 'not allowed', 'no kernel part', 'not built', 'gone'] as const),
  { noChip: 'X' },
  { chip: 'X', lines: 4, line: 9 },
  { noLight: 'X' },
  { darkLight: 'X' },
  { said: 'X' },
]
const DEVICE_ENDS: readonly DeviceEnd[] = ['ended', 'gave nothing', 'fell silent', 'takes nothing', { said: 'X' }]

/** One of each kind, and of each way to fail. A kind that is missing here is a type error. */
const samples: { readonly [K in Amiss['is']]: ReadonlyArray<Omit<Extract<Amiss, { is: K }>, 'is'>> } = {
  'broker-away': [{}],
  'not-confirmed': [{ name: 'X' }],
  'no-way': [{ name: 'X' }],
  'room-full': [{ limit: 6 }, { limit: 9 }],
  stranger: [{}],
  'other-version': [{}],
  'update went back': [{ version: 'X', why: 'no picture' }],
  'camera unwanted': [{}],
  'no camera': [{}],
  'no camera there': [{ path: '/dev/video9' }],
  'no encoder': [{}],
  'camera fails': [{ name: 'X', said: 'X' }],
  'camera ended': [{ name: 'X' }],
  'camera silent': [{ name: 'X' }],
  'camera closed': [{ name: 'X' }],
  'no room to encode': [{ name: 'X' }],
  'camera fell': [{ said: 'X' }],
  'sound fell': [{ said: 'X' }],
  'no microphone': [{}],
  'no loudspeaker': [{}],
  'microphone fails': DEVICE_ENDS.flatMap((end) => [
    { name: 'X', end },
    { name: null, end },
  ]),
  'loudspeaker fails': DEVICE_ENDS.map((end) => ({ name: null, end })),
  'echo distorted': [{}],
  'echo heard': [{}],
  'nothing on HDMI': [{}],
  'HDMI fails': [{ said: 'X' }],
  'window fails': [{ said: 'X' }],
  'sink fails': [{ said: 'X' }],
  'live fails': [{ said: 'X' }],
  'recording stopped': [{ said: 'X' }],
  'push waits': (['no such server', 'nobody there', 'no answer', 'key refused', 'not certified', 'broke off'] as const).map((why) => ({
    to: 'X',
    why,
  })),
  'button unreadable': LINE_ENDS.map((end) => ({ end })),
  'light dark': LINE_ENDS.map((end) => ({ end })),
  'switch unreadable': LINE_ENDS.map((end) => ({ end })),
  'held up': [{ seconds: 1.5 }],
  'no sign of life': [{ seconds: 4 }],
  'disk full': [{}],
  'disk broken': [{}],
  'disk silent': [{}],
  refused: [{ said: 'X' }],
  'at our door': [{ name: 'X' }],
  'rings there': [{ name: 'X' }],
  'will not come': [{ name: 'X' }],
  'is busy': [{ name: 'X' }],
  'wants quiet': [{ name: 'X' }],
}
const everything = Object.entries(samples).flatMap(([is, all]) => all.map((more) => ({ is, ...more }) as Amiss))

/** Every text of a table by the way to it, functions asked with something for each argument. */
function texts(table: unknown, way = ''): Array<readonly [way: string, text: string]> {
  if (typeof table === 'string') return [[way, table]]
  if (typeof table === 'function') return texts(table('X', 'X'), way)
  if (typeof table !== 'object' || table === null) return []
  return Object.entries(table).flatMap(([key, value]) => (way === '' && key === 'amiss' ? [] : texts(value, `${way}.${key}`)))
}
/** The same word in both languages. */
const ALIKE: readonly string[] = ['.name', '.version']

describe.each(others)('in %s', (language) => {
  const text = textIn(language)
  test('everything that can be amiss has a sentence of its own', () => {
    for (const amiss of everything) {
      const said = sentenceOf(amiss, text.amiss)
      expect(said, `${amiss.is} in ${language}`).not.toBe(sentenceOf(amiss, textIn('en').amiss))
      expect(said, `${amiss.is} in ${language}`).not.toMatch(ENGLISH)
    }
  })
  test('no text was left as it is in English', () => {
    const english = new Map(texts(textIn('en')))
    for (const [way, said] of texts(text)) {
      if (ALIKE.includes(way)) continue
      expect(said, `${way} in ${language}`).not.toBe(english.get(way))
      expect(said, `${way} in ${language}`).not.toMatch(ENGLISH)
    }
  })
  test('cards and menu hold no word that does not come from its table', () => {
    const [here, there] = [shown(language), shown('en')]
    expect(here).toHaveLength(there.length)
    const same = here.filter((said, i) => said === there[i] && /\p{L}{2}/u.test(said) && !DATA.has(said))
    expect(same).toEqual([])
  })
})

test('what can be amiss is said without holes', () => {
  for (const language of LANGUAGES)
    for (const amiss of everything) expect(sentenceOf(amiss, textIn(language).amiss)).not.toMatch(/undefined|null|\[object|NaN/)
})

const NIGHT = new Date(1980, 0, 1)
const PAGES: readonly PageName[] = [
  'main',
  'contacts',
  'rooms',
  'quiet',
  'health',
  'layout',
  'watch',
  'calls',
  'phones',
  'about',
  'network',
  'machine',
  'erase',
  'really erase',
  { remove: 'k', name: 'Phone' },
]
/** What stands on the TV and is no word of ours: names, keys and links. */
const DATA = new Set([
  'Ada',
  'AL',
  'Bertil',
  'LR',
  'Living room',
  'Phone',
  'A',
  'B',
  'C',
  'D',
  'Name',
  'X',
  'one',
  'two',
  'box.local#',
  'K7QF',
])

const worldIn = (text: Text, full: boolean): World => ({
  text,
  wanted: full ? { ...nothing, room: '0000000000000000000000H0M0' as RoomSecret, muted: true, quiet: true } : nothing,
  actual: asleep,
  contacts: full ? [{ peer: 'ada' as PeerId, name: 'Ada' }] : [],
  there: () => full,
  calls: full ? (['missed', 'declined', 'answered', 'answered by itself'] as const).map((what) => ({ what, name: 'Ada', at: 0 })) : [],
  phones: full ? [{ key: 'k', name: 'Phone' }] : [],
  about: [],
  notices: full ? [sentenceOf({ is: 'no camera' }, text.amiss)] : [],
  update: {
    ...{ is: full ? 'offered' : 'none', runs: 'X', version: full ? 'X' : null, percent: null, when: full ? 'now' : null },
    ...{ notes: null, why: full ? 'away' : null, asks: full },
  },
  programs: full ? [{ link: 'X', where: 'X', title: 'Ada' }] : [],
  own: { name: 'Living room', room: '0000000000000000000000H0M0' as RoomSecret },
  rooms: full ? [{ name: 'X', room: '0000000000000000000000H0M0' as RoomSecret, at: null }] : [],
  hours: full ? { from: '22:30', to: '07:00' } : { from: '', to: '' },
  machine: full,
  network: full
    ? {
        state: { radio: 'on', wired: false, wifi: { is: 'joined', ssid: 'X' }, point: true, kept: [] },
        point: { ssid: 'X', password: 'X', address: 'X' },
      }
    : { state: { radio: 'on', wired: true, wifi: { is: 'none', ssid: null }, point: false, kept: [] }, point: null },
  checkup: full ? rowsIn(text) : null,
})

/** The rows of the checkup, well and unwell. */
function rowsIn(text: Text): Row[] {
  const cards = ['X']
  const well: Seen = { cameras: cards, records: cards, plays: cards, connected: cards, addresses: ['10.0.0.2'], heat: 45, starved: false }
  const bare: Seen = { cameras: [], records: [], plays: [], connected: [], addresses: [], heat: 85, starved: true }
  const settings = readConfig({}, {})
  const sound = { microphone: 'closed', speaker: 'closed', echo: 'off', why: [] } as const
  const running: Running = {
    settings,
    actual: asleep,
    camera: { camera: 'closed', why: null },
    sound,
    output: null,
    roomsBroker: true,
    homeBroker: false,
    notices: [],
  }
  const lost = { ...sound, microphone: 'missing', speaker: 'missing' } as const
  const found = { node: 'v1', addon: false, pages: false, elements: {} }
  const rows = (seen: Seen, more: Partial<Running> = {}) => rowsOf(seen, { ...running, ...more }, 0, unwell(found, text), text)
  const off = readConfig({ camera: { source: 'none' }, sound: { microphone: 'none', speaker: 'none' } }, {})
  return [
    ...rows(well),
    ...rows(bare),
    ...rows(well, { sound: lost, camera: { camera: 'missing', why: null }, output: 'hdmi' }),
    ...rows(well, { actual: { ...asleep, shutter: 'shut' } }),
    ...rows(well, { settings: off }),
    ...rowsOf(well, running, 0, [], text),
  ]
}

const WATCHED = ['comes', 'lost', 'ended', 'none', 'full', 'locked', 'odd'] as const

/** All that can be read on cards, labels and menu pages. */
function shown(language: Language): string[] {
  const text = textIn(language)
  const base: Scene = aScene(0, { language, link: 'https://box.local#K7QF', self: null })
  const pairing = { link: null, code: '123456', where: 'X', secondsLeft: 9, compare: null, done: null }
  const compared = { phone: 'X', words: ['one', 'two'] }
  const scenes: Scene[] = [
    { ...base, show: 'idle', missed: ['Ada'] },
    { ...base, show: 'ringing', caller: 'Ada' },
    { ...base, show: 'ringing', caller: null, countdown: 3 },
    base,
    { ...base, link: null },
    { ...base, pairing },
    { ...base, pairing: { ...pairing, code: null } },
    { ...base, pairing: { ...pairing, compare: compared } },
    { ...base, pairing: { ...pairing, done: compared } },
    { ...base, self: aTile(0, { camera: false }), people: [aTile(1, { state: 'arriving' }), aTile(2, { camera: false })] },
    { ...base, people: [aTile(1, { state: 'reconnecting' }), aTile(2)], share: aShare() },
    ...WATCHED.map((is) => ({ ...base, show: 'watch' as const, watch: { is, title: 'X', begins: null, behind: 0 } })),
  ]
  const place = { seat: 1, x: 0, y: 0, width: 1600, height: 900, z: 1 }
  const tiles = [aTile(0, { muted: true }), aTile(1, { muted: true }), aShare()]
  const strips = [2, 1, 6].flatMap((behind) => [
    watchLabel({ is: 'plays', title: 'X', begins: null, behind }, text),
    watchLabel({ is: 'paused', title: 'X', begins: null, behind }, text),
  ])
  const drawn = [
    ...strips.map((strip) => strip?.svg ?? ''),
    ...scenes.map((scene) => ground(scene, () => 'none', NIGHT)),
    ...tiles.map((tile) => label(tile, { ...place, seat: tile.seat } as Parameters<typeof label>[1], text)?.svg ?? ''),
  ]
  const read = drawn.flatMap((svg) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, said = '']) => said))
  const pages = [true, false].flatMap((full) => PAGES.map((name) => pageOf(name, worldIn(text, full))))
  return [...read, ...pages.flatMap(({ title, hint, items }) => [title, hint, ...items.flatMap((item) => [item.text, item.value ?? ''])])]
}
