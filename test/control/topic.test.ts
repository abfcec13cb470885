import { expect, test } from 'vitest'
import { routeOf, rows, verbs } from '../../src/control/topic.ts'
import { topicsPage } from '../../src/control/topic-page.ts'
import type { View } from '../../src/control/topic-row.ts'
import { valuesOf } from '../../src/control/topic-words.ts'
import type { PeerId, RoomSecret } from '../../src/core/id.ts'
import { Refusal } from '../../src/lib/fault.ts'
import { atRest, BOX, base, contacts, OTHER } from './view.ts'

const room = '0123456789ABCDEFGHJKMNPQRS' as RoomSecret
const ringing = { call: 'x', peer: OTHER, name: 'Grandma', contact: true }
const shown = (view: View): Record<string, string> => Object.fromEntries(rows.map(({ name, show }) => [name, show(view)]))
const views: Record<string, View> = {
  rest: atRest,
  'in a call': {
    ...atRest,
    wanted: { ...atRest.wanted, room },
    actual: { ...atRest.actual, room, camera: 'open', sound: 'open', set: 'woken', muted: true, volume: 0 },
    people: [{ name: 'Zoë "the {{x}}" 🙂', muted: true, camera: false, state: 'live' }],
    notices: ['The camera is missing'],
    missed: 3,
  },
  ringing: { ...atRest, actual: { ...atRest.actual, ringing, camera: 'missing' }, pairing: true },
  joining: { ...atRest, wanted: { ...atRest.wanted, room } },
  leaving: { ...atRest, actual: { ...atRest.actual, room, shutter: 'shut' } },
}

test.each(Object.entries(views))('what is shown %s fits what the table says, is never empty, and names no room', (_name, view) => {
  for (const row of rows) {
    const text = row.show(view)
    expect(row.state.safeParse(text), `${row.name}: ${text}`).toMatchObject({ success: true })
    expect(text).not.toBe('')
    expect(text).not.toContain(room)
  }
})

test('each view has its word for the call', () => {
  const words = Object.fromEntries(Object.entries(views).map(([name, view]) => [name, shown(view).call]))
  expect(words).toEqual({ rest: 'idle', 'in a call': 'in call', ringing: 'ringing', joining: 'joining', leaving: 'leaving' })
})

test('a state is what is, not what was asked for', () => {
  const asked = { ...atRest, wanted: { ...atRest.wanted, muted: true, volume: 10, camera: true, tv: true } }
  expect(shown(asked)).toMatchObject({ muted: 'OFF', volume: '80', camera: 'closed', tv: 'OFF' })
})

test('nobody rings while people want quiet', () => {
  const view = { ...atRest, actual: { ...atRest.actual, ringing } }
  expect(shown(view)).toMatchObject({ ringing: 'ON', caller: 'Grandma' })
  expect(shown({ ...view, wanted: { ...view.wanted, quiet: true } })).toMatchObject({ ringing: 'OFF', caller: 'nobody', quiet: 'ON' })
})

const set = (name: string, text: string) => rows.find((row) => row.name === name)?.set?.read(text)
test('a value becomes an intent, and what opens a camera or a microphone is marked', () => {
  expect(set('muted', 'ON')).toEqual({ do: 'intent', intent: { want: 'mute', muted: true }, opens: false })
  expect(set('muted', 'OFF')).toEqual({ do: 'intent', intent: { want: 'mute', muted: false }, opens: true })
  expect(set('camera', 'ON')).toEqual({ do: 'intent', intent: { want: 'camera', on: true }, opens: true })
  expect(set('camera', 'OFF')).toEqual({ do: 'intent', intent: { want: 'camera', on: false }, opens: false })
  expect(set('volume', '35')).toEqual({ do: 'intent', intent: { want: 'volume', percent: 35 }, opens: false })
  expect(set('volume', '35.0')).toEqual({ do: 'intent', intent: { want: 'volume', percent: 35 }, opens: false })
  expect(set('layout', 'grid')).toEqual({ do: 'intent', intent: { want: 'layout', layout: 'grid' }, opens: false })
  expect(set('tv', 'ON')).toEqual({ do: 'intent', intent: { want: 'tv', on: true }, opens: false })
  expect(set('live', 'ON')).toEqual({ do: 'intent', intent: { want: 'live', on: true }, opens: true })
  expect(set('live', 'OFF')).toEqual({ do: 'intent', intent: { want: 'live', on: false }, opens: false })
  expect(set('quiet', 'OFF')).toEqual({ do: 'intent', intent: { want: 'quiet', on: false }, opens: false })
})

