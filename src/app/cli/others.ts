// others.ts — has the box fetch what the boxes of the others kept of a call, and says on standard error how far each of them is.
import { systemClock } from '../../lib/clock.ts'
import { unreachable } from '../../lib/fault.ts'
import { ms } from '../../lib/unit.ts'
import type { FetchSeen } from '../remix/fetching.ts'
import type { Cli } from './command.ts'

const LOOK = ms(500)
type State = { readonly over: boolean; readonly people: readonly FetchSeen[] }

export type Others = {
  /** Ways to a link for each file that is here then. Rejects with what the signal was aborted with; what came stays on the box. */
  fetch(run: number, signal: AbortSignal): Promise<ReadonlyArray<() => Promise<string>>>
  readonly seen: readonly FetchSeen[]
  /** Who is not in it, and why: a line each. */
  readonly missing: readonly string[]
}

export function fetchOthers({ ask }: Pick<Cli, 'ask'>): Others {
  let seen: readonly FetchSeen[] = []
  const show = teller()
  return {
    async fetch(run, signal) {
      try {
        let state = (await ask('fetch tracks', { run })) as State
        for (; ; state = (await ask('fetching tracks', { run })) as State) {
          seen = state.people
          show(seen, state.over)
          if (state.over) break
          await systemClock.sleep('how far the tracks of others are', LOOK, signal)
        }
      } catch (error) {
        if (signal.aborted) await ask('fetch no tracks')
        throw error
      }
      const files = seen.flatMap((one) => one.files)
      return files.map((file) => async () => ((await ask('download tracks', { file })) as { link: string }).link)
    },
    get seen() {
      return seen
    },
    get missing() {
      return seen.filter(({ is }) => is !== 'here').map(lineOf)
    },
  }
}

const mb = (bytes: number): string => (bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0)

/** How it stands with one of them. */
export function lineOf({ name, is, got, of }: Pick<FetchSeen, 'name' | 'is' | 'got' | 'of'>): string {
  switch (is) {
    case 'looking':
      return `${name}: their box is looked for`
    case 'asking':
      return `${name}: asked, on their TV`
    case 'fetching':
      return `${name}: ${mb(got)} of ${mb(of)} MB`
    case 'here':
      return `${name}: all that they give is here`
    case 'refused':
      return `${name}: gives nothing`
    case 'away':
      return `${name}: their box was not reached; a file from \`parlor recordings download N own tracks\` there does as well`
    case 'broken':
      return `${name}: it broke off; say it once more to go on`
    case 'no space':
      return `${name}: there is no space left for it here`
    default:
      return unreachable(is)
  }
}

/** On a terminal one line that changes; elsewhere a line for each who is at something else than before. */
function teller(): (people: readonly FetchSeen[], over: boolean) => void {
  const told = new Map<string, string>()
  return (people, over) => {
    if (process.stderr.isTTY) {
      const line = people
        .map(lineOf)
        .join('  ·  ')
        .slice(0, (process.stderr.columns ?? 80) - 1)
      if (line !== '') process.stderr.write(over ? `\r\x1b[K${people.map(lineOf).join('\n')}\n` : `\r\x1b[K${line}`)
      return
    }
    for (const one of people) {
      if (told.get(one.peer) === one.is) continue
      told.set(one.peer, one.is)
      process.stderr.write(`${lineOf(one)}\n`)
    }
  }
}
