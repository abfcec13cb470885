// child.ts — the other end of worker.ts: takes orders, sends heartbeats with evidence, and ends when its parent does.
//
// A child ends by killing itself: with a GStreamer bus poll pending, process.exit() would wait for ever.
import { Bug } from '../lib/fault.ts'
import { BEATS_PER_SECOND, type Evidence } from './watch.ts'
import type { FromChild, ToChild } from './worker.ts'

/**
 * Runs this process as a media worker, until its parent stops it or is gone. In a process that nobody has forked as one, which only reads the module
 * (scripts/warm.ts), it does nothing.
 * @param parts.onOrder  does an order of the parent; `say` tells it news (`sent` is called when the system has taken them). A throw ends the child, and the parent forks another.
 * @param parts.evidence buffers that entered and left so far. Called every 250 ms: keep it cheap.
 * @param parts.onStop   puts devices down; it has half a second.
 */
export function runChild<Order, News>(parts: {
  readonly onOrder: (order: Order, say: (news: News, sent?: () => void) => void) => void
  readonly evidence: () => Evidence
  readonly onStop?: () => void
}): void {
  if (!process.send) return
  const tell = (message: FromChild<News>, then?: () => void): void => {
    if (process.connected) process.send?.(message, undefined, undefined, () => then?.())
  }
  const end = (): never => {
    process.kill(process.pid, 'SIGKILL')
    throw new Bug('a killed process went on')
  }
  const stop = (): void => {
    try {
      parts.onStop?.()
    } finally {
      end()
    }
  }

  process.on('uncaughtException', (error) => {
    process.stderr.write(`${error.stack ?? error.message}\n`)
    tell({ dying: error.message }, end)
    setTimeout(end, 200)
  })
  process.on('disconnect', stop)
  // The parent decides: a Ctrl-C in the terminal reaches the whole group, and must not take the picture away before the call has ended.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => {})
  process.on('message', (message: ToChild<Order>) => {
    if ('stop' in message) stop()
    else parts.onOrder(message.order, (news, sent) => tell({ news }, sent))
  })
  const beat = (): void => tell({ beat: parts.evidence() })
  setInterval(beat, 1000 / BEATS_PER_SECOND)
  beat()
}
