// test-all.ts — runs the rings of tests, one after the other but for those that leave each other room, and adds up what they say.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { whyNoVirtualPi } from '../hw/virtual/parts.ts'

type Sum = { passed: number; failed: number; skipped: number }
const sum: Sum = { passed: 0, failed: 0, skipped: 0 }
/** What failed and why: said again at the end, thousands of lines further down. */
const failures: string[] = []

/** What vitest's JSON report says, as far as we read it. */
type Report = {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly testResults: ReadonlyArray<{
    readonly name: string
    readonly status: string
    readonly message: string
    readonly assertionResults: ReadonlyArray<{
      readonly status: string
      readonly fullName: string
      readonly failureMessages: readonly string[]
    }>
  }>
}
const all = process.argv.includes('--all')
const wholePi = process.argv.includes('--virtual')
const results = mkdtempSync(join(tmpdir(), 'parlor-test-'))

/** A command that counts as one test. */
function command(title: string, args: readonly string[]): void {
  process.stdout.write(`\n== ${title}\n`)
  const [program = '', ...rest] = args
  const { status } = spawnSync(program, rest, { stdio: 'inherit' })
  sum[status === 0 ? 'passed' : 'failed']++
  if (status !== 0) failures.push(`${title}: ${args.join(' ')} ended with ${status}`)
}

/** Lines of a message but for those of its stack that are vitest's own. */
const withoutRunner = (text: string): string[] => text.split('\n').filter((line) => !/^ +at (new Promise|.*node_modules)/.test(line))

/** The failures of a ring, with the first lines of what each said. A file that could not even be read has no tests in the report, but a message. */
function failuresOf({ testResults }: Report): string[] {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed')
    const said = failed.map(({ fullName, failureMessages }) => `${fullName}\n${failureMessages.join('\n')}`)
    if (said.length === 0 && status === 'failed') said.push(message)
    return said.map((text) => `${relative(process.cwd(), name)}: ${withoutRunner(text).slice(0, 12).join('\n    ')}`)
  })
}

/** One ring of tests. A ring that ends without a report (it crashed) counts as a failure. */
async function ring(project: string, output: number | 'inherit' = 'inherit'): Promise<void> {
  const report = join(results, `${project}.json`)
  const args = ['run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const env = { ...process.env, ...(all ? { PARLOR_TEST_WHOLE: '1' } : {}) }
  const vitest = spawn('vitest', args, { stdio: ['inherit', output, output], env })
  const [status] = (await once(vitest, 'exit')) as [number | null]
  try {
    const said = JSON.parse(readFileSync(report, 'utf8')) as Report
    const failed = failuresOf(said)
    if (status !== 0 && failed.length === 0)
      failed.push(`${project} tests: no test failed, but vitest ended with ${status}: an error outside of tests`)
    sum.passed += said.numPassedTests
    sum.failed += failed.length
    sum.skipped += said.numPendingTests
    failures.push(...failed)
  } catch {
    sum.failed++
    failures.push(`${project} tests: vitest ended with ${status} and left no report`)
  }
}

async function alone(project: string): Promise<void> {
  process.stdout.write(`\n== ${project} tests\n`)
  await ring(project)
}

/** Two rings beside each other; what the second says is shown when both are over. */
async function beside(first: string, second: string): Promise<void> {
  process.stdout.write(`\n== ${first} tests, with ${second} tests beside them\n`)
  const file = join(results, `${second}.log`)
  const log = openSync(file, 'w')
  await Promise.all([ring(first), ring(second, log)])
  closeSync(log)
  process.stdout.write(`\n== ${second} tests\n${readFileSync(file, 'utf8')}`)
}

/** The tests on the virtual Pi; what it is made of is made here, where a person sees how long that takes, and not within a test. */
async function virtual(): Promise<void> {
  const why = whyNoVirtualPi()
  if (why) {
    process.stdout.write(`\n== virtual tests\n\n!!!! SKIPPED: THERE CAN BE NO VIRTUAL PI ON THIS MACHINE: ${why}\n\n`)
    sum.skipped++
    return
  }
  command('the virtual Pi is built', ['scripts/virtual-pi', 'build'])
  command('its card is built', ['scripts/image', 'build'])
  await alone('virtual')
}

command('format and lint', ['biome', 'check', '--error-on-warnings', '.'])
command('types', ['tsc', '-p', '.'])
command('generated docs', ['node', 'scripts/docs.ts', '--check'])
command('golden vectors', ['node', 'scripts/vectors.ts', '--check'])
await alone('unit')
await beside('real', 'net')
await alone('e2e')
if (all || wholePi) await virtual()
if (all) {
  // Numbers are no tests; that a bench still measures is one.
  command('bench setup, a short one', ['node', 'bench/run.ts', 'setup', '--runs', '1'])
  command('bench idle, a short one', ['node', 'bench/run.ts', 'idle', '--runs', '1'])
}

rmSync(results, { recursive: true, force: true })
if (failures.length > 0) process.stdout.write(`\n== what failed\n\n${failures.join('\n\n')}\n`)
process.stdout.write(`\n${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped\n`)
process.exitCode = sum.failed === 0 ? 0 : 1
