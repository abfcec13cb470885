// viewers.ts — two hundred watch a broadcast from a box that is in a call: how long their parts take, and what the call notices. All on this machine:
// the viewers are small programs in processes of their own, the guest is a real browser.
//
// --minutes N looks for so long instead of one.
import { Stage } from '../test/e2e/kit/stage.ts'
import type { Context } from './context.ts'
import { type Figure, figureOf, percentile } from './figure.ts'
import { beforeMany, type Measured, settingsFor } from './viewers/measure.ts'

export const name = 'viewers'

const VIEWERS = 200

export async function run({ runs, say, minutes }: Context): Promise<Figure[]> {
  const all: Measured[] = []
  for (let i = 1; i <= runs; i++) {
    await using stage = await Stage.open({ settings: settingsFor(VIEWERS) })
    const one = await beforeMany(stage, VIEWERS, (minutes ?? 1) * 60_000, say)
    all.push(one)
    const odd = one.viewers.flatMap((viewer) => viewer.odd)
    say(
      `run ${i} of ${runs}: ${one.watching} seated, ${one.viewers.reduce((sum, { parts }) => sum + parts, 0)} parts, p99 ${fetches(one, 0.99).toFixed(0)} ms, longest pause p99 ${gaps(one, 0.99).toFixed(0)} ms, ${odd.length} odd ${[...new Set(odd)].slice(0, 5).join('; ')}`,
    )
    say(
      `guest ${one.fps.before.toFixed(1)} -> ${one.fps.during.toFixed(1)} frames a second, daemon ${one.cpu.before.toFixed(0)} -> ${one.cpu.during.toFixed(0)} % of a processor, ${one.rss.before.toFixed(0)} -> ${one.rss.during.toFixed(0)} MB; one more: ${one.oneMore.status} after ${one.oneMore.ms.toFixed(0)} ms`,
    )
  }
  const figure = (title: string, unit: string, of: (one: Measured) => number, peers: Record<string, (one: Measured) => number> = {}) =>
    figureOf(title, unit, 'less', all.map(of), Object.fromEntries(Object.entries(peers).map(([peer, value]) => [peer, all.map(value)])))
  return [
    figure('part fetch p50', 'ms', (one) => fetches(one, 0.5)),
    figure('part fetch p99', 'ms', (one) => fetches(one, 0.99)),
    figure('longest pause between parts, p99 of viewers', 'ms', (one) => gaps(one, 0.99)),
    figure('what viewers were denied', 'answers', (one) => one.viewers.reduce((sum, { odd }) => sum + odd.length, 0)),
    figure("frames a second of the call's guest", 'fps', (one) => one.fps.during, { 'without viewers': (one) => one.fps.before }),
    figure('processor of the daemon', '%', (one) => one.cpu.during, { 'without viewers': (one) => one.cpu.before }),
    figure('memory of the daemon', 'MB', (one) => one.rss.during, { 'without viewers': (one) => one.rss.before }),
    figure('one more is answered after', 'ms', (one) => one.oneMore.ms),
  ]
}

const fetches = ({ viewers }: Measured, p: number): number =>
  percentile(
    viewers.flatMap((viewer) => viewer.fetches),
    p,
  )
const gaps = ({ viewers }: Measured, p: number): number =>
  percentile(
    viewers.flatMap((viewer) => viewer.gaps),
    p,
  )
