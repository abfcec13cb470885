import { describe, expect, test } from 'vitest'
import { configSchema, readConfig } from '../../../src/core/config.ts'
import type { PeerId } from '../../../src/core/id.ts'
import type { Intent } from '../../../src/core/intent.ts'
import { FakeClock } from '../../../src/lib/clock.ts'
import { seconds } from '../../../src/lib/unit.ts'
import { RemoteLink } from '../../../src/web/pages/kit/remote.ts'
import { TurnedAway } from '../../../src/web/pages/kit/remote-line.ts'
import { isDone, stillOpen } from '../../../src/web/pages/remote/asked.ts'
import { digitsIn, grouped } from '../../../src/web/pages/remote/code.ts'
import { type Field, formOf, shown, typedIn } from '../../../src/web/pages/remote/form.ts'
import { arrivalAt, PLACES, tabOf } from '../../../src/web/pages/remote/place.ts'
import { Store } from '../../../src/web/pages/remote/store.ts'
import { cameraIs, mainOf, personFacts, saidBetween, stateLine, tvIs, warnings } from '../../../src/web/pages/remote/view.ts'
import { de } from '../../../src/web/pages/remote/words/de.ts'
import { en } from '../../../src/web/pages/remote/words/en.ts'
import { languageFor, wordsIn } from '../../../src/web/pages/remote/words/words.ts'
import type { RemoteState } from '../../../src/wire/remote.ts'
import { STATE } from '../../control/remote-kit.ts'

const state = (change: Partial<RemoteState> = {}): RemoteState => ({ ...STATE, ...change })
const ada = {
  peer: 'a',
  name: 'Ada',
  kind: 'browser',
  muted: false,
  camera: true,
  screen: false,
  live: false,
  reconnecting: false,
} as const
const ben = { ...ada, peer: 'b', name: 'Ben', kind: 'box' } as const
const cleo = { ...ada, peer: 'c', name: 'Cleo' } as const
const anna = { peer: 'n', name: 'Anna', contact: true, answersInMs: null }

describe('the main action', () => {
  test('at rest it is to call', () => expect(mainOf(state())).toEqual({ is: 'call' }))
  test('when somebody rings it is to answer, with the seconds until the box does so by itself', () => {
    expect(mainOf(state({ ringing: { ...anna, answersInMs: 6200 } }))).toEqual({
      is: 'answer',
      name: 'Anna',
      contact: true,
      answersIn: 7,
      loud: true,
    })
  })
  test('while people want quiet, or at night, who is at the door is shown without a bell', () => {
    expect(mainOf(state({ ringing: anna, quiet: true }))).toMatchObject({ is: 'answer', loud: false })
    expect(mainOf(state({ ringing: anna, night: true }))).toMatchObject({ is: 'answer', loud: false })
  })
  test('in a call it is to hang up, whoever rings', () => {
    expect(mainOf(state({ call: 'joining' }))).toEqual({ is: 'hang up' })
    expect(mainOf(state({ call: 'live', ringing: anna }))).toEqual({ is: 'hang up' })
  })
})

describe('the line of state', () => {
  test('names who is in the call', () => {
    expect(stateLine(state(), en)).toBe('In no call')
    expect(stateLine(state({ call: 'joining' }), en)).toBe('Going in …')
    expect(stateLine(state({ call: 'live' }), en)).toBe('In the call, alone so far')
    expect(stateLine(state({ call: 'live', people: [ada] }), en)).toBe('In a call with Ada')
    expect(stateLine(state({ call: 'live', people: [ada, ben, cleo] }), en)).toBe('In a call with Ada, Ben and Cleo')
    expect(stateLine(state({ call: 'live', people: [ada, ben], phone: true }), de)).toBe('Im Gespräch mit Ada und Ben, nur mit Ton')
  })
  test('what is to be known of somebody stands beside the name, in words', () => {
    const words = (person: RemoteState['people'][number]) => personFacts(person, en).map(({ word }) => word)
    expect(words(ada)).toEqual(['in a browser'])
    expect(words({ ...ben, muted: true, camera: false, screen: true, reconnecting: true })).toEqual([
      'reconnecting …',
      'at a TV',
      'Muted',
      'camera off',
      'shows a screen',
    ])
  })
})

