// A real child, killed, hung and stalled. What happens is asserted, not how fast.
import { afterEach, expect, it } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import type { Fault } from '../../src/lib/fault.ts'
import { Worker } from '../../src/media/worker.ts'
import { fork } from '../../src/system/process.ts'
import { keepingLog } from './quiet.ts'
import type { News, Order } from './worker/child.ts'

const open: Array<Worker<Order, News>> = []
afterEach(async () => {
  for (const worker of open.splice(0)) await worker.stop()
})

type Seen = { worker: Worker<Order, News>; up: () => Promise<void>; fault: () => Promise<Fault>; news: () => Promise<News> }
/** A running worker, and promises for the next of each thing it tells. */
async function started(module = new URL('./worker/child.ts', import.meta.url)): Promise<Seen> {
  const worker = new Worker<Order, News>({
    name: 'test',
    module,
    fork,
    clock: systemClock,
    log: keepingLog(),
    first: () => [{ do: 'remember', word: 'first' }],
  })
  open.push(worker)
  const seen: Seen = {
    worker,
    up: () => new Promise((go) => worker.on('up', go)),
    fault: () => new Promise((go) => worker.on('fault', go)),
    news: () => new Promise((go) => worker.on('news', go)),
  }
  const up = seen.up()
  worker.start()
  if (module.pathname.endsWith('worker/child.ts')) await up
  return seen
}

it('has its orders, its threads and bytes as bytes, and none of our secrets', async () => {
  process.env.PARLOR_SECRET = 'not for children'
  const { worker, news } = await started()
  delete process.env.PARLOR_SECRET
  const said = news()
  worker.send({ do: 'echo' })
  expect(await said).toEqual({ words: ['first'], threads: '32', bytes: Uint8Array.of(1, 2, 3), secret: '' })
})

it.each([
  ['is killed -9', 'worker-crashed', (worker: Worker<Order, News>): unknown => process.kill(worker.pid ?? 0, 'SIGKILL')],
  ['throws', 'worker-crashed', (worker: Worker<Order, News>): unknown => worker.send({ do: 'throw' })],
  ['hangs in a busy loop', 'worker-hung', (worker: Worker<Order, News>): unknown => worker.send({ do: 'hang' })],
  ['takes without giving', 'worker-stalled', (worker: Worker<Order, News>): unknown => worker.send({ do: 'stall' })],
] as const)('comes back with its first orders when it %s', async (how, code, harm) => {
  const { worker, up, fault, news } = await started()
  worker.send({ do: 'remember', word: 'second' })
  const before = worker.pid
  const fell = fault()
  const back = up()
  harm(worker)
  expect((await fell).code).toBe(code)
  if (how === 'throws') expect((await fell).message).toContain('as it was told')
  await back
  expect(worker.pid).not.toBe(before)
  const said = news()
  worker.send({ do: 'echo' })
  expect((await said).words).toEqual(['first'])
})

it('is gone when it was stopped', async () => {
  const { worker } = await started()
  const pid = worker.pid ?? 0
  await worker.stop()
  expect(() => process.kill(pid, 0)).toThrow(/ESRCH/)
})

it('tells of a module that is not there as of a crash', async () => {
  const { fault } = await started(new URL('./worker/nowhere.ts', import.meta.url))
  expect((await fault()).code).toBe('worker-crashed')
})

it('ends by itself when its parent was killed -9', async () => {
  const parent = fork(new URL('./worker/parent.ts', import.meta.url), {})
  const child = await new Promise<number>((told) => parent.on('message', (pid) => told(Number(pid))))
  const runs = (): boolean => {
    try {
      return process.kill(child, 0)
    } catch {
      return false
    }
  }
  expect(runs()).toBe(true)
  parent.kill('SIGKILL')
  while (runs()) await new Promise((go) => setTimeout(go, 20))
  expect(runs()).toBe(false)
})
