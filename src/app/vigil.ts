// vigil.ts — what systemd is told of the box: when its start is over, how it is, and, while there is evidence, that it is well.
//
// The start is over when the doors are open (build.ts calls this last) and the TV has its picture, or it is known that no TV is there:
// who waits for parlor.service waits for a box that people can use. Without systemd there is nobody to tell; the same look at our own
// health then still goes into the notices, which `parlor status` and `parlor doctor` show.
import type { Box } from '../core/box.ts'
import { inEnglish } from '../core/text/text.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { Scope } from '../lib/scope.ts'
import { type Ms, seconds } from '../lib/unit.ts'
import { Health, type Ill, type Verdict } from '../system/health.ts'
import { openSystemd, type Systemd } from '../system/systemd.ts'
import type { Notices } from './notices.ts'

type Heard = { readonly heardAt: Ms | null }
type Parts = {
  readonly box: Box
  readonly screen: Heard & { readonly fact: { readonly output: string } | null }
  readonly camera: Heard
  readonly sound: Heard
  readonly notices: Notices
  /** Writes something small into the state folder. */
  readonly keep: { pulse(): Promise<void> }
  readonly clock: Clock
  readonly log: Log
  readonly scope: Scope
}

/** How often we look where nobody set a watchdog. */
const UNWATCHED = seconds(5)

export function keepVigil({ box, screen, camera, sound, notices, keep, clock, log, scope }: Parts): void {
  const systemd = openSystemd(process.env, process.pid, (error) => log.error('systemd cannot be told how we are', error))
  log.debug(systemd.listens ? 'systemd is told how we are' : 'not started by systemd: nobody is told how we are')
  const begin = watchStart(systemd, () => box.actual.tv === 'on' && screen.fact !== null)
  box.on('changed', begin)

  let said = ''
  let well = true
  const tell = (verdict: Verdict): void => {
    begin()
    // That the box was held up for a moment is nothing that people can do something about.
    notices.set(
      'health',
      verdict.ills.filter(({ is }) => is !== 'held up'),
    )
    if (verdict.fed) systemd.watchdog()
    if (well !== verdict.fed) log.warn(verdict.fed ? 'the box is well again' : 'the watchdog is not fed', { why: sentences(verdict.ills) })
    well = verdict.fed
    const status = statusLine(box.actual.room !== null, verdict)
    if (status !== said) systemd.status(status)
    said = status
  }
  const health = new Health({
    clock,
    every: systemd.interval ?? UNWATCHED,
    tell,
    inCall: () => box.actual.room !== null,
    heardAt: () => latest([screen, camera, sound]),
    write: () => keep.pulse(),
  })
  scope.signal.addEventListener('abort', () => systemd.stopping(), { once: true })
  const running = health.run(scope.signal)
  scope.defer(() => running)
}

/** Tells once that the start is over. */
function watchStart(systemd: Systemd, isOver: () => boolean): () => void {
  let over = false
  return () => {
    if (over || !isOver()) return
    over = true
    systemd.ready()
  }
}

function latest(all: readonly Heard[]): Ms | null {
  return all.reduce<Ms | null>((last, { heardAt }) => (heardAt !== null && (last === null || heardAt > last) ? heardAt : last), null)
}

const sentences = (ills: readonly Ill[]): string => ills.map(inEnglish).join(' ')

const statusLine = (inCall: boolean, { ills }: Verdict): string => `${inCall ? 'In a call.' : 'At rest.'} ${sentences(ills)}`.trim()
