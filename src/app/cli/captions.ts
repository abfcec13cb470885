// captions.ts — the command that carries captions from its standard input to the broadcast: of a program that listens, or of a person who types.
import type { Readable } from 'node:stream'
import { type Clock, systemClock } from '../../lib/clock.ts'
import { Refusal } from '../../lib/fault.ts'
import { ms } from '../../lib/unit.ts'
import { LANGUAGE } from '../../wire/manifest.ts'
import { type CaptionIn, CaptionsIn } from '../captions-in.ts'
import type { Cli, Command } from './command.ts'

/** Between two captions at least: no quicker than the box takes them for long. What comes meanwhile waits in the pipe. */
const APART = ms(300)

export const captions: Command = {
  names: ['captions'],
  help: [
    ['parlor captions', 'reads captions of the broadcast from standard input: lines, each shown at once, or WebVTT; an empty line takes'],
    [
      'parlor captions --lang LANGUAGE',
      'the caption away. The language is said by its letters, like de; PROGRAM | parlor captions --lang de',
    ],
  ],
  async run(cli) {
    const language = languageOf(cli.words)
    if (process.stdin.isTTY) process.stderr.write('Type a line and press Enter; an empty line takes it away, Ctrl+D ends.\n')
    const count = await carry(process.stdin, cli, language, systemClock)
    cli.say(count === 1 ? 'One caption.' : `${count} captions.`, { captions: count })
  },
}

/** @throws Refusal 'bad-request' */
function languageOf(words: readonly string[]): string | null {
  const [first = '', second, ...more] = words.flatMap((word) => (word.startsWith('--lang=') ? ['--lang', word.slice(7)] : [word]))
  if (first === '') return null
  if (first !== '--lang' || second === undefined || more.length > 0 || !LANGUAGE.test(second))
    throw new Refusal('bad-request', 'say `parlor captions`, or `parlor captions --lang de`')
  return second
}

/** Until nothing more comes. @returns how many there were */
export async function carry(from: Readable, { ask }: Pick<Cli, 'ask'>, language: string | null, clock: Clock): Promise<number> {
  const never = new AbortController().signal
  const [reader, decoder, began] = [new CaptionsIn(), new TextDecoder(), clock.now()]
  let [count, next] = [0, 0]
  const until = async (name: string, time: number): Promise<void> => {
    if (time > clock.now()) await clock.sleep(name, ms(time - clock.now()), never)
  }
  const show = async ({ text, at, stands }: CaptionIn): Promise<void> => {
    await until('until a caption is due', began + (at ?? 0))
    await until('between two captions', next)
    await ask('caption', { text, ...(stands !== null && { stands }), ...(language !== null && { language }) })
    next = clock.now() + APART
    if (text !== '') count++
  }
  for await (const piece of from) for (const each of reader.take(decoder.decode(piece as Uint8Array, { stream: true }))) await show(each)
  for (const each of reader.end()) await show(each)
  return count
}
