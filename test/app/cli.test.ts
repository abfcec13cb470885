// cli.test.ts — the commands of the command line: what each asks of the daemon, and what it says then.
import { expect, test } from 'vitest'
import { type Command, helpText } from '../../src/app/cli/command.ts'
import { COMMANDS } from '../../src/app/cli/table.ts'
import { Refusal } from '../../src/lib/fault.ts'

/** Says `parlor LINE` to a daemon that gives these answers. */
async function said(line: string, answers: Readonly<Record<string, unknown>> = {}) {
  const [name = '', ...words] = line.split(' ')
  const asked: unknown[] = []
  const texts: string[] = []
  const command = COMMANDS.find(({ names }) => names.includes(name)) as Command
  await command.run({
    name,
    words,
    phone: false,
    ask: async (order, more = {}) => {
      asked.push({ do: order, ...more })
      return answers[order] ?? {}
    },
    say: (text) => texts.push(text),
  })
  return { asked, text: texts.join('\n') }
}

test('every command has one name of its own, and the help tells of it', () => {
  const names = COMMANDS.flatMap((command) => command.names)
  expect(new Set(names).size).toBe(names.length)
  const help = helpText(COMMANDS)
  for (const command of COMMANDS) expect(help).toContain(`parlor ${command.names[0]}`)
})

test('the texts of the help stand in one column; a long call has its text below', () => {
  const help = helpText([
    {
      names: ['short'],
      help: [
        ['parlor short', 'one', 'two'],
        ['parlor short WITH MANY WORDS BEHIND', 'three'],
      ],
      run: async () => {},
    },
  ])
  const column = ' '.repeat(27)
  expect(help).toContain(`  parlor short             one\n${column}two\n  parlor short WITH MANY WORDS BEHIND\n${column}three\n\n  --json`)
})

test('what is said with on or off is refused when it is said otherwise', async () => {
  expect(await said('camera off')).toEqual({ asked: [{ do: 'camera', on: false }], text: 'The camera is off.' })
  for (const name of ['camera', 'live', 'quiet', 'set', 'tracks'])
    await expect(said(`${name} perhaps`)).rejects.toThrow(new Refusal('bad-request', `say \`parlor ${name} on\` or \`parlor ${name} off\``))
})

test('a recording is meant by its number in the list', async () => {
  const recording = { run: 7_000, from: 7_000, to: 127_000, bytes: 3e6, kept: true, live: false, pieces: [], own: 0 }
  const answers = { recordings: { recordings: [recording] }, 'download recording': { link: 'https://box/once' } }
  expect((await said('recordings', answers)).text).toMatch(/^ {2}1 .* 2 min {2}3 MB {2}kept$/)
  const { asked, text } = await said('recordings download 1 own tracks', answers)
  expect(asked[1]).toEqual({ do: 'download recording', run: 7_000, which: 'own tracks' })
  expect(text).toContain('https://box/once')
  await expect(said('recordings keep 2', answers)).rejects.toThrow(Refusal)
})
