// main.ts — parlord: one box, from its settings to its end.
//
//   main.ts [--join]     --join: the person who starts it asks it into its own room at once
import { join, resolve } from 'node:path'
import { systemClock as clock } from '../lib/clock.ts'
import { Fault, Refusal } from '../lib/fault.ts'
import { Scope } from '../lib/scope.ts'
import { seconds } from '../lib/unit.ts'
import { ensureDir, sweep, trueOf } from '../system/disk.ts'
import { openJournal } from '../system/journal.ts'
import { lockFolder } from '../system/lock.ts'
import { giveBack } from '../system/memory.ts'
import { build } from './build.ts'
import { dataFolder } from './folder.ts'
import { readSettings } from './settings.ts'
import { welcomeText } from './welcome.ts'

async function main(): Promise<void> {
  const startedAt = performance.now()
  const config = await readSettings()
  const log = await openJournal(config.log)
  const scope = new Scope((error) => log.error('something did not close well', error))
  const stopped = new Promise<string>((stop) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop(signal))
  })
  try {
    await ensureDir(resolve(dataFolder(process.env)))
    const folder = await trueOf(dataFolder(process.env))
    const lock = await lockFolder(folder)
    scope.defer(() => lock.release())
    await sweep(folder)

    const root = join(import.meta.dirname, '../..')
    const { box, links, ports, rest } = await build({ config, folder, root, clock, log, scope })
    const joined = process.argv.includes('--join')
    if (joined) box.ask({ want: 'come home' })
    const running = box.run(scope.signal)
    log.info('ready', { httpPort: ports.http, httpsPort: ports.https, tookMs: Math.round(performance.now() - startedAt) })
    // For who started it by hand. In a journal, where it stays and others read it, a link would be a key under the mat.
    if (!process.env.NOTIFY_SOCKET) process.stdout.write(welcomeText(config.box.name, links, joined))

    clock.sleep('until the start is over', seconds(5), scope.signal).then(giveBack, () => {})
    const why = await stopped
    log.info('stopping', { why })
    await scope.close()
    await running
    await rest()
  } finally {
    await scope.close()
  }
}

process.on('unhandledRejection', (error) => {
  process.stderr.write(`parlor: a bug of ours: ${error instanceof Error ? error.stack : String(error)}\n`)
  process.exit(70)
})

main().then(
  () => process.exit(0),
  (error: unknown) => {
    const known = error instanceof Refusal || error instanceof Fault
    process.stderr.write(`parlor: ${known ? error.message : error instanceof Error ? error.stack : String(error)}\n`)
    process.exit(known ? 78 : 70)
  },
)
