import { expect, test } from 'vitest'
import { type About, discovery, discoveryTopic } from '../../src/control/homeassistant.ts'
import { routeOf, rows } from '../../src/control/topic.ts'
import { CONFIG_TOPIC, DevicePayload } from './homeassistant-schema.ts'
import { atRest, BOX, base } from './view.ts'

const about: About = { name: 'Living room', version: '0.1.0', url: 'https://10.0.0.7:8443/' }
const open = { plainJoin: true, picture: true }
const shut = { plainJoin: false, picture: false }
const ids = (policy: typeof open) => Object.keys(discovery(BOX, about, policy).components)

test.each([
  ['all settings on', about, open],
  ['all settings off', about, shut],
  ['no page', { ...about, url: null }, shut],
] as const)('the discovery payload is what Home Assistant documents: %s', (_name, who, policy) => {
  const payload: unknown = JSON.parse(JSON.stringify(discovery(BOX, who, policy)))
  expect(DevicePayload.safeParse(payload).error).toBe(undefined)
  expect(discoveryTopic('homeassistant', BOX)).toMatch(CONFIG_TOPIC)
})

test('the schema of the documentation would see what is wrong', () => {
  const good = discovery(BOX, about, open)
  const { device, ...homeless } = good
  const { origin, ...nobodys } = good
  const wrong = [
    homeless,
    nobodys,
    { ...good, device: { ...device, identifiers: [] } },
    { ...good, origin: { ...origin, nam: 'x' } },
    ...['stat_topic', 'unit', 'availabilty'].map((key) => ({
      ...good,
      components: { ...good.components, volume: { ...good.components.volume, [key]: 'x' } },
    })),
    { ...good, components: { x: { platform: 'sensor', name: 'x', state_topic: 'x' } } },
    { ...good, components: { x: { platform: 'sensor', unique_id: 'x', name: 'x', state_topic: 'x', options: ['a'] } } },
    { ...good, components: { x: { platform: 'image', unique_id: 'x', name: 'x' } } },
    { ...good, components: { x: { platform: 'toaster', unique_id: 'x', name: 'x' } } },
  ]
  for (const payload of wrong) expect(DevicePayload.safeParse(payload).success, JSON.stringify(payload).slice(0, 200)).toBe(false)
})

test('ids are unique, also in a house with several boxes', () => {
  const unique = Object.values(discovery(BOX, about, open).components).map((component) => String(component.unique_id))
  expect(new Set(unique).size).toBe(unique.length)
  for (const id of unique) expect(id).toContain(BOX)
})

test('every row is there, and every topic that is told is one that the box says or hears', () => {
  const { components } = discovery(BOX, about, open)
  for (const { name, looks } of rows) expect(name in components).toBe(looks.length > 0)
  const said = new Set(rows.map(({ name }) => `${base}/state/${name}`))
  for (const { state_topic, command_topic, json_attributes_topic } of Object.values(components)) {
    for (const topic of [state_topic, json_attributes_topic]) if (topic !== undefined) expect(said).toContain(topic)
    if (command_topic !== undefined) expect(routeOf(BOX, String(command_topic))).not.toBe(null)
  }
})

test('what a switch, a number, a list or a button sends is understood', () => {
  for (const { platform, command_topic, options, min, max, payload_press } of Object.values(discovery(BOX, about, open).components)) {
    if (command_topic === undefined) continue
    const route = routeOf(BOX, String(command_topic))
    const list = Array.isArray(options) ? options : []
    const texts =
      platform === 'switch' ? ['ON', 'OFF'] : platform === 'number' ? [String(min), String(max)] : platform === 'select' ? list : []
    if (route?.to === 'set') for (const text of texts) expect(route.row.set.read(text).do).toBe('intent')
    else expect(JSON.parse(String(payload_press))).toEqual({})
  }
})

test('what an entity shows is what its row says', () => {
  const { components } = discovery(BOX, about, open)
  for (const row of rows) {
    const { platform, options, state_on, state_off, value_template } = components[row.name] ?? {}
    const shown = row.show(atRest)
    if (Array.isArray(options)) expect(options).toContain(shown)
    if (platform === 'switch') expect([state_on ?? 'ON', state_off ?? 'OFF']).toContain(shown)
    if (platform === 'binary_sensor' && value_template === undefined) expect(['ON', 'OFF']).toContain(shown)
    if (String(value_template).includes('value_json')) expect(JSON.parse(shown)).toBeTypeOf('object')
  }
})

test('there is no button for what would only be refused', () => {
  expect(ids(open)).toEqual(expect.arrayContaining(['join', 'answer', 'picture', 'tv_picture', 'leave']))
  expect(ids(shut)).toEqual(expect.not.arrayContaining(['join', 'answer', 'picture', 'tv_picture']))
  for (const id of ['join', 'answer', 'picture', 'tv_picture']) expect(ids(shut)).not.toContain(id)
})
