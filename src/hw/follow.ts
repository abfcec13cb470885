// follow.ts — devices that come and go: opens each new one of a folder, and lets go of those that say they are gone.
//
// The folder is looked through once a second, asynchronously. That is less than one would do with inotify, and it holds where
// inotify does not: a folder that does not exist yet, a device whose owner udev has not set yet, a device that cannot be opened at once.
import type { Clock } from '../lib/clock.ts'
import type { Off } from '../lib/emitter.ts'
import { seconds } from '../lib/unit.ts'

/** A device file. mark: changes when another device takes the same name. */
export type Found = { readonly path: string; readonly mark: string }

export interface Followed {
  list(): Promise<readonly Found[]>
  /**
   * Opens a device; gives how to close it, or null when it is none of ours. That is asked again now and then: an infrared receiver
   * has no keys before its table is loaded. Throws when it cannot be opened now: it is tried again.
   */
  open(path: string, gone: () => void): Off | null
  /** Said once for each device that cannot be opened. */
  refused(path: string, error: unknown): void
}

const AGAIN = seconds(5)

/** Runs until the signal is aborted, then closes all. Does not reject. @param name of the pause, for logs and tests */
export async function follow(name: string, what: Followed, clock: Clock, signal: AbortSignal): Promise<void> {
  const open = new Map<string, Off>()
  const passed = new Map<string, { readonly mark: string; readonly at: number }>()
  const complained = new Set<string>()
  const look = (found: Found): void => {
    const last = passed.get(found.path)
    if (open.has(found.path) || (last?.mark === found.mark && clock.now() - last.at < AGAIN)) return
    let gone = false
    try {
      const close = what.open(found.path, () => {
        gone = true
        open.get(found.path)?.()
        open.delete(found.path)
      })
      complained.delete(found.path)
      if (close === null) passed.set(found.path, { mark: found.mark, at: clock.now() })
      else if (gone) close()
      else {
        passed.delete(found.path)
        open.set(found.path, close)
      }
    } catch (error) {
      if (!complained.has(found.path)) what.refused(found.path, error)
      complained.add(found.path)
    }
  }
  while (!signal.aborted) {
    const found = await what.list().catch((): Found[] => [])
    if (signal.aborted) break
    for (const device of found) look(device)
    const here = new Set(found.map((f) => f.path))
    for (const path of [...passed.keys(), ...complained]) {
      if (here.has(path)) continue
      passed.delete(path)
      complained.delete(path)
    }
    await clock.sleep(name, seconds(1), signal).catch(() => {})
  }
  for (const close of open.values()) close()
}
