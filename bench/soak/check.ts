// check.ts — a soak with a verdict, for the night: ends with 1 when the box grows.
//
// check.ts [MINUTES]
import { Scope } from '../../src/lib/scope.ts'
import { type Soaked, soak } from './course.ts'

const MB_AN_HOUR = 1
const FILES = 3
const TIMERS = 3

/** What is wrong with it, a sentence each. A slope counts when it is beyond the limit and beyond doubt: a short run is not sure of it. */
export function faultsOf({ rss, workers, held }: Soaked): string[] {
  const spread = (of: (one: Soaked['held'][number]) => number) => Math.max(...held.map(of)) - Math.min(...held.map(of))
  const [files, timers] = [spread((one) => one.files), spread((one) => one.timers)]
  const grows = ({ slope, error }: Soaked['rss'], whose: string) =>
    slope - 2 * error > MB_AN_HOUR ? [`memory${whose} grows by ${slope.toFixed(1)} MB an hour`] : []
  return [
    ...grows(rss, ''),
    ...Object.entries(workers).flatMap(([worker, trend]) => grows(trend, ` of the worker for ${worker}`)),
    ...(files > FILES ? [`the number of open files goes up and down by ${files}`] : []),
    ...(timers > TIMERS ? [`the number of timers goes up and down by ${timers}`] : []),
  ]
}

async function main(minutes: number): Promise<number> {
  if (!(minutes > 0)) {
    console.error('Say for how many minutes, like: scripts/soak 20')
    return 2
  }
  await using scope = new Scope((error) => console.error('closing:', error))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void scope.close().then(() => process.exit(1)))
  const soaked = await soak(minutes, scope, (line) => console.log(line))
  const { joins, rss, workers, held } = soaked
  if (held.length < 3) {
    console.error('Too short: nothing is known of it.')
    return 2
  }
  const range = (of: (one: Soaked['held'][number]) => number) => `${Math.min(...held.map(of))} to ${Math.max(...held.map(of))}`
  console.log(`${joins} joins in ${minutes} minutes; after the warm-up, with nobody there:`)
  console.log(`  memory  ${rss.slope.toFixed(2)} MB an hour, give or take ${rss.error.toFixed(2)}`)
  for (const [worker, { slope, error }] of Object.entries(workers))
    console.log(`          ${worker}: ${slope.toFixed(2)} MB an hour, give or take ${error.toFixed(2)}`)
  console.log(`  files   ${range((one) => one.files)}`)
  console.log(`  timers  ${range((one) => one.timers)}`)
  const faults = faultsOf(soaked)
  for (const fault of faults) console.log(`NOT WELL: ${fault}`)
  return faults.length > 0 ? 1 : 0
}

if (import.meta.main) process.exitCode = await main(Number(process.argv[2] ?? 20))
