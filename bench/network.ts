// network.ts — do all calls connect, and how soon is there a picture? A box and a Chromium behind routers of every kind, thirteen pairs,
// in a laboratory of network namespaces (test/e2e/net). Each run is all pairs once.
//
// `first frame` counts from the first sign of dialling, the broker's hop included. Where a wall lets no UDP out, other ways must be
// tried first; those pairs have a figure of their own.
import { isBlocked, nameOf, PAIRS } from '../test/e2e/net/matrix.ts'
import { whyNoLab } from '../test/e2e/net/may.ts'
import { boxMeetsPage, type Meeting, World } from '../test/e2e/net/meeting.ts'
import type { Context } from './context.ts'
import { type Figure, figureOf } from './figure.ts'

export const name = 'network'

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
  const of = (what: keyof (typeof rounds)[number]) => rounds.map((round) => round[what])
  return [
    figureOf('pairs failed', 'pairs', 'less', of('failed'), {}),
    figureOf('relayed without need', 'pairs', 'less', of('detours'), {}),
    figureOf('first frame worst', 'ms', 'less', of('worst'), {}),
    figureOf('first frame worst, UDP open', 'ms', 'less', of('worstOpen'), {}),
  ]
}

function count(sum: { detours: number; worst: number; worstOpen: number }, met: Meeting, way: Meeting['way'], blocked: boolean): void {
  if (met.way === 'relay' && way === 'direct') sum.detours++
  sum.worst = Math.max(sum.worst, met.frame)
  if (!blocked) sum.worstOpen = Math.max(sum.worstOpen, met.frame)
}
