// soak.ts — a box that is used for long: does it grow? A run is a minute, so 20 of them are the form for the night, and 360 what is
// asked of a release: npm run bench -- soak --runs 360. With a verdict: scripts/soak.
import type { Context } from './context.ts'
import { type Figure, figureOf } from './figure.ts'
import { soak } from './soak/course.ts'

export const name = 'soak'

export async function run({ runs, scope, say }: Context): Promise<Figure[]> {
  const { rss, workers, held } = await soak(runs, scope, say)
  return [
    figureOf('memory grows', 'MB/h', 'less', [rss.slope], {}),
    figureOf('which is sure to', 'MB/h', 'less', [rss.error], {}),
    ...Object.entries(workers).map(([worker, { slope }]) => figureOf(`memory grows, ${worker}`, 'MB/h', 'less', [slope], {})),
    figureOf(
      'open files',
      'files',
      'less',
      held.map(({ files }) => files),
      {},
    ),
    figureOf(
      'timers',
      'timers',
      'less',
      held.map(({ timers }) => timers),
      {},
    ),
  ]
}
