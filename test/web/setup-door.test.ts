import { expect, test } from 'vitest'
import { wishIn } from '../../src/app/firstboot/wish.ts'
import { PageFiles } from '../../src/web/page-files.ts'
import { placeOf } from '../../src/web/place.ts'
import type { Answer, Ask } from '../../src/web/route.ts'
import { type SetupDoor, setupAnswer } from '../../src/web/setup-door.ts'

const parts = {
  place: () => placeOf('parlor', ['10.42.0.1', '127.0.0.1'], []),
  files: new PageFiles(new Map([['setup.html', new TextEncoder().encode('<title>set up')]])),
  elsewhere: [],
}
const GUEST = '10.42.0.77'
const aDoor = (alone = false) => {
  const done: unknown[] = []
  const door: SetupDoor = {
    address: '10.42.0.1',
    isGuest: (address) => address === GUEST,
    came: () => void done.push('came'),
    state: { box: 'Box', language: 'en', own: 'Parlor KKKK', seen: [], trying: null, failed: null, alone },
    choose: (wish) => void done.push(wishIn(wish)),
    stayAlone: () => void done.push('alone'),
  }
  return { door, done }
}
const ask = (target: string, change: Partial<Ask> & { readonly host?: string; readonly json?: string } = {}): Ask => ({
  method: change.json === undefined ? 'GET' : 'POST',
  target,
  headers: {
    host: change.host ?? '10.42.0.1',
    ...(change.json !== undefined && { 'content-type': 'application/json' }),
    ...change.headers,
  },
  address: change.address ?? GUEST,
  encrypted: false,
  signal: new AbortController().signal,
  body: async (most) => ((change.json ?? '').length > most ? null : (change.json ?? '')),
})
const text = (answer: Answer | null) => (typeof answer?.body === 'string' ? answer.body : new TextDecoder().decode(answer?.body))

test('a phone that asks anywhere whether it is online is sent to the page', async () => {
  const { door } = aDoor()
  for (const [host, path] of [
    ['connectivitycheck.gstatic.com', '/generate_204'],
    ['captive.apple.com', '/hotspot-detect.html'],
    ['www.msftconnecttest.com', '/connecttest.txt'],
    ['bank.example', '/'],
    ['10.42.0.1', '/generate_204'],
  ] as const)
    expect(await setupAnswer(ask(path, { host }), parts, door)).toMatchObject({
      status: 302,
      headers: { location: 'http://10.42.0.1/setup' },
    })
})

test('the page is for guests of the access point alone; others are answered as ever', async () => {
  const { door, done } = aDoor()
  expect(text(await setupAnswer(ask('/setup'), parts, door))).toBe('<title>set up')
  expect(done).toEqual(['came'])
  for (const path of ['/setup', '/setup/state', '/generate_204']) {
    expect(await setupAnswer(ask(path, { address: '192.168.1.5' }), parts, door)).toBeNull()
    expect(await setupAnswer(ask(path), parts, undefined)).toBeNull()
  }
  for (const path of ['/remote', '/r', '/info', '/assets/x.js']) expect(await setupAnswer(ask(path), parts, door)).toBeNull()
})

test('a network is chosen by the page itself, and by no page of elsewhere', async () => {
  const { door, done } = aDoor()
  const json = JSON.stringify({ ssid: 'Home', password: 'correct horse', hidden: false, country: 'DE' })
  expect((await setupAnswer(ask('/setup/join', { json }), parts, door))?.status).toBe(202)
  expect(done).toEqual([{ ssid: 'Home', password: 'correct horse', hidden: false, country: 'DE' }])
  const elsewhere = { origin: 'http://evil.example' }
  expect((await setupAnswer(ask('/setup/join', { json, headers: elsewhere }), parts, door))?.status).toBe(403)
  expect((await setupAnswer(ask('/setup/state', { headers: elsewhere }), parts, door))?.status).toBe(403)
  expect((await setupAnswer(ask('/setup/join', { json, headers: { 'content-type': 'text/plain' } }), parts, door))?.status).toBe(400)
  expect(done).toHaveLength(1)
})

test('what is no network is refused, however it looks', async () => {
  const { door, done } = aDoor()
  const wishes = [
    'null',
    '{',
    '[]',
    '"x"',
    '{"ssid":"","password":null}',
    '{"ssid":"Home","password":"short"}',
    '{"ssid":"Home\\u0000","password":null}',
    `{"ssid":"${'x'.repeat(33)}","password":null}`,
    '{"ssid":{"toString":1},"password":null}',
    `{"ssid":"Home","password":"${'x'.repeat(3000)}"}`,
  ]
  for (const json of wishes) expect((await setupAnswer(ask('/setup/join', { json }), parts, door))?.status, json).toBe(400)
  expect(done).toEqual([])
})

test('a box that stays by itself tells phones that all is well, so that they stay', async () => {
  const { door, done } = aDoor()
  expect((await setupAnswer(ask('/setup/alone', { json: '{}' }), parts, door))?.status).toBe(202)
  expect(done).toEqual(['alone'])
  const alone = aDoor(true).door
  expect(await setupAnswer(ask('/generate_204', { host: 'connectivitycheck.gstatic.com' }), parts, alone)).toMatchObject({
    status: 204,
    body: '',
  })
  expect(text(await setupAnswer(ask('/hotspot-detect.html', { host: 'captive.apple.com' }), parts, alone))).toContain('Success')
})