describe('camera and TV', () => {
  test('the switch on the box comes before every wish', () => {
    expect(cameraIs(state({ shutter: 'shut', camera: { on: true, is: 'open' } }))).toBe('shut')
  })
  test('what the device does is told apart from what is wanted', () => {
    expect(cameraIs(state())).toBe('ready')
    expect(cameraIs(state({ call: 'live', camera: { on: true, is: 'open' } }))).toBe('on')
    expect(cameraIs(state({ call: 'live', camera: { on: true, is: 'missing' } }))).toBe('missing')
    expect(cameraIs(state({ camera: { on: false, is: 'closed' } }))).toBe('off')
    expect(cameraIs(state({ call: 'live', phone: true, camera: { on: false, is: 'closed' } }))).toBe('sound')
  })
  test('the TV is on, as it was, or lost', () => {
    expect(tvIs(state())).toBe('off')
    expect(tvIs(state({ tv: { picture: 'on', set: 'woken', wanted: null } }))).toBe('on')
    expect(tvIs(state({ tv: { picture: 'lost', set: 'woken', wanted: true } }))).toBe('lost')
  })
})

describe('what is said aloud', () => {
  const said = (before: Partial<RemoteState>, now: Partial<RemoteState>) => saidBetween(state(before), state(now), en)
  test('who rings is said at once, and only once', () => {
    expect(said({}, { ringing: anna })).toEqual({ loud: 'It rings: Anna', calm: [] })
    expect(said({ ringing: anna }, { ringing: { ...anna, answersInMs: 9000 } })).toEqual({ loud: null, calm: [] })
    expect(said({}, { ringing: anna, quiet: true }).loud).toBe(null)
  })
  test('every change is said in words; nothing when nothing has changed', () => {
    expect(said({}, {}).calm).toEqual([])
    expect(said({}, { muted: true }).calm).toEqual(['Muted'])
    expect(said({ muted: true }, {}).calm).toEqual(['Microphone on'])
    expect(said({}, { call: 'live', people: [ada] }).calm).toEqual(['The call has begun', 'Ada is here'])
    expect(said({ call: 'live', people: [ada, ben] }, { call: 'live', people: [ben] }).calm).toEqual(['Ada has left'])
    expect(said({ call: 'live', people: [ada] }, {}).calm).toEqual(['The call is over'])
    expect(said({}, { volume: 40, layout: 'grid' }).calm).toEqual(['Volume 40 percent', 'Picture on the TV: All alike'])
    expect(said({}, { camera: { on: false, is: 'closed' } }).calm).toEqual(['Camera off'])
    expect(said({}, { quiet: true }).calm).toEqual(['Do not disturb is on'])
    expect(said({}, { tv: { picture: 'on', set: 'woken', wanted: true } }).calm).toEqual(['The TV is on'])
    expect(said({}, { shutter: 'shut' }).calm).toEqual([en.shutter])
  })
  test('what explains how things are stands above them', () => {
    expect(warnings(state(), en)).toEqual([])
    expect(warnings(state({ shutter: 'shut', night: true, waiting: ['Ada', 'Anna'], ringing: anna, notices: ['No camera'] }), en)).toEqual([
      en.shutter,
      en.night,
      'Waiting in your room: Ada',
      'No camera',
    ])
  })
})

describe('what was asked', () => {
  const contact = 'n' as PeerId
  const live = state({ call: 'live' })
  const woken = state({ tv: { picture: 'on', set: 'woken', wanted: true } })
  const watched = state({ watch: { is: 'plays', title: 'Concert', behind: 0 } })
  const pairs: ReadonlyArray<[Intent, RemoteState, RemoteState]> = [
    [{ want: 'come home' }, state(), live],
    [{ want: 'ring', contact }, state(), live],
    [{ want: 'answer' }, state({ ringing: anna }), live],
    [{ want: 'decline' }, state({ ringing: anna }), state()],
    [{ want: 'leave' }, live, state()],
    [{ want: 'mute', muted: true }, state(), state({ muted: true })],
    [{ want: 'camera', on: false }, state(), state({ camera: { on: false, is: 'closed' } })],
    [{ want: 'volume', percent: 40 }, state(), state({ volume: 40 })],
    [{ want: 'layout', layout: 'grid' }, state(), state({ layout: 'grid' })],
    [{ want: 'tv', on: true }, state(), woken],
    [{ want: 'tv', on: false }, woken, state({ tv: { picture: 'on', set: 'as it was', wanted: false } })],
    [{ want: 'quiet', on: true }, state(), state({ quiet: true })],
    [{ want: 'watch', link: `https://box.example/w/${'a'.repeat(26)}` }, state(), watched],
    [{ want: 'watch', link: null }, watched, state()],
  ]
  for (const [intent, before, after] of pairs)
    test(`${JSON.stringify(intent)} is open until the state shows it`, () => {
      expect([isDone(intent, before), isDone(intent, after)]).toEqual([false, true])
    })
  test('only what is done is closed', () => {
    const asked = [{ intent: { want: 'mute', muted: true } }, { intent: { want: 'quiet', on: true } }] as const
    expect(stillOpen(asked, state({ muted: true }))).toEqual([asked[1]])
  })
})

