// update-card.ts — the slots of the card, as updates see them: asked of the steward. A machine without one cannot be updated from here.
import { Fault } from '../lib/fault.ts'
import type { Steward } from '../system/steward/client.ts'
import type { With } from '../system/steward/words.ts'
import type { Trial } from './update.ts'

export interface UpdateCard {
  /** Null: this is no card of ours. @throws Fault when it cannot be asked now */
  status(signal: AbortSignal): Promise<{ readonly version: string; readonly trial: Trial } | null>
  /** Writes a bundle into the other slot; takes minutes. @throws Refusal 'update-…', Fault 'update-failed' */
  install(path: string, signal: AbortSignal): Promise<void>
  /** Of 100, while it installs; null: not known. */
  progress(signal: AbortSignal): Promise<number | null>
  /** The machine starts anew, into the other slot. */
  try(signal: AbortSignal): Promise<void>
  /** Back to the version before. */
  undo(signal: AbortSignal): Promise<void>
}

/** @param had what this version has, and a new one shall have, too */
export const cardOver = (steward: Steward, had: () => With<'update.try'>['had']): UpdateCard => ({
  status: async (signal) => {
    try {
      const { version, update } = await steward.ask('update.status', {}, signal)
      return { version, trial: update === null || update.is === 'writing' ? null : update }
    } catch (error) {
      if (error instanceof Fault && (error.code === 'no-slots' || error.code === 'steward-away')) return null
      throw error
    }
  },
  install: async (path, signal) => void (await steward.ask('update.install', { path }, signal)),
  progress: async (signal) => (await steward.ask('update.progress', {}, signal)).percent,
  try: async (signal) => void (await steward.ask('update.try', { had: had() }, signal)),
  undo: async (signal) => void (await steward.ask('update.undo', { why: 'asked', had: had() }, signal)),
})
