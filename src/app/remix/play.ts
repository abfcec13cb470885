// play.ts — plays one pipeline of a remix in a process of its own, to its end.
import { Fault } from '../../lib/fault.ts'
import type { RemixNews, RemixOrder } from '../../media/remix/child.ts'
import type { FromChild, ToChild } from '../../media/worker.ts'
import { fork } from '../../system/process.ts'

const CHILD = new URL('../../media/remix/child.ts', import.meta.url)

/**
 * Resolves when it has played to its end. Aborting kills it.
 * @param at hears how many buffers came out so far
 * @throws Fault 'pipeline-refused' when it fails; what the signal was aborted with
 */
export function play(launch: string, at: (count: number) => void, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const ended = Promise.withResolvers<void>()
  const child = fork(CHILD, {})
  let why = 'the process that renders has died'
  const stop = () => child.kill('SIGKILL')
  signal.addEventListener('abort', stop, { once: true })
  child.on('message', (message) => {
    const said = message as FromChild<RemixNews>
    if ('dying' in said) why = said.dying
    if (!('news' in said)) return
    if (said.news.is === 'at') at(said.news.count)
    else {
      if (said.news.is === 'done') ended.resolve()
      else why = said.news.why
      child.kill('SIGKILL')
    }
  })
  child.on('exit', () => {
    signal.removeEventListener('abort', stop)
    ended.reject(signal.aborted ? signal.reason : new Fault('pipeline-refused', `GStreamer could not do it: ${why}`))
  })
  child.send({ order: { do: 'play', launch } } satisfies ToChild<RemixOrder>)
  return ended.promise
}
