import { beforeEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../src/lib/clock.ts'
import { ms } from '../../src/lib/unit.ts'
import { Worker } from '../../src/media/worker.ts'
import { FakeFork } from '../fake/fork.ts'
import { keepingLog } from './quiet.ts'

type Order = { do: string }
let forks: FakeFork
let clock: FakeClock
let worker: Worker<Order, string>
let heard: string[]

beforeEach(() => {
  forks = new FakeFork()
  clock = new FakeClock()
  heard = []
  worker = new Worker<Order, string>({
    name: 'camera',
    module: new URL('file:///camera.ts'),
    fork: forks.fork,
    clock,
    log: keepingLog(),
    first: () => [{ do: 'open' }],
  })
  worker.on('up', () => heard.push('up'))
  worker.on('news', (news) => heard.push(news))
  worker.on('fault', (fault) => heard.push(fault.code))
})

/** Lets time pass while the newest child beats four times a second. */
async function live(seconds: number, counters: (n: number) => [number, number] = (n) => [n, n]): Promise<void> {
  for (let n = 1; n <= seconds * 4; n++) {
    forks.last.beat(...counters(n))
    await clock.advance(ms(250))
  }
}

describe('a worker', () => {
  it('forks nothing before it is started', () => {
    expect(forks.children).toEqual([])
    expect(worker.pid).toBeUndefined()
  })
  it('gives its child the first orders, room for its threads, and says up when it runs', async () => {
    worker.start()
    expect(forks.last.orders).toEqual([{ do: 'open' }])
    expect(forks.last.env).toEqual({ UV_THREADPOOL_SIZE: '32', MALLOC_MMAP_THRESHOLD_: '1000000' })
    expect(heard).toEqual([])
    forks.last.beat(0, 0)
    forks.last.beat(1, 1)
    expect(heard).toEqual(['up'])
  })
  it('passes orders down and news up', async () => {
    worker.start()
    worker.send({ do: 'key' })
    forks.last.tells('seen')
    expect(forks.last.orders).toEqual([{ do: 'open' }, { do: 'key' }])
    expect(heard).toEqual(['seen'])
  })
  it('has one child, however often it is started', () => {
    worker.start()
    worker.start()
    expect(forks.children).toHaveLength(1)
  })
  it('takes no nonsense from a child for a heartbeat', async () => {
    worker.start()
    for (const nonsense of [null, 7, 'beat', {}, { beat: null }, { beat: { in: 'a', out: 1 } }, { beat: { in: Number.NaN, out: 1 } }]) {
      forks.last.says(nonsense)
    }
    expect(heard).toEqual([])
  })
  it('is forked again at once after a crash, with the orders that rebuild it', async () => {
    worker.start()
    await live(1)
    forks.last.exit(null, 'SIGSEGV')
    await clock.advance(ms(0))
    expect(heard).toEqual(['up', 'worker-crashed'])
    expect(forks.children).toHaveLength(2)
    expect(forks.last.orders).toEqual([{ do: 'open' }])
    expect(worker.pid).toBe(forks.last.pid)
  })
  it('kills a child that hangs, after a second', async () => {
    worker.start()
    await live(2)
    const hanging = forks.last
    await clock.advance(ms(750))
    expect(hanging.killed).toBeNull()
    await clock.advance(ms(250))
    expect(hanging.killed).toBe('SIGKILL')
    expect(heard).toEqual(['up', 'worker-hung'])
    expect(forks.children).toHaveLength(2)
  })
  it('kills a child that takes but does not give', async () => {
    worker.start()
    await live(1)
    const stalling = forks.last
    await live(1.5, (n) => [4 + n, 4])
    expect(stalling.killed).toBe('SIGKILL')
    expect(heard.slice(0, 2)).toEqual(['up', 'worker-stalled'])
  })
  it('goes on without a dead child that a driver does not let go', async () => {
    worker.start()
    await live(1)
    forks.last.immortal = true
    await clock.advance(ms(1250))
    expect(forks.children).toHaveLength(1)
    await clock.advance(ms(1000))
    expect(forks.children).toHaveLength(2)
  })
  it('waits longer and longer when it falls again and again, and forgets that after ten good seconds', async () => {
    worker.start()
    const pauses: number[] = []
    for (let fall = 0; fall < 5; fall++) {
      const before = forks.children.length
      forks.last.exit(1, null)
      await clock.advance(ms(0))
      const from = clock.now()
      while (forks.children.length === before) await clock.advance(ms(50))
      pauses.push(clock.now() - from)
    }
    expect(pauses).toEqual([0, 100, 200, 400, 800])
    await live(11)
    const before = forks.children.length
    forks.last.exit(1, null)
    await clock.advance(ms(0))
    expect(forks.children).toHaveLength(before + 1)
  })
  it('tells the last words of a child that threw', async () => {
    worker.start()
    const words: string[] = []
    worker.on('fault', (fault) => words.push(fault.message))
    forks.last.says({ dying: 'no such element' })
    forks.last.exit(null, 'SIGKILL')
    await clock.advance(ms(0))
    expect(words).toEqual(['the camera worker ended by itself: no such element'])
  })
  it('asks its child to stop, and kills one that does not', async () => {
    worker.start()
    await live(1)
    forks.last.immortal = true
    const stopped = worker.stop()
    await clock.advance(ms(499))
    expect(forks.last.sent.at(-1)).toEqual({ stop: true })
    expect(forks.last.killed).toBeNull()
    await clock.advance(ms(1))
    expect(forks.last.killed).toBe('SIGKILL')
    forks.last.exit(null, 'SIGKILL')
    await stopped
    expect(forks.children).toHaveLength(1)
    expect(worker.pid).toBeUndefined()
    expect(heard).toEqual(['up'])
  })
  it('can be started again after it was stopped', async () => {
    worker.start()
    const stopped = worker.stop()
    forks.last.exit(null, 'SIGKILL')
    await stopped
    await worker.stop()
    worker.start()
    expect(forks.children).toHaveLength(2)
  })
  it('stops also while it waits to fork again', async () => {
    worker.start()
    forks.last.exit(1, null)
    await clock.advance(ms(0))
    forks.last.exit(1, null)
    await clock.advance(ms(0))
    await worker.stop()
    await clock.advance(ms(10_000))
    expect(forks.children).toHaveLength(2)
  })
})
