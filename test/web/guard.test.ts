import { expect, test } from 'vitest'
import { Crowd } from '../../src/web/crowd.ts'
import { type Host, hostIn, isAtHome, isOurs, isSameOrigin, isSecure, plainAddress } from '../../src/web/guard.ts'
import { infoFor } from '../../src/web/info.ts'
import { bearer, isKey, newTvKey } from '../../src/web/look.ts'
import { placeOf } from '../../src/web/place.ts'

const place = placeOf('Parlor', ['127.0.0.1', '192.168.1.7', '::1', 'fd00::7', 'fe80::1%eth0'], ['Box.example.org', 'not a name', '-x'])
const host = (header: string): Host => {
  const found = hostIn(header)
  if (!found) throw new Error(`no host in ${header}`)
  return found
}

test('a place has its own names, those of the settings, and its addresses', () => {
  expect(place.names).toEqual(['localhost', 'parlor', 'parlor.local', 'box.example.org'])
  expect(place.addresses).toEqual(['127.0.0.1', '192.168.1.7', '::1', 'fd00::7'])
  expect(placeOf('pi.lan', [], []).names).toEqual(['localhost', 'pi.lan', 'pi', 'pi.local'])
})

test('we answer to our own names and addresses, however they are written, and to no others', () => {
  for (const ours of [
    'localhost',
    'LOCALHOST:8080',
    'parlor.local.:80',
    '127.0.0.1:1',
    '192.168.1.7',
    '[::1]:8443',
    '[fd00:0:0::7]',
    '[fe80::42]:8080',
    'box.example.org',
    '2130706433',
  ])
    expect(isOurs(host(ours), place), ours).toBe(true)
  for (const other of [
    'evil.com',
    'localhost.evil.com',
    '192.168.1.8',
    '[fd00::8]',
    '[fec0::1]',
    'parlor.local.evil',
    'local',
    '127.0.0.2',
    'xparlor',
  ])
    expect(isOurs(host(other), place), other).toBe(false)
  for (const broken of ['', 'a b', 'a/b', 'u@localhost', 'localhost:99999', '[::1', 'a#b', 'x'.repeat(300), 'ü', '.', undefined])
    expect(hostIn(broken), String(broken)).toBe(null)
})

test('a page may ask its own host, and no other page may', () => {
  const here = host('parlor.local:8080')
  const may = (headers: Record<string, string>) => isSameOrigin(headers, here)
  expect(may({})).toBe(true)
  expect(may({ origin: 'http://parlor.local:8080', 'sec-fetch-site': 'same-origin' })).toBe(true)
  expect(may({ 'sec-fetch-site': 'none' })).toBe(true)
  for (const origin of [
    'http://evil.com',
    'http://parlor.local',
    'http://parlor.local:8081',
    'null',
    '',
    'file://',
    'http://parlor.local:8080.evil.com',
  ])
    expect(may({ origin }), origin).toBe(false)
  expect(may({ 'sec-fetch-site': 'cross-site' })).toBe(false)
  expect(may({ 'sec-fetch-site': 'same-site' })).toBe(false)
  expect(isSameOrigin({ origin: 'https://parlor.local' }, host('parlor.local'))).toBe(true)
})

test('at home is who sits at this machine, not who comes through a proxy or by another name', () => {
  expect(isAtHome('127.0.0.1', host('localhost:8080'), {})).toBe(true)
  expect(isAtHome('::1', host('[::1]'), {})).toBe(true)
  expect(isAtHome('192.168.1.9', host('localhost'), {})).toBe(false)
  expect(isAtHome('127.0.0.1', host('parlor.local'), {})).toBe(false)
  for (const name of ['forwarded', 'x-forwarded-for', 'x-forwarded-proto', 'x-real-ip', 'via'])
    expect(isAtHome('127.0.0.1', host('localhost'), { [name]: 'x' }), name).toBe(false)
  expect(isSecure(false, '127.0.0.1', { 'x-forwarded-proto': 'https' })).toBe(true)
  expect(isSecure(false, '10.0.0.1', { 'x-forwarded-proto': 'https' })).toBe(false)
  expect(plainAddress('::ffff:10.0.0.1')).toBe('10.0.0.1')
  expect(plainAddress('fe80::1%eth0')).toBe('fe80::1')
})