describe('the store', () => {
  const open = () => {
    const clock = new FakeClock()
    const shelf = { read: () => null, write: () => {} }
    const link = new RemoteLink({ socket: () => ({ send: () => {}, close: () => {} }), shelf, clock })
    const asked: Intent[] = []
    const fail: { error: Error | null } = { error: null }
    link.ask = async (intent) => {
      if (fail.error) throw fail.error
      asked.push(intent)
    }
    const store = new Store(link, en, clock)
    store.start()
    link.emit('now', 'connected')
    link.emit('state', STATE)
    return { clock, link, store, asked, fail }
  }
  test('shows what is, and marks what was asked until it is so', async () => {
    const { link, store } = open()
    await store.ask({ want: 'mute', muted: true })
    expect(store.state.value?.muted).toBe(false)
    expect(store.openOf('mute')).toEqual({ want: 'mute', muted: true })
    link.emit('state', state({ muted: true }))
    expect(store.openOf('mute')).toBe(null)
    expect(store.calm.value).toBe('Muted.')
    expect(store.trouble.value).toBe(null)
  })
  test('says so when nothing comes of it', async () => {
    const { clock, store } = open()
    await store.ask({ want: 'tv', on: true })
    await clock.advance(seconds(9))
    expect(store.openOf('tv')).toBe(null)
    expect(store.trouble.value).toBe(en.notDone)
  })
  test('says in its own words why the box refuses', async () => {
    const { store, fail } = open()
    fail.error = new TurnedAway({ say: 'refused', why: 'wrong-code', sentence: 'No.', triesLeft: 1 })
    await store.ask({ want: 'leave' })
    expect(store.trouble.value).toBe(`${en.refusal['wrong-code']} One try is left.`)
    expect(store.openOf('leave')).toBe(null)
  })
  test('of a finger on the slider only the newest place is asked for, and the last one always', async () => {
    const { clock, store, asked } = open()
    const first = store.setVolume(70)
    for (const percent of [60, 50, 130, 41.6]) void store.setVolume(percent)
    await clock.advance(seconds(1))
    await first
    expect(asked).toEqual([
      { want: 'volume', percent: 70 },
      { want: 'volume', percent: 42 },
    ])
  })
  test('while the box is away nothing is awaited, and the old state stays to be seen', async () => {
    const { link, store } = open()
    await store.ask({ want: 'quiet', on: true })
    link.emit('now', 'away')
    expect([store.here.value, store.asked.value, store.state.value]).toEqual([false, [], STATE])
    link.emit('now', 'connected')
    expect(store.calm.value).toBe(en.saidBack)
    link.emit('now', 'removed')
    expect(store.state.value).toBe(null)
  })
  test('a pairing code in the address is taken out of it, and shows no place', () => {
    const { store } = open()
    expect(store.arrive('#calls')).toBe(false)
    expect(store.arrive('#P:0f1e2d3c.4b5a6978.8796a5b4.c3d2e1f0')).toBe(true)
    expect([store.place.value, store.brought.value]).toEqual(['calls', '#P:0f1e2d3c.4b5a6978.8796a5b4.c3d2e1f0'])
  })
})

describe('places', () => {
  test('each has an address, and anything else leads home', () => {
    for (const place of PLACES) expect(arrivalAt(`#${place}`)).toEqual({ at: place })
    for (const odd of ['', '#', '#nothing', '#K7QF-2222', '#__proto__']) expect(arrivalAt(odd)).toEqual({ at: 'home' })
  })
  test('what lies behind More lights More', () => {
    expect(['home', 'settings', 'phones', 'doctor'].map((place) => tabOf(place as 'home'))).toEqual(['home', 'more', 'more', 'more'])
  })
})

describe('six digits', () => {
  test('are found however they are typed or pasted', () => {
    for (const text of ['482913', '482 913', '482-913', ' 482–913\n', 'Your code: 482 913.', '4a8b2c9d1e3'])
      expect(digitsIn(text)).toBe('482913')
    expect(digitsIn('12')).toBe('12')
    expect(digitsIn('1234567890')).toBe('123456')
    expect(digitsIn('')).toBe('')
  })
  test('stand as the TV shows them', () => expect(['4', '482', '4829', '482913'].map(grouped)).toEqual(['4', '482', '482 9', '482 913']))
})

