// run.ts — runs one bench by name: prints its table and keeps it in bench/results/NAME.json.
//
// npm run bench -- NAME [--runs N] [--minutes N]
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Scope } from '../src/lib/scope.ts'
import type { Bench } from './context.ts'
import { table } from './table.ts'

/** The files of this folder that are no bench but its frame. */
const FRAME = ['run', 'figure', 'table', 'trend', 'context']
const here = import.meta.dirname

function benches(): string[] {
  return readdirSync(here)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -'.ts'.length))
    .filter((name) => !FRAME.includes(name))
    .sort()
}

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { runs: { type: 'string', default: '5' }, minutes: { type: 'string' } },
  })
  const [name = ''] = positionals
  const runs = Number(values.runs)
  if (!benches().includes(name)) {
    console.error(`${name === '' ? 'Say which bench to run' : `There is no bench "${name}"`}. There are: ${benches().join(', ')}.`)
    return 2
  }
  if (!Number.isInteger(runs) || runs < 1) {
    console.error(`--runs wants a whole number of 1 or more, not "${values.runs}".`)
    return 2
  }
  const minutes = values.minutes === undefined ? null : Number(values.minutes)
  if (minutes !== null && !(minutes > 0)) {
    console.error(`--minutes wants a number above 0, not "${values.minutes}".`)
    return 2
  }
  const bench = (await import(`./${name}.ts`)) as Bench
  await using scope = new Scope((error) => console.error('closing:', error))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void scope.close().then(() => process.exit(1)))
  const figures = await bench.run({ runs, minutes, scope, say: (line) => console.error(line) })
  console.log(table(figures))
  const file = join(here, 'results', `${name}.json`)
  mkdirSync(join(here, 'results'), { recursive: true })
  writeFileSync(file, `${JSON.stringify({ bench: name, at: new Date().toISOString(), figures }, null, 2)}\n`)
  console.log(`\nkept in ${file}`)
  return 0
}

process.exitCode = await main()
