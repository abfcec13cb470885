// table.test.ts — the table that a bench prints.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { table } from '../../bench/table.ts'

test('columns line up under their heads', () => {
  const text = table([
    { figure: 'rss', unit: 'MB', ours: 80, peers: { node: 40 }, ratio: 2, runs: { ours: [80, 81], node: [40, 40] } },
    { figure: 'picture back', unit: 'ms', ours: 900, peers: {}, ratio: null, runs: { ours: [900] } },
  ])
  expect(text.split('\n')).toEqual([
    'figure        ours    peers       ratio  runs',
    '------------  ------  ----------  -----  ----',
    'rss           80 MB   node 40 MB  2x     2',
    'picture back  900 ms  -           -      1',
  ])
})

test('a bench that does not exist is answered with those that do', () => {
  const run = () =>
    execFileSync(process.execPath, [join(import.meta.dirname, '../../bench/run.ts'), 'warp'], { encoding: 'utf8', stdio: 'pipe' })
  expect(run).toThrow(/There is no bench "warp". There are: .*\bglass\b.*\bsetup\b/)
})