test('no address, no network and nobody at all takes more places than its share, and places come free once', () => {
  const crowd = new Crowd({ all: 10, address: 2, network: 3, loopback: 5 })
  const first = crowd.enter('10.0.0.1')
  expect([crowd.enter('10.0.0.1'), crowd.enter('10.0.0.1')].map(Boolean)).toEqual([true, false])
  expect(['fd00::1', 'fd00:0:0:0:1::2', 'fd00::3', 'fd00::4'].map((each) => Boolean(crowd.enter(each)))).toEqual([true, true, true, false])
  expect(['fe80::1', 'fe80::2', 'fd00:1::'].map((each) => Boolean(crowd.enter(each)))).toEqual([true, true, true])
  expect(['127.0.0.1', '::1', '127.0.0.1'].map((each) => Boolean(crowd.enter(each)))).toEqual([true, true, false])
  expect(crowd.size).toBe(10)
  first?.leave()
  first?.leave()
  expect(crowd.size).toBe(9)
  expect(Boolean(crowd.enter('10.0.0.1'))).toBe(true)
})

test('newcomers are few, and those who have asked for something may be many', () => {
  const crowd = new Crowd({ all: 100, address: 6, network: 8, loopback: 9, fresh: 2, freshLoopback: 4 })
  const enter = (address: string, count: number) => Array.from({ length: count }, () => crowd.enter(address))
  const [one, two, three] = enter('10.0.0.1', 3)
  expect([one, two, three].map(Boolean)).toEqual([true, true, false])
  one?.settle()
  one?.settle()
  two?.settle()
  expect(enter('10.0.0.1', 3).map(Boolean)).toEqual([true, true, false])
  one?.leave()
  two?.leave()
  two?.leave()
  expect(crowd.size).toBe(2)
  expect(enter('10.0.0.1', 1)).toEqual([null])
  expect(enter('10.0.0.2', 1).map(Boolean)).toEqual([true])
  expect(enter('127.0.0.1', 5).map(Boolean)).toEqual([true, true, true, true, false])
})

test('all that settle in one place are no more than its share', () => {
  const crowd = new Crowd({ all: 100, address: 6, network: 8, loopback: 9, fresh: 2, freshLoopback: 4 })
  let inside = 0
  for (const address of [
    ...Array(10).fill('10.0.0.1'),
    ...Array(20).fill('::1'),
    ...Array(10).fill('fd00::1'),
    ...Array(10).fill('fd00::2'),
  ]) {
    const visit = crowd.enter(address)
    visit?.settle()
    if (visit) inside++
  }
  expect(inside).toBe(6 + 9 + 8)
})

test('a stranger learns no link and no password, an invited one gets the servers, the one at the machine all', () => {
  const stun = { urls: 'stun:s' }
  const turn = { urls: 'turn:t', username: 'u', credential: 'c' }
  const facts = { iceServers: [stun, turn], link: 'https://x/r#Y', room: 'roomid' }
  const asker = { atHome: false, room: null, host: host('parlor.local:8080'), httpsPort: 8443 }
  expect(infoFor(asker, facts)).toEqual({ protocol: 1, iceServers: [stun], link: null, secure: 'https://parlor.local:8443' })
  expect(infoFor({ ...asker, room: 'roomid' }, facts)).toMatchObject({ iceServers: [stun, turn], link: null })
  expect(infoFor({ ...asker, room: 'other' }, facts).iceServers).toEqual([stun])
  expect(infoFor({ ...asker, room: null }, { ...facts, room: null }).iceServers).toEqual([stun])
  expect(infoFor({ ...asker, atHome: true, httpsPort: null }, facts)).toEqual({
    protocol: 1,
    iceServers: [stun, turn],
    link: facts.link,
    secure: null,
  })
})

test('a TV key is 128 bits, and only itself', () => {
  const key = newTvKey()
  expect(key).toMatch(/^[\w-]{22}$/)
  expect(newTvKey()).not.toBe(key)
  expect(isKey(key, key)).toBe(true)
  for (const wrong of ['', key.slice(1), `${key}x`, key.toLowerCase() === key ? 'x' : key.toLowerCase()])
    expect(isKey(wrong, key)).toBe(false)
  expect(isKey('', '')).toBe(false)
  expect(bearer(`Bearer ${key}`)).toBe(key)
  for (const none of [undefined, '', key, 'Basic abc', 'Bearer ', `Bearer ${'x'.repeat(200)}`]) expect(bearer(none)).toBe('')
})
