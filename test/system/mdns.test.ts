import { expect, it } from 'vitest'
import { isNear } from '../../src/system/mdns.ts'

const HOME = [
  { address: '192.168.1.7', netmask: '255.255.255.0' },
  { address: '10.20.0.5', netmask: '255.255.252.0' },
]

it('a word is heard from machines on our own networks alone', () => {
  for (const near of ['192.168.1.1', '192.168.1.254', '192.168.1.7', '10.20.3.255']) expect(isNear(near, HOME), near).toBe(true)
  for (const far of ['192.168.2.1', '10.20.4.1', '8.8.8.8', '203.0.113.9', '255.255.255.255', '127.0.0.1'])
    expect(isNear(far, HOME), far).toBe(false)
  expect(isNear('192.168.1.1', [])).toBe(false)
})
