// remix.ts — the command that renders a recorded call once more; it says how far it is on standard error.
import { Refusal } from '../../lib/fault.ts'
import type { Recording } from '../recordings.ts'
import type { Status } from '../status.ts'
import type { Command } from './command.ts'
import { fetchOthers } from './others.ts'
import { linkOf } from './recordings.ts'

export const remix: Command = {
  names: ['remix'],
  help: [
    [
      'parlor remix ROOM DATE [TIME] [FILE ...] [--720] [--here]',
      "renders a recorded call once more, from everybody's own tracks: those of this box, those that the boxes of the others give",
      'when they are asked, and files that they sent. --here: nobody is asked',
    ],
  ],
  async run({ words, ask, say }) {
    const { remixCommand } = await import('../remix/command.ts')
    const { recordings: all } = (await ask('recordings')) as { recordings: Recording[] }
    const { name } = (await ask('status')) as Status
    const stop = new AbortController()
    process.once('SIGINT', () => stop.abort(new Refusal('bad-request', 'stopped; what came from other boxes is there for the next time')))
    const others = fetchOthers({ ask })
    const done = await remixCommand({
      words: words.filter((word) => word !== '--720' && word !== '--here'),
      box: name,
      recordings: all,
      link: (run, which) => linkOf({ ask }, run, which),
      ...(!words.includes('--here') && { others: (run, signal) => others.fetch(run, signal) }),
      folder: process.cwd(),
      height: words.includes('--720') ? 720 : 1080,
      tell: teller(),
      signal: stop.signal,
    })
    const people = done.people.map(({ name: who, ahead, shown, pictures, damaged }) => {
      const clock = ahead === null ? 'placed by its clock alone' : `its clock was ${Math.round(ahead)} ms ahead`
      return `  ${who}: ${shown} of ${pictures} pictures, ${clock}${damaged > 0 ? `, ${damaged} parts were damaged` : ''}`
    })
    say([done.film, ...people, ...others.missing.map((line) => `  ${line}`)].join('\n'), { ...done, others: others.seen })
  },
}

/** Says each percent on a terminal, each ten percent elsewhere. */
function teller(): (percent: number, what: string) => void {
  let told = -1
  return (percent, what) => {
    const whole = Math.floor(percent)
    if (whole === told || (!process.stderr.isTTY && whole % 10 !== 0)) return
    told = whole
    process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${whole} %  ${what}${whole === 100 ? '\n' : ''}` : `${whole} %  ${what}\n`)
  }
}
