// alone.ts — one run of one way in a process of its own, which is killed when it has said how it was: what the libraries beside ours
// leave running would go on beside the next run, and the end of one of them takes ten seconds, sometimes all of its process.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { measureJanus } from './janus.ts'
import { measure, type Run } from './measure.ts'
import type { StackName } from './stack.ts'
import type { Shape } from './stream.ts'

export type WayName = StackName | 'janus'

/** @throws when the run failed; why stands on stderr */
export async function alone(way: WayName, shape: Shape): Promise<Run> {
  const child = fork(import.meta.filename, [way, shape], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  try {
    const said = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [Run | number | null]
    if (typeof said[0] !== 'object' || said[0] === null) throw new Error(`${way}: the run failed`)
    return said[0]
  } finally {
    child.kill('SIGKILL')
  }
}

if (process.argv[1] === import.meta.filename) {
  process.on('disconnect', () => process.exit(1))
  const [way, shape] = process.argv.slice(2) as [WayName, Shape]
  process.send?.(await (way === 'janus' ? measureJanus(shape) : measure(way, shape)))
}
