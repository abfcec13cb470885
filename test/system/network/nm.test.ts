import { describe, expect, it } from 'vitest'
import { Networks } from '../../../src/system/network/nm.ts'
import { lockOf } from '../../../src/system/network/profile.ts'
import { fieldsOf, nameIn, rowsOf } from '../../../src/system/network/terse.ts'
import { whyIn } from '../../../src/system/network/why.ts'
import { isName, isPassword } from '../../../src/system/network/words.ts'
import { FakeNetworkManager } from './kit.ts'

const { signal } = new AbortController()
const HOME = { ssid: 'Home: sweet; home\\', password: 'correct horse', signal: 70 }
const wish = (ssid: string, password: string | null, hidden = false) => ({ ssid, password, hidden })

describe('joining a network', () => {
  it('keeps the one that works, and joins it by itself from then on', async () => {
    const nm = new FakeNetworkManager(HOME)
    const networks = new Networks(nm)
    expect(await networks.join(wish(HOME.ssid, HOME.password), signal)).toEqual({ joined: true })
    expect([...nm.files.values()].join()).toContain('autoconnect=true')
    expect(await networks.state(signal)).toEqual({
      radio: 'on',
      wired: false,
      wifi: { is: 'joined', ssid: HOME.ssid },
      point: false,
      kept: [HOME.ssid],
    })
  })

  it('puts the password into a file, and on no command line', async () => {
    const nm = new FakeNetworkManager(HOME)
    await new Networks(nm).join(wish(HOME.ssid, HOME.password), signal)
    expect(nm.asked.join('\n')).not.toContain(HOME.password)
  })

  it('tells a wrong password, a network that is not there and one that gives no address apart', async () => {
    const nm = new FakeNetworkManager(HOME, { ssid: 'Full', password: '12345678', addresses: false })
    const networks = new Networks(nm)
    expect(await networks.join(wish(HOME.ssid, 'wrong horse'), signal)).toEqual({ joined: false, why: 'password' })
    expect(await networks.join(wish('Nowhere', '12345678'), signal)).toEqual({ joined: false, why: 'absent' })
    expect(await networks.join(wish('Nowhere', '12345678', true), signal)).toEqual({ joined: false, why: 'absent' })
    expect(await networks.join(wish('Full', '12345678'), signal)).toEqual({ joined: false, why: 'no address' })
    expect(nm.files.size).toBe(0)
  })

  it('looks again for a network that a radio does not hear at once', async () => {
    const nm = new FakeNetworkManager(HOME)
    nm.deaf = 2
    expect(await new Networks(nm).join(wish(HOME.ssid, HOME.password), signal)).toEqual({ joined: true })
    nm.deaf = 3
    expect(await new Networks(nm).join(wish(HOME.ssid, HOME.password), signal)).toEqual({ joined: false, why: 'absent' })
  })

  it('keeps the old password where a new one fails, and lets it go where the new one works', async () => {
    const nm = new FakeNetworkManager(HOME)
    const networks = new Networks(nm)
    await networks.join(wish(HOME.ssid, HOME.password), signal)
    expect(await networks.join(wish(HOME.ssid, 'wrong horse'), signal)).toEqual({ joined: false, why: 'password' })
    expect([...nm.files.values()]).toHaveLength(1)
    expect([...nm.files.values()][0]).toContain(`psk=${HOME.password}`)
    nm.air = [{ ...HOME, password: 'battery staple' }]
    expect(await networks.join(wish(HOME.ssid, 'battery staple'), signal)).toEqual({ joined: true })
    expect([...nm.files.values()]).toHaveLength(1)
    expect([...nm.files.values()][0]).toContain('psk=battery staple')
  })

  it('joins a kept one without its password', async () => {
    const nm = new FakeNetworkManager(HOME)
    const networks = new Networks(nm)
    await networks.join(wish(HOME.ssid, HOME.password), signal)
    nm.up = null
    expect(await networks.join(wish(HOME.ssid, null), signal)).toEqual({ joined: true })
  })

  it('asks for a password before it tries, and gives none to a network of that name that wants none', async () => {
    const nm = new FakeNetworkManager(
      HOME,
      { ssid: 'Twin' },
      { ssid: 'Office', security: 'WPA2 802.1X' },
      { ssid: 'Attic', security: 'WEP' },
    )
    const networks = new Networks(nm)
    expect(await networks.join(wish(HOME.ssid, null), signal)).toEqual({ joined: false, why: 'password' })
    expect(await networks.join(wish('Twin', 'my password'), signal)).toEqual({ joined: false, why: 'lock' })
    expect(await networks.join(wish('Office', 'my password'), signal)).toEqual({ joined: false, why: 'lock' })
    expect(await networks.join(wish('Attic', 'my password'), signal)).toEqual({ joined: false, why: 'lock' })
    expect(await networks.join(wish('Twin', null), signal)).toEqual({ joined: true })
    expect(nm.asked.filter((line) => line.includes('connection up'))).toHaveLength(1)
  })

  it('says so where there is no radio', async () => {
    const nm = new FakeNetworkManager(HOME)
    nm.radio = false
    nm.cable = true
    const networks = new Networks(nm)
    expect(await networks.join(wish(HOME.ssid, HOME.password), signal)).toEqual({ joined: false, why: 'radio' })
    expect(await networks.list(signal)).toEqual([])
    expect(await networks.state(signal)).toMatchObject({ radio: 'none', wired: true })
    await expect(networks.openPoint(signal)).rejects.toThrow('no Wi-Fi of its own')
  })

  it('chooses the newer lock where the network has no other', async () => {
    const nm = new FakeNetworkManager({ ssid: 'New', password: 'my password', security: 'WPA3' })
    await new Networks(nm).join(wish('New', 'my password'), signal)
    expect([...nm.files.values()].join()).toContain('key-mgmt=sae')
  })
})

