import { expect, it } from 'vitest'
import { isNear, type Network, networksOf } from '../../src/system/mdns.ts'

const HOME: readonly Network[] = [
  { family: 'IPv4', on: 'eth0', address: '192.168.1.7', netmask: '255.255.255.0' },
  { family: 'IPv4', on: 'wlan0', address: '10.20.0.5', netmask: '255.255.252.0' },
  { family: 'IPv6', on: 'eth0', address: 'fe80::1', netmask: 'ffff:ffff:ffff:ffff::' },
]

it('a word is heard from machines on our own networks alone', () => {
  for (const near of ['192.168.1.1', '192.168.1.254', '192.168.1.7', '10.20.3.255', 'fe80::2%eth0', 'fe80::fc:ff:fe00:1%eth0'])
    expect(isNear(near, HOME), near).toBe(true)
  for (const far of ['192.168.2.1', '10.20.4.1', '8.8.8.8', '203.0.113.9', '255.255.255.255', '127.0.0.1'])
    expect(isNear(far, HOME), far).toBe(false)
  for (const far of ['fe80::2%wlan0', 'fe80::2', '2001:db8::1', '2001:db8::1%eth0', 'fd00::2', '::1', 'fec0::1%eth0'])
    expect(isNear(far, HOME), far).toBe(false)
  expect(isNear('192.168.1.1', [])).toBe(false)
})

it('a network is one family on one interface; over IPv6 by the link-local address', () => {
  const found = (family: 'IPv4' | 'IPv6', address: string, internal = false) => ({
    ...{ address, internal, mac: '02:00:00:00:00:01', cidr: null },
    ...(family === 'IPv4'
      ? { family, netmask: '255.255.255.0' }
      : { family, netmask: 'ffff:ffff:ffff:ffff::', scopeid: address.startsWith('fe80') ? 2 : 0 }),
  })
  const all = networksOf({
    lo: [found('IPv4', '127.0.0.1', true), found('IPv6', '::1', true)],
    eth0: [found('IPv4', '192.168.1.7'), found('IPv6', '2001:db8::7'), found('IPv6', 'fe80::7'), found('IPv6', 'fe80::8')],
    wlan0: [found('IPv6', 'fe80::9')],
  })
  expect(all.map(({ family, on, address }) => `${family} ${on} ${address}`)).toEqual([
    'IPv4 eth0 192.168.1.7',
    'IPv6 eth0 fe80::7',
    'IPv6 wlan0 fe80::9',
  ])
})