test('a wrong value is refused with the right ones', () => {
  for (const text of ['', 'on', 'ON\n', 'true', '{"a":1}', 'x'.repeat(4000)])
    expect(() => set('muted', text), text).toThrow(/say ON or OFF/)
  for (const text of ['', '-1', '101', '1e2', '0x10', '5.5', 'NaN', ' 5', '٣'])
    expect(() => set('volume', text), text).toThrow(/say 0 to 100/)
  expect(() => set('layout', 'mosaic')).toThrow('say auto, grid or speaker, not "mosaic"')
})

const read = (name: string, args: unknown) => verbs.find((verb) => verb.name === name)?.read(args, contacts)
test('a verb becomes an intent', () => {
  expect(read('join', {})).toEqual({ do: 'intent', intent: { want: 'come home', phone: false }, opens: true })
  expect(read('answer', { phone: true })).toEqual({ do: 'intent', intent: { want: 'answer', phone: true }, opens: true })
  expect(read('ring', { contact: 'Grandma' })).toEqual({
    do: 'intent',
    intent: { want: 'ring', contact: OTHER, phone: false },
    opens: true,
  })
  expect(read('decline', {})).toEqual({ do: 'intent', intent: { want: 'decline' }, opens: false })
  expect(read('leave', {})).toEqual({ do: 'intent', intent: { want: 'leave' }, opens: false })
  expect(read('picture', {})).toEqual({ do: 'picture' })
})

test('a verb takes only what it knows, and a room cannot be named', () => {
  const wrong: Array<[string, unknown]> = [
    ['join', { room }],
    ['join', { link: `https://x/r#${room}` }],
    ['join', { phone: 'yes' }],
    ['leave', { now: true }],
    ['ring', {}],
    ['ring', { contact: '' }],
    ['ring', { contact: 'x'.repeat(61) }],
    ['ring', { contact: 'Mallory' }],
    ['join', null],
    ['join', []],
    ['join', 7],
    ['join', JSON.parse('{"__proto__": {"phone": true}}')],
  ]
  for (const [verb, args] of wrong) expect(() => read(verb, args), JSON.stringify(args)).toThrow(Refusal)
})

test('only what is in the table can be asked, and only of this box', () => {
  expect(routeOf(BOX, `${base}/set/muted`)).toMatchObject({ to: 'set', row: { name: 'muted' } })
  expect(routeOf(BOX, `${base}/do/leave`)).toMatchObject({ to: 'do', verb: { name: 'leave' } })
  const none = [
    'set/people',
    'set/call',
    'set/constructor',
    'do/__proto__',
    'do/mute',
    'do',
    'set/',
    'state/muted',
    'set/muted/x',
    'SET/muted',
    '',
  ]
  for (const topic of none) expect(routeOf(BOX, `${base}/${topic}`), topic).toBe(null)
  expect(routeOf(OTHER as PeerId, `${base}/set/muted`)).toBe(null)
  expect(routeOf(BOX, `x${base}/set/muted`)).toBe(null)
})

test('names are unique and fit into a topic', () => {
  const names = [...rows, ...verbs].map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  for (const name of names) expect(name).toMatch(/^[a-z-]{1,32}$/)
})

test('the page names every row, every setting and every verb, with its values', () => {
  const page = topicsPage()
  for (const row of rows) expect(page).toContain(`| \`state/${row.name}\` | ${row.help} | ${valuesOf(row.state)} |`)
  for (const { name, set: setting } of rows) expect(page.includes(`\`set/${name}\``)).toBe(setting !== undefined)
  for (const { name, help } of verbs) expect(page).toContain(`| \`do/${name}\` | ${help} |`)
  expect(page).toContain('| `set/muted` | ON or OFF | for OFF |')
  expect(page).toContain('| `set/camera` | ON or OFF | for ON |')
})
