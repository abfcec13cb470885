import { describe, expect, it } from 'vitest'
import { FakeClock, systemClock } from '../../src/lib/clock.ts'
import { Emitter } from '../../src/lib/emitter.ts'
import { DropOldest } from '../../src/lib/queue.ts'
import { Scope } from '../../src/lib/scope.ts'
import { Tally } from '../../src/lib/tally.ts'
import { ms, seconds } from '../../src/lib/unit.ts'

describe('a scope', () => {
  it('closes last things first, once, and survives a bad undo', async () => {
    const order: string[] = []
    const errors: unknown[] = []
    const scope = new Scope((e) => errors.push(e))
    scope.defer(() => order.push('first'))
    scope.defer(() => {
      throw new Error('bad')
    })
    scope.defer(() => order.push('last'))
    await Promise.all([scope.close(), scope.close()])
    expect(order).toEqual(['last', 'first'])
    expect(errors).toHaveLength(1)
    expect(scope.signal.aborted).toBe(true)
  })
})

describe('an emitter', () => {
  it('lets one bad listener not stop the next', () => {
    const errors: unknown[] = []
    const e = new Emitter<{ ping: [n: number] }>((x) => errors.push(x))
    let heard = 0
    e.on('ping', () => {
      throw new Error('x')
    })
    const off = e.on('ping', (n) => {
      heard += n
    })
    e.emit('ping', 2)
    off()
    e.emit('ping', 3)
    expect(heard).toBe(2)
    expect(errors).toHaveLength(2)
  })
})

describe('a clock', () => {
  it('wakes sleepers in the order of their time, also those that begin to sleep on the way', async () => {
    const clock = new FakeClock()
    const { signal } = new AbortController()
    const woke: string[] = []
    const late = clock.sleep('late', seconds(3), signal).then(() => woke.push(`late ${clock.now()}`))
    const chain = clock
      .sleep('first', seconds(1), signal)
      .then(() => clock.sleep('second', seconds(1), signal))
      .then(() => woke.push(`second ${clock.now()}`))
    await clock.advance(seconds(5))
    await Promise.all([late, chain])
    expect(woke).toEqual(['second 2000', 'late 3000'])
    expect(clock.sleeping).toEqual([])
  })
  it.each([
    ['the fake', new FakeClock()],
    ['the real', systemClock],
  ])('%s one stops sleeping when it is told', async (_name, clock) => {
    const stop = new AbortController()
    const sleeping = clock.sleep('for ever', seconds(1000), stop.signal)
    stop.abort(new Error('enough'))
    await expect(sleeping).rejects.toThrow('enough')
    await expect(clock.sleep('again', ms(1), stop.signal)).rejects.toThrow('enough')
  })
})

describe('a short line', () => {
  it('drops the oldest and counts it', () => {
    const q = new DropOldest<number>(2)
    for (const n of [1, 2, 3]) q.push(n)
    expect([q.take(), q.take(), q.take(), q.dropped]).toEqual([2, 3, undefined, 1])
  })
})

describe('a tally', () => {
  it('speaks once a second, not once a packet', async () => {
    const clock = new FakeClock()
    const stop = new AbortController()
    const said: string[] = []
    const tally = new Tally()
    const reporting = tally.report(seconds(1), (n, last) => said.push(`${n} ${last}`), clock, stop.signal).catch(() => {})
    for (let i = 0; i < 500; i++) tally.add('late packet')
    await clock.advance(seconds(1))
    await clock.advance(seconds(1))
    stop.abort()
    await reporting
    expect(said).toEqual(['500 late packet'])
    expect(tally.counts()).toEqual({ 'late packet': 500 })
  })
})
