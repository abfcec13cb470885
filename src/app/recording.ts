// recording.ts — opens what the box keeps of its broadcasts, or says why nothing is kept.
import { join } from 'node:path'
import { openStore, type Store } from '../broadcast/store/store.ts'
import type { Config } from '../core/config.ts'
import { Fault } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import { openMediaFolder } from '../system/media-folder.ts'
import type { ProgramId } from '../wire/manifest.ts'
import type { Notices } from './notices.ts'

type Parts = {
  readonly settings: Config['live']
  /** The data folder. */
  readonly folder: string
  readonly program: ProgramId
  readonly notices: Notices
  readonly log: Log
}

const GIGABYTE = 1_000_000_000

/** Where a program is kept. @param folder the box's data folder */
export const placeOf = (settings: Config['live'], folder: string, program: ProgramId): string =>
  join(settings.folder === '' ? join(folder, 'media') : settings.folder, program)

/** The recording; null when none is wanted, or its folder cannot be used. */
export async function openRecording({ settings, folder, program, notices, log }: Parts): Promise<Store | null> {
  if (settings.keep === 0) return null
  const stopped = (fault: Fault) => notices.set('recording', { is: 'recording stopped', said: fault.message })
  try {
    const place = await openMediaFolder(placeOf(settings, folder, program))
    return await openStore({ folder: place, program, limit: settings.keep * GIGABYTE, onStopped: stopped, log })
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    stopped(error)
    return null
  }
}
