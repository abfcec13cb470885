// alone.ts — one run of one way in a process of its own, which is killed when it has said how it was: what the libraries beside ours
// leave running would go on beside the next run, and the end of one of them takes ten seconds, sometimes all of its process.
import { Child } from './child.ts'
import { measureJanus } from './janus.ts'
import { measure, type Run, spans } from './measure.ts'
import type { StackName } from './stack.ts'
import type { Shape } from './stream.ts'

export type WayName = StackName | 'janus'
type Ask = { readonly way: WayName; readonly shape: Shape }

/** For the calls to open and to close, ms. */
const BESIDE = 60_000

/** @throws when the run failed; why stands on stderr */
export async function alone(way: WayName, shape: Shape): Promise<Run> {
  const child = new Child<Ask, Run>(import.meta.filename, [])
  try {
    return await child.ask({ way, shape }, 'perPacket', spans.warmUp + spans.window + BESIDE)
  } finally {
    child.kill()
  }
}

if (process.argv[1] === import.meta.filename) {
  process.on('disconnect', () => process.exit(1))
  process.on('message', async ({ way, shape }: Ask) => process.send?.(await (way === 'janus' ? measureJanus(shape) : measure(way, shape))))
}
