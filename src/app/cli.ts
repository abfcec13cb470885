// cli.ts — the command line: says what the person asks to the running daemon, and what it answers to the person. The commands are in cli/table.ts.
import { join } from 'node:path'
import { askLocal, LocalRefusal } from '../control/local.ts'
import { Fault, Refusal } from '../lib/fault.ts'
import { helpText } from './cli/command.ts'
import { COMMANDS } from './cli/table.ts'
import { dataFolder } from './folder.ts'

const args = process.argv.slice(2)
const json = args.includes('--json')
const [name = 'help', ...words] = args.filter((arg) => arg !== '--json' && arg !== '--phone')

async function main(): Promise<void> {
  if (['help', '--help', '-h'].includes(name)) return void process.stdout.write(helpText(COMMANDS))
  const command = COMMANDS.find(({ names }) => names.includes(name))
  if (!command) throw new Refusal('unknown-command', `there is no command "${name}"; \`parlor help\` lists them`)
  await command.run({
    name,
    words,
    phone: args.includes('--phone'),
    ask: (order, more = {}) => askLocal(join(dataFolder(process.env), 'control.sock'), { do: order, ...more }, AbortSignal.timeout(20_000)),
    say: (text, value) => void process.stdout.write(`${json ? JSON.stringify(value) : text}\n`),
  })
}

main().catch((error: unknown) => {
  const known = error instanceof Refusal || error instanceof Fault || error instanceof LocalRefusal
  const slow = error instanceof Error && error.name === 'TimeoutError'
  const sentence = slow ? 'the box did not answer within 20 s' : error instanceof Error ? error.message : String(error)
  process.stderr.write(json ? `${JSON.stringify({ error: known ? error.code : 'bug', sentence })}\n` : `parlor: ${sentence}\n`)
  process.exitCode = known ? 1 : 2
})
