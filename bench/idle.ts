// idle.ts — what a box costs that does nothing: how soon it is ready, and how much memory its daemon holds, beside a bare
// Node that does nothing either. Workers are not counted: they are other processes, and open when a call needs them.
import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { Box, rssOf } from '../test/e2e/kit/box.ts'
import type { Context } from './context.ts'
import { type Figure, figureOf } from './figure.ts'

export const name = 'idle'

const SETTLED = 10_000

/** A bare Node that says it is there and then waits, as our daemon does. */
function bareNode(): Promise<{ pid: number; ms: number; end(): void }> {
  const start = performance.now()
  const child = spawn(process.execPath, ['-e', 'console.error("ready"); setInterval(() => {}, 60_000)'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  return new Promise((done, fail) => {
    child.once('error', fail)
    child.stderr.once('data', () => done({ pid: child.pid ?? 0, ms: performance.now() - start, end: () => void child.kill('SIGKILL') }))
  })
}

export async function run({ runs, say }: Context): Promise<Figure[]> {
  const ready = { ours: [] as number[], node: [] as number[] }
  const rss = { ours: [] as number[], node: [] as number[] }
  for (let i = 0; i < runs; i++) {
    const bare = await bareNode()
    try {
      const start = performance.now()
      await using box = await Box.start({}, { join: false })
      ready.ours.push(box.readyAt - start)
      ready.node.push(bare.ms)
      await sleep(SETTLED)
      rss.ours.push(rssOf(box.pid))
      rss.node.push(rssOf(bare.pid))
    } finally {
      bare.end()
    }
    say(`run ${i + 1} of ${runs}: ready after ${ready.ours.at(-1)?.toFixed(0)} ms, ${rss.ours.at(-1)?.toFixed(1)} MB`)
  }
  return [
    figureOf('time to ready', 'ms', 'less', ready.ours, { 'bare Node': ready.node }),
    figureOf('rss', 'MB', 'less', rss.ours, { 'bare Node': rss.node }),
  ]
}
