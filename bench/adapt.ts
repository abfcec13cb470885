// adapt.ts — how well a call fits its line: a box and a Chromium, beside two Chromiums, over the same line in two network namespaces.
//
// 1.5 Mb/s with 20 ms each way and room for 300 ms; after 20 s 600 kb/s; after 38 s 1.5 Mb/s again. Then two calls at once on a line that
// stays as it is. All but `longest freeze` and `ratio of two calls` is read at the narrow place itself (bench/adapt/course.ts). In turns.
import { setTimeout as sleep } from 'node:timers/promises'
import { whyNoNamespaces } from '../test/e2e/kit/net.ts'
import { whyNoBadCables } from '../test/e2e/net/cable.ts'
import { type Caller, chromiumPair, ours } from './adapt/calls.ts'
import { COURSE, END, LINE, type Result, resultOf } from './adapt/course.ts'
import { makeFilm } from './adapt/film.ts'
import { bytesIn, Ground, shownIn } from './adapt/ground.ts'
import type { Context } from './context.ts'
import { type Better, type Figure, figureOf } from './figure.ts'

export const name = 'adapt'

/** Until the second of two calls has found its part, and for how long both are then measured, ms. */
const FINDS = 20_000
const SHARES = 15_000

type Seen = Result & { readonly ratio: number }
const PEER = 'Chromium pair'

export async function run({ runs, scope, say }: Context): Promise<Figure[]> {
  const why = whyNoNamespaces() ?? whyNoBadCables()
  if (why) throw new Error(`there can be no bad line here: ${why}`)
  const film = makeFilm()
  const took: Record<'ours' | typeof PEER, Seen[]> = { ours: [], [PEER]: [] }
  for (let i = 0; i < runs && !scope.signal.aborted; i++)
    for (const [side, open] of [
      ['ours', ours],
      [PEER, chromiumPair],
    ] as const) {
      using ground = new Ground()
      await using caller = await open(ground, film)
      const seen = { ...(await alone(ground, caller)), ratio: await together(ground, caller) }
      took[side].push(seen)
      say(`run ${i + 1} of ${runs}, ${side}: ${inWords(seen)}`)
    }
  const figure = (title: string, unit: string, better: Better, what: keyof Seen) =>
    figureOf(
      title,
      unit,
      better,
      took.ours.map((seen) => seen[what]),
      { [PEER]: took[PEER].map((seen) => seen[what]) },
    )
  return [
    figure('rate', 'kb/s', 'more', 'rate'),
    figure('delay p95', 'ms', 'less', 'delay'),
    figure('delay p95, even line', 'ms', 'less', 'delayEven'),
    figure('used of 1.5 Mb/s', 'of 1', 'more', 'used'),
    figure('used of 600 kb/s', 'of 1', 'more', 'usedNarrow'),
    figure('loss, even line', '%', 'less', 'lost'),
    figure('settled after the step down', 'ms', 'less', 'settled'),
    figure('longest freeze', 'ms', 'less', 'freeze'),
    figure('regained 10 s after the step up', 'of 1', 'more', 'regained'),
    figure('ratio of two calls', 'to 1', 'less', 'ratio'),
  ]
}

/** One call over the whole course. */
async function alone(ground: Ground, caller: Caller): Promise<Result> {
  ground.line.rate = LINE.rate
  await using call = await caller.call()
  ground.passed()
  const until = (at: number) => sleep(Math.max(0, call.start + at - Date.now()))
  for (const { at, rate } of COURSE) {
    await until(at)
    ground.line.rate = rate
  }
  await until(END)
  return resultOf({ start: call.start, passages: ground.passed(), shown: await shownIn(call.page) })
}

/** Two calls on one line, the second some seconds later: how many times as much the one gets as the other. */
async function together(ground: Ground, caller: Caller): Promise<number> {
  ground.line.rate = LINE.rate
  await using first = await caller.call()
  await sleep(FINDS / 4)
  await using second = await caller.call()
  await sleep(FINDS)
  const both = () => Promise.all([bytesIn(first.page), bytesIn(second.page)])
  const before = await both()
  await sleep(SHARES)
  const after = await both()
  const [a, b] = [after[0] - before[0], after[1] - before[1]]
  return Math.max(a, b) / Math.max(1, Math.min(a, b))
}

const inWords = (seen: Seen): string =>
  [
    `${seen.rate.toFixed(0)} kb/s at ${seen.delay.toFixed(0)} ms (${seen.delayEven.toFixed(0)} on an even line, ${seen.lost.toFixed(2)} % lost)`,
    `used ${seen.used.toFixed(2)}, then ${seen.usedNarrow.toFixed(2)}, settled after ${seen.settled.toFixed(0)} ms`,
    `frozen for ${seen.freeze.toFixed(0)} ms, regained ${seen.regained.toFixed(2)}, two calls ${seen.ratio.toFixed(2)} to 1`,
  ].join('; ')
