// start.ts — how each of our programs begins and ends: settings, journal, a folder of its own, and an end in good order.
import { join, resolve } from 'node:path'
import type { Config } from '../core/config.ts'
import { type Clock, systemClock as clock } from '../lib/clock.ts'
import { Fault, Refusal } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import { Scope } from '../lib/scope.ts'
import { ensureDir, sweep, trueOf } from '../system/disk.ts'
import { openJournal } from '../system/journal.ts'
import { lockFolder } from '../system/lock.ts'
import { dataFolder } from './folder.ts'
import { readSettings } from './settings.ts'

/** What a program stands on. `folder` is locked: nobody else writes there. */
export type Ground = {
  readonly config: Config
  readonly folder: string
  /** Of the checkout. */
  readonly root: string
  readonly clock: Clock
  readonly log: Log
  readonly scope: Scope
}

/** Runs a program on its ground. `stopped` resolves with the signal that ends it; whatever happens, the scope is closed. */
export async function onGround(run: (ground: Ground, stopped: Promise<string>) => Promise<void>): Promise<void> {
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
    await run({ config, folder, root: join(import.meta.dirname, '../..'), clock, log, scope }, stopped)
  } finally {
    await scope.close()
  }
}

/** Ends this process with a program: 0, 78 when somebody must mend something (said on stderr in one sentence), 70 for a bug of ours. */
export function exitWith(program: Promise<void>): void {
  program.then(
    () => process.exit(0),
    (error: unknown) => {
      const known = error instanceof Refusal || error instanceof Fault
      process.stderr.write(`parlor: ${known ? error.message : error instanceof Error ? error.stack : String(error)}\n`)
      process.exit(known ? 78 : 70)
    },
  )
}