describe('the settings as a form', () => {
  const config = readConfig({ quiet: { from: '22:30' }, web: { names: ['box.example', 'tv.example'] } }, {})
  const form = formOf(configSchema(), config, en)
  const field = (path: string): Field => {
    const found = form.flatMap(({ fields }) => fields).find((each) => each.path === path)
    if (!found) throw new Error(`no field ${path}`)
    return found
  }
  test('every setting of the box has a field with a title, help and its value', () => {
    const paths = Object.entries(config).flatMap(([section, inside]) => Object.keys(inside).map((key) => `${section}.${key}`))
    expect(form.flatMap(({ fields }) => fields.map(({ path }) => path)).sort()).toEqual(paths.sort())
    for (const { title, help } of form.flatMap(({ fields }) => fields)) expect([title, help]).not.toContain('')
    expect(form.map(({ title }) => title)).toContain('Quiet hours')
    expect(shown(field('quiet.from'))).toBe('22:30')
  })
  test('its kind follows the schema', () => {
    expect(field('box.language').kind).toEqual({ is: 'choice', options: ['en', 'de'] })
    expect(field('camera.standIn').kind).toEqual({ is: 'switch' })
    expect(field('camera.width').kind).toEqual({ is: 'number', min: 160, max: 1920, step: 2 })
    expect(field('camera.width').help).toContain('From 160 to 1920.')
    expect(field('mqtt.server').kind).toEqual({ is: 'text', hidden: false })
    expect(field('mqtt.homePassword').kind).toEqual({ is: 'text', hidden: true })
    expect(field('web.names').kind).toEqual({ is: 'lines', parts: null })
    expect(field('call.iceServers').kind).toEqual({ is: 'lines', parts: ['urls', 'username', 'credential', 'secret'] })
  })
  test('what is typed becomes what the schema wants', () => {
    const typed = (path: string, text: string) => typedIn(field(path).kind, text)
    expect(typed('camera.width', '640')).toEqual({ value: 640 })
    for (const wrong of ['', 'wide', '100', '9999']) expect(typed('camera.width', wrong)).toBe(null)
    expect(typed('camera.standIn', 'false')).toEqual({ value: false })
    expect(typed('box.name', 'Kitchen')).toEqual({ value: 'Kitchen' })
    expect(typed('web.names', ' a.example \n\nb.example')).toEqual({ value: ['a.example', 'b.example'] })
    expect(typed('call.iceServers', 'turn:t.example anna secret\nstun:s.example')).toEqual({
      value: [{ urls: 'turn:t.example', username: 'anna', credential: 'secret' }, { urls: 'stun:s.example' }],
    })
  })
  test('what is shown, typed back, is the same', () => {
    for (const each of form.flatMap(({ fields }) => fields)) expect(typedIn(each.kind, shown(each))).toEqual({ value: each.value })
  })
  test('nonsense in place of a schema gives an empty form', () => {
    for (const odd of [null, 7, 'x', [], { properties: 3 }, { properties: { a: { properties: { b: { type: 'odd' } } } } }])
      expect(formOf(odd, odd, en)).toEqual([])
  })
  test('the German names are of settings that there are', () => {
    const known = [...form.map(({ key }) => key), ...form.flatMap(({ fields }) => fields.map(({ path }) => path))]
    expect(Object.keys(de.settingsOf).filter((path) => !known.includes(path))).toEqual([])
    expect(formOf(configSchema(), config, de)[0]?.fields[0]?.help).toBe('Was man im Gespräch unter Ihrem Bild sieht.')
  })
})

describe('languages', () => {
  test('the phone’s own is taken where we speak it, English where we do not', () => {
    expect(languageFor(['de-AT', 'en'])).toBe('de')
    expect(languageFor(['fr-FR', 'de'])).toBe('de')
    expect(languageFor(['fr-FR'])).toBe('en')
    expect(languageFor([])).toBe('en')
    expect(wordsIn('de')).toBe(de)
    expect(wordsIn('toString')).toBe(en)
  })
  test('nothing is left untranslated or empty', () => {
    const same = Object.entries(en).filter(([key, text]) => typeof text === 'string' && text === (de as Record<string, unknown>)[key])
    expect(same.map(([key]) => key).sort()).toEqual([])
    for (const words of [en, de]) for (const text of Object.values(words)) expect(text).not.toBe('')
  })
})
