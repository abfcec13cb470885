// A transport is ready before it is needed; it is taken once, replaced after a while, and closed with the call.
import { expect, test } from 'vitest'
import { Spare, type SpareRule } from '../../src/call/spare.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { ms, seconds } from '../../src/lib/unit.ts'
import { quietLog } from '../fake/quiet.ts'
import { FakeNet } from '../fake/transport.ts'

function keep(rule: SpareRule | null) {
  const clock = new FakeClock()
  const net = new FakeNet()
  const prepared: string[] = []
  const open = () => {
    const transport = net.open('ann')
    return Object.assign(transport, { prepare: () => void prepared.push(transport.id) })
  }
  const spare = new Spare({ open, rule, clock, log: quietLog().log })
  spare.start()
  return { spare, clock, net, prepared, ids: () => net.openTransports.map(({ id }) => id) }
}

test('the ready one is given, and a moment later there is another', async () => {
  const { spare, clock, prepared } = keep({ life: seconds(60), again: true })
  expect(prepared).toEqual(['t1'])
  expect([spare.take().id, spare.take().id]).toEqual(['t1', 't2'])
  expect(prepared).toEqual(['t1'])
  await clock.advance(seconds(5))
  expect(prepared).toEqual(['t1', 't3'])
  expect(spare.take().id).toBe('t3')
  await spare.close()
  expect(clock.sleeping).toEqual([])
})

test('one that nobody took is closed when its time is over, and replaced where that is wanted', async () => {
  const again = keep({ life: seconds(60), again: true })
  const once = keep({ life: seconds(60), again: false })
  for (const { clock } of [again, once]) await clock.advance(seconds(60))
  expect([again.ids(), once.ids()]).toEqual([['t2'], []])
  await Promise.all([again.spare.close(), once.spare.close()])
  expect([again.ids(), again.clock.sleeping, once.clock.sleeping]).toEqual([[], [], []])
})

test('in another network there is another one', async () => {
  const { spare, clock, ids } = keep({ life: seconds(60), again: true })
  spare.moved()
  await clock.advance(ms(0))
  expect(ids()).toEqual(['t2'])
  await spare.close()
  spare.moved()
  expect(ids()).toEqual([])
})

test('without a rule each is made when it is needed', async () => {
  const { spare, ids } = keep(null)
  expect(ids()).toEqual([])
  expect(spare.take().id).toBe('t1')
  await spare.close()
  expect(ids()).toEqual(['t1'])
})
