import { expect, test, vi } from 'vitest'
import { FakeClock } from '../../src/lib/clock.ts'
import { ms } from '../../src/lib/unit.ts'
import { addressesNow, watchNetwork } from '../../src/system/network.ts'

test('another address is noticed within half a second; the same ones and none at all are no news', async () => {
  const clock = new FakeClock()
  const stop = new AbortController()
  let addresses = 'eth0 10.0.0.1'
  const changed = vi.fn()
  const watching = watchNetwork(changed, clock, stop.signal, () => addresses)
  await clock.advance(ms(2000))
  expect(changed).not.toHaveBeenCalled()
  addresses = ''
  await clock.advance(ms(500))
  expect(changed).not.toHaveBeenCalled()
  addresses = 'eth0 10.0.0.2'
  await clock.advance(ms(500))
  expect(changed).toHaveBeenCalledOnce()
  await clock.advance(ms(5000))
  expect(changed).toHaveBeenCalledOnce()
  // A cable that was out and is in again: the address is the same, but its connections may not have outlived it.
  addresses = ''
  await clock.advance(ms(500))
  addresses = 'eth0 10.0.0.2'
  await clock.advance(ms(500))
  expect(changed).toHaveBeenCalledTimes(2)
  stop.abort()
  await expect(watching).rejects.toThrow()
})

test('this machine is no stranger to itself', () => {
  expect(addressesNow()).not.toContain('127.0.0.1')
})
