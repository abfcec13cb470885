// media-host.ts — the media service: forks the workers that hold camera, sound and TV, for a daemon that has the network and no devices.
//
//   PARLOR_MEDIA_SOCKET=/run/parlor/media.sock node media-host.ts
//
// It knows no room, no key and no setting: those stay with the daemon, which sends the workers their orders through here. Media
// itself does not pass: RTP goes between daemon and workers over loopback as ever.
import { systemClock as clock } from '../lib/clock.ts'
import { Refusal } from '../lib/fault.ts'
import { Scope } from '../lib/scope.ts'
import { seconds } from '../lib/unit.ts'
import { remove } from '../system/disk.ts'
import { openForkHost } from '../system/fork-host.ts'
import { Health } from '../system/health.ts'
import { openJournal } from '../system/journal.ts'
import { fork } from '../system/process.ts'
import { openSystemd } from '../system/systemd.ts'
import { WORKERS } from './workers.ts'

async function main(): Promise<void> {
  const path = process.env.PARLOR_MEDIA_SOCKET
  if (!path) throw new Refusal('bad-config', 'PARLOR_MEDIA_SOCKET says where to listen; it is not set')
  const log = (await openJournal({ level: 'info', format: 'pretty' })).part('media')
  const scope = new Scope((error) => log.error('something did not close well', error))
  const stopped = new Promise<string>((stop) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop(signal))
  })
  const systemd = openSystemd(process.env, process.pid, (error) => log.error('systemd cannot be told how we are', error))
  const host = await openForkHost({ path, modules: WORKERS, fork, remove, log })
  scope.defer(() => host.close())
  // Its own loop is all that it has to show: the workers are watched by the daemon, who knows what they owe.
  const health = new Health({
    clock,
    every: systemd.interval ?? seconds(5),
    tell: ({ fed }) => fed && systemd.watchdog(),
    inCall: () => false,
    heardAt: () => null,
    write: () => Promise.resolve(),
  })
  const running = health.run(scope.signal)
  scope.defer(() => running)
  systemd.ready()
  log.info('ready', { path, notified: systemd.listens })
  const why = await stopped
  systemd.stopping()
  log.info('stopping', { why })
  await scope.close()
}

if (import.meta.main)
  main().then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(
        `parlor-media: ${error instanceof Error ? (error instanceof Refusal ? error.message : error.stack) : String(error)}\n`,
      )
      process.exit(error instanceof Refusal ? 78 : 70)
    },
  )
