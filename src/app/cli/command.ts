// command.ts — what a command of the command line is: its names, its lines of help, and what it does with the words behind its name.
import { Refusal } from '../../lib/fault.ts'

/** How it is called, and what it does; each text is a line. Without texts the call says it all. */
export type Row = readonly [call: string, ...what: string[]]

/** One call of a command. */
export type Cli = {
  /** Which of its names it was called by. */
  readonly name: string
  /** What stands behind the name, without --json and --phone. */
  readonly words: readonly string[]
  readonly phone: boolean
  /** Asks the daemon; rejects with LocalRefusal, or with TimeoutError after 20 s. */
  ask(order: string, more?: Record<string, unknown>): Promise<unknown>
  /** Tells the person `text`, or a machine (--json) `value`. */
  say(text: string, value: unknown): void
}

export type Command = {
  readonly names: readonly string[]
  readonly help: readonly Row[]
  run(cli: Cli): Promise<void>
}

/** Column of the help where the texts stand. */
const COLUMN = 27

function rowText([call, ...what]: Row): string {
  const fits = call.length < COLUMN - 2
  const first = `  ${fits ? call.padEnd(COLUMN - 2) + (what[0] ?? '') : call}`.trimEnd()
  return [first, ...what.slice(fits ? 1 : 0).map((line) => ' '.repeat(COLUMN) + line)].join('\n')
}

/** What `parlor help` says. */
export const helpText = (commands: readonly Command[]): string => `parlor — talks to the box that runs on this machine

${commands.flatMap(({ help }) => help.map(rowText)).join('\n')}

  --json                   answers for machines
`

/** @throws {Refusal} bad-request, when a command that is said with on or off is said otherwise */
export function isOn({ name, words: [word] }: Pick<Cli, 'name' | 'words'>): boolean {
  if (word !== 'on' && word !== 'off') throw new Refusal('bad-request', `say \`parlor ${name} on\` or \`parlor ${name} off\``)
  return word === 'on'
}
