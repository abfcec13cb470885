// network.ts — do all calls connect, and how soon is there a picture? A box and a Chromium behind routers of every kind, thirteen pairs,
// in a laboratory of network namespaces (test/e2e/net). Each run is all pairs once.
//
// `first frame` counts from the first sign of dialling, the broker's hop included. Where a wall lets no UDP out, other ways must be
// tried first; those pairs have a figure of their own.
//
// Then the same over long lines: how many round trips does it take until the link is open, and until the first picture? The slope of
// the time over the round trip (0, 40 and 150 ms from one end to the other and back) tells, whatever else it takes.
import { isBlocked, nameOf, PAIRS, type Pair } from '../test/e2e/net/matrix.ts'
import { whyNoLab } from '../test/e2e/net/may.ts'
import { boxMeetsPage, type Meeting, World } from '../test/e2e/net/meeting.ts'
import type { Context } from './context.ts'
import { type Figure, figureOf } from './figure.ts'
import { type Sample, trendOf } from './trend.ts'

export const name = 'network'

const FAR: Pair = { homes: ['port restricted', 'port restricted'], way: 'direct' }
/** Milliseconds from one end to the other and back. */
const ROUND_TRIPS = [0, 40, 150]

export async function run({ runs, scope, say }: Context): Promise<Figure[]> {
  const why = whyNoLab()
  if (why) throw new Error(`there can be no network laboratory here: ${why}`)
  const world = await World.open()
  scope.defer(() => world[Symbol.asyncDispose]())
  const rounds: Array<{ failed: number; detours: number; worst: number; worstOpen: number }> = []
  for (let round = 1; round <= runs; round++) {
    const sum = { failed: 0, detours: 0, worst: 0, worstOpen: 0 }
    for (const pair of PAIRS) {
      const met = await boxMeetsPage(world, pair).catch((error: unknown) => String(error).split('\n', 1)[0] ?? '')
      if (typeof met === 'string') {
        sum.failed++
        say(`run ${round}, ${nameOf(pair)}: ${met}`)
        continue
      }
      count(sum, met, pair.way, isBlocked(pair))
      say(`run ${round}, ${nameOf(pair)}: ${met.way}, open after ${met.open.toFixed(0)} ms, first frame after ${met.frame.toFixed(0)} ms`)
    }
    rounds.push(sum)
  }
  const slopes: Array<{ open: number; frame: number }> = []
  for (let round = 1; round <= runs; round++) slopes.push(await slope(world, (line) => say(`run ${round}, ${line}`)))
  const of = (what: keyof (typeof rounds)[number]) => rounds.map((round) => round[what])
  return [
    figureOf('pairs failed', 'pairs', 'less', of('failed'), {}),
    figureOf('relayed without need', 'pairs', 'less', of('detours'), {}),
    figureOf('first frame worst', 'ms', 'less', of('worst'), {}),
    figureOf('first frame worst, UDP open', 'ms', 'less', of('worstOpen'), {}),
    figureOf(
      'until open',
      'round trips',
      'less',
      slopes.map(({ open }) => open),
      {},
    ),
    figureOf(
      'until the first frame',
      'round trips',
      'less',
      slopes.map(({ frame }) => frame),
      {},
    ),
  ]
}

function count(sum: { detours: number; worst: number; worstOpen: number }, met: Meeting, way: Meeting['way'], blocked: boolean): void {
  if (met.way === 'relay' && way === 'direct') sum.detours++
  sum.worst = Math.max(sum.worst, met.frame)
  if (!blocked) sum.worstOpen = Math.max(sum.worstOpen, met.frame)
}

/** How much longer it takes for each millisecond that a round trip is longer: in round trips. */
async function slope(world: World, say: (line: string) => void): Promise<{ open: number; frame: number }> {
  const open: Sample[] = []
  const frame: Sample[] = []
  for (const trip of ROUND_TRIPS) {
    // There and back over two lines: four times the delay of one.
    const met = await boxMeetsPage(world, FAR, trip === 0 ? undefined : { delay: trip / 4 })
    say(`round trip ${trip} ms: ${met.way}, open after ${met.open.toFixed(0)} ms, first frame after ${met.frame.toFixed(0)} ms`)
    open.push({ at: trip, value: met.open })
    frame.push({ at: trip, value: met.frame })
  }
  return { open: trendOf(open).slope, frame: trendOf(frame).slope }
}
