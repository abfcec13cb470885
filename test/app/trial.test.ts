// trial.test.ts — a daemon of a new version looks at itself, and tells the steward.
import { expect, test } from 'vitest'
import { hadNow, proveTrial } from '../../src/app/trial.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { Fault } from '../../src/lib/fault.ts'
import type { Log } from '../../src/lib/log.ts'
import { ms, seconds } from '../../src/lib/unit.ts'
import { TIMES } from '../../src/system/slots/gate.ts'
import type { Steward } from '../../src/system/steward/client.ts'

const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, part: () => silent }
const HAD = { picture: true, network: true }

function boxOnTrial(status: unknown = { trial: true, had: HAD }) {
  const clock = new FakeClock()
  const asked: unknown[] = []
  const box = { actual: { tv: 'on' as 'dark' | 'on' | 'lost' } }
  const is = { output: 'tv', alive: true, addresses: 'eth0 192.168.1.7', refuses: 0 }
  const screen = {
    get fact() {
      return { output: is.output }
    },
    get heardAt() {
      return is.alive ? clock.now() : ms(0)
    },
  }
  const steward = {
    ask: async (name: string, given: unknown) => {
      if (name === 'update.status') {
        if (status instanceof Error) throw status
        return status
      }
      asked.push([name, given, clock.now() / 1000])
      if (is.refuses-- > 0) throw new Fault('disk-fault', 'the card is slow')
      return {}
    },
  } as Pick<Steward, 'ask'>
  const parts = {
    steward,
    box,
    screen,
    times: TIMES,
    clock,
    log: silent,
    addresses: () => is.addresses,
    up: () => ms(clock.now() + 20_000),
  }
  const stop = new AbortController()
  const over = proveTrial(parts, stop.signal)
  return { clock, asked, box, is, parts, over, stop }
}

test('a version that is well stays after five minutes', async () => {
  const { clock, asked, over } = boxOnTrial()
  await clock.advance(seconds(314))
  expect(asked).toEqual([])
  await clock.advance(seconds(2))
  await over
  expect(asked).toEqual([['update.good', {}, 315]])
})

test.each([
  ['no picture', { output: 'none' }],
  ['no picture', { alive: false }],
  ['no network', { addresses: '' }],
] as const)('%s: it goes back ten minutes after the start', async (why, ill) => {
  const { clock, asked, is, over } = boxOnTrial()
  Object.assign(is, ill)
  await clock.advance(seconds(601))
  await over
  expect(asked).toEqual([['update.undo', { why, had: expect.anything() }, 580]])
})

test('a TV that people have switched off is no missing picture', async () => {
  const { clock, asked, box, is, over } = boxOnTrial()
  await clock.advance(seconds(30))
  box.actual.tv = 'dark'
  is.output = 'none'
  await clock.advance(seconds(300))
  await over
  expect(asked).toEqual([['update.good', {}, 315]])
})

test('a steward that fails is asked again', async () => {
  const { clock, asked, is, over } = boxOnTrial()
  is.refuses = 2
  await clock.advance(seconds(400))
  await over
  expect(asked).toHaveLength(3)
})

test.each([
  ['nothing is on trial', { trial: false, had: null }],
  ['there is no card', new Fault('no-slots', 'no slots')],
  ['there is no steward', new Fault('steward-away', 'nobody')],
])('where %s, it looks once', async (_name, status) => {
  const { clock, asked, over } = boxOnTrial(status)
  await clock.advance(seconds(1000))
  await over
  expect(asked).toEqual([])
  expect(clock.sleeping).toEqual([])
})

test('what a version has is what the next one is held against', () => {
  const { parts, is, stop } = boxOnTrial()
  expect(hadNow(parts)).toEqual(HAD)
  Object.assign(is, { output: 'none', addresses: '' })
  expect(hadNow(parts)).toEqual({ picture: false, network: false })
  stop.abort()
})