describe('what is in the air', () => {
  it('is told once for each name, the strongest first, and what is kept as such', async () => {
    const nm = new FakeNetworkManager(
      { ssid: 'Weak', signal: 10 },
      HOME,
      { ...HOME, signal: 90 },
      { ssid: 'Office', security: 'WPA2 802.1X', signal: 20 },
    )
    const networks = new Networks(nm)
    await networks.join(wish(HOME.ssid, HOME.password), signal)
    expect(await networks.list(signal)).toEqual([
      { ssid: HOME.ssid, signal: 90, lock: 'password', kept: true },
      { ssid: 'Office', signal: 20, lock: 'company', kept: false },
      { ssid: 'Weak', signal: 10, lock: 'open', kept: false },
    ])
  })
})

describe("the box's own access point", () => {
  it('has a password of its own, is kept nowhere, and closes', async () => {
    const nm = new FakeNetworkManager(HOME)
    const networks = new Networks(nm)
    const point = await networks.openPoint(signal)
    expect(point).toEqual({ ssid: 'Parlor KKKK', password: 'kkkkkkkkkkkk', address: '10.42.0.1' })
    expect(nm.files.size).toBe(0)
    expect(await networks.state(signal)).toMatchObject({ point: true, wifi: { is: 'none' } })
    await networks.closePoint(signal)
    expect(await networks.state(signal)).toMatchObject({ point: false })
    expect(nm.passingFiles.size).toBe(0)
  })
})

describe("nmcli's words", () => {
  it('are taken apart where a name holds a colon or a backslash', () => {
    expect(fieldsOf('a\\:b:c\\\\:')).toEqual(['a:b', 'c\\', ''])
    expect(rowsOf('a:b\nodd\n\nc:d\n', 2)).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ])
  })

  it('never break the reader, whatever they are', () => {
    let seed = 7
    const dice = () => (seed = (seed * 1103515245 + 12345) & 0x7fffffff)
    for (let round = 0; round < 5000; round++) {
      const text = Array.from({ length: dice() % 60 }, () => ':\\\nab \u0000ü'[dice() % 8]).join('')
      for (const row of rowsOf(text, 3)) expect(row).toHaveLength(3)
      const name = nameIn(Buffer.from(text).toString('hex'))
      if (name !== null) expect(isName(name)).toBe(true)
    }
  })

  it('say why a network was not joined', () => {
    expect(whyIn('Error: Connection activation failed: (7) Secrets were required, but not provided.')).toBe('password')
    expect(whyIn('Error: Connection activation failed: (53) The Wi-Fi network could not be found.')).toBe('absent')
    expect(
      whyIn('Error: Connection activation failed: (5) IP configuration could not be reserved (no available address, timeout, etc.).'),
    ).toBe('no address')
    expect(whyIn('Error: Timeout 45 sec expired.')).toBe('late')
    expect(whyIn('Error: it rains.')).toBe('other')
  })

  it('tell how a network is locked', () => {
    expect(['', 'WEP', 'WPA1 WPA2', 'WPA3', 'WPA2 802.1X', 'OWE'].map(lockOf)).toEqual([
      'open',
      'old',
      'password',
      'password',
      'company',
      'open',
    ])
  })

  it('take only names and passwords that there can be', () => {
    expect(['', ' ', 'a'.repeat(33), 'ü'.repeat(17), 'a\nb', '\ud800'].some(isName)).toBe(false)
    expect(['a', 'ü'.repeat(16), 'Café; "x" \\'].every(isName)).toBe(true)
    expect(['1234567', 'g'.repeat(64), 'pässword', 'a\nbcdefgh'].some(isPassword)).toBe(false)
    expect(['12345678', 'a b c d e', 'A'.repeat(63), '0f'.repeat(32)].every(isPassword)).toBe(true)
  })
})
