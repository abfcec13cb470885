// parent.ts — a process with a worker of its own, to be killed: it tells the worker's process id and waits.
import { systemClock } from '../../../src/lib/clock.ts'
import { Worker } from '../../../src/media/worker.ts'
import { fork } from '../../../src/system/process.ts'
import { keepingLog } from '../quiet.ts'

const worker = new Worker({
  name: 'test',
  module: new URL('./child.ts', import.meta.url),
  fork,
  clock: systemClock,
  log: keepingLog(),
  first: () => [],
})
worker.on('up', () => process.send?.(worker.pid))
worker.start()
