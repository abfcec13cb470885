// recordings.ts — the command for what is kept of broadcasts.
import { Refusal } from '../../lib/fault.ts'
import type { Recording, Which } from '../recordings.ts'
import type { Cli, Command } from './command.ts'

export const recordings: Command = {
  names: ['recordings'],
  help: [
    ['parlor recordings', 'what is kept of broadcasts; download N gives a link that is good once, for a minute'],
    [
      'parlor recordings keep N | let-go N | remove N | download N [captions | own [tracks]]',
      'captions: what was written under the picture, as a file to be laid beside the film (WebVTT)',
      'own: our own camera and microphone alone, as they were before the network; own tracks: the same as a',
      "file for somebody else's remix",
    ],
  ],
  async run({ words: [what, number, ...words], ask, say }) {
    const { recordings: all } = (await ask('recordings')) as { recordings: Recording[] }
    if (what === undefined) return say(all.map(line).join('\n') || 'Nothing is recorded.', all)
    const run = all[Number(number) - 1]?.run
    if (run === undefined) throw new Refusal('bad-request', 'say which one, by its number in `parlor recordings`')
    switch (what) {
      case 'keep':
      case 'let-go':
        await ask('keep recording', { run, on: what === 'keep' })
        return say(what === 'keep' ? 'It is kept until you let it go.' : 'It is let go when the space is needed.', { ok: true })
      case 'remove':
        await ask('remove recording', { run })
        return say('Removed.', { ok: true })
      case 'download': {
        const link = await linkOf({ ask }, run, whichOf(words))
        return say(`Once, within a minute:\n${link}`, { link })
      }
      default:
        throw new Refusal('bad-request', 'say `parlor recordings`, or with keep, let-go, remove or download and a number')
    }
  },
}

/** A link to a recording that is good once, for a minute. */
export const linkOf = async ({ ask }: Pick<Cli, 'ask'>, run: number, which: Which): Promise<string> =>
  ((await ask('download recording', { run, which })) as { link: string }).link

/** What of a recording is meant by the words behind its number. */
const whichOf = ([which, tracks]: readonly string[]): Which =>
  which === 'captions' ? which : which !== 'own' ? 'broadcast' : tracks === 'tracks' ? 'own tracks' : 'own'

/** @param i the newest is 0 */
function line({ from, to, bytes, kept, live, pieces, captions, own }: Recording, i: number): string {
  const ownSize = own > 0 ? `${Math.round(own / 1e6)} MB of our own camera and microphone` : ''
  const marks = [
    live ? 'live' : '',
    kept ? 'kept' : '',
    pieces.length > 0 ? `${pieces.length} pieces` : '',
    captions ? 'captions' : '',
    ownSize,
  ]
    .filter(Boolean)
    .join(', ')
  const length = `${Math.max(1, Math.round((to - from) / 60_000))} min`
  return `${String(i + 1).padStart(3)}  ${new Date(from).toLocaleString()}  ${length}  ${Math.round(bytes / 1e6)} MB  ${marks}`.trimEnd()
}
