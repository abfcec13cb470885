// watchdog.ts — the hardware watchdog: a box that hangs is started anew by its own chip. For machines where systemd does not feed it
// (RuntimeWatchdogSec=); where it does, the device is busy, and that is told as a fact.
//
// It is fed only when the caller shows that all is alive; a timer that runs is no evidence. Ending in order writes the
// magic 'V' first (Documentation/watchdog/watchdog-api.rst), so that stopping Parlor does not restart the machine; ending in any other way does.
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import { type Ms, seconds } from '../lib/unit.ts'
import { ioctl, mustIoctl } from './ioctl.ts'
import { _IOR, _IOWR } from './request.ts'

const WDIOC_KEEPALIVE = _IOR('W', 5, 4)
const WDIOC_SETTIMEOUT = _IOWR('W', 6, 4)
const WDIOC_GETTIMEOUT = _IOR('W', 7, 4)

/** An open watchdog: it runs already. */
export interface Dog {
  /** Asks for so many seconds; gives those it will wait in truth. */
  setPatience(seconds: number): number
  feed(): void
  /** @param calm true: it is stopped first; false: it bites when its time is up */
  close(calm: boolean): void
}

/** @param path such as /dev/watchdog0  @throws Fault 'device-lost' when it is not there, or somebody else feeds it */
export function openDog(path: string): Dog {
  let fd: number
  try {
    fd = openSync(path, constants.O_WRONLY)
  } catch (error) {
    const busy = error instanceof Error && 'code' in error && error.code === 'EBUSY'
    throw new Fault('device-lost', busy ? `${path} is fed by somebody else (systemd, most likely)` : `${path} cannot be opened`, {
      cause: error,
    })
  }
  const one = Buffer.alloc(4)
  return {
    setPatience: (wanted) => {
      one.writeInt32LE(wanted)
      // A dog that cannot be told keeps its own time; either way it is asked.
      ioctl(fd, WDIOC_SETTIMEOUT, one)
      mustIoctl(fd, WDIOC_GETTIMEOUT, one, 'the watchdog')
      return one.readInt32LE()
    },
    feed: () => void mustIoctl(fd, WDIOC_KEEPALIVE, one, 'the watchdog'),
    close: (calm) => {
      try {
        if (calm) writeSync(fd, 'V')
      } finally {
        closeSync(fd)
      }
    },
  }
}

/** Null: all is alive. Otherwise a sentence that says what is not. */
export type Evidence = () => string | null

/**
 * Feeds four times as often as needed, while there is evidence; until aborted, and then stops the dog.
 * @param patience how long the machine may hang; rounded to seconds, and the dog may know better
 * @throws Fault 'device-lost' when it cannot be had
 */
export async function watchOver(
  parts: { open: () => Dog; patience: Ms; evidence: Evidence; clock: Clock; log: Log },
  signal: AbortSignal,
): Promise<void> {
  const dog = parts.open()
  let calm = false
  try {
    const patience = seconds(dog.setPatience(Math.max(2, Math.round(parts.patience / 1000))))
    const every = Math.max(500, patience / 4) as Ms
    parts.log.info('the watchdog watches', { patienceMs: patience })
    let hungry = false
    while (!signal.aborted) {
      const amiss = parts.evidence()
      if (amiss === null) dog.feed()
      else if (!hungry) parts.log.error('the watchdog is not fed', new Fault('worker-hung', amiss))
      hungry = amiss !== null
      await parts.clock.sleep('before feeding the watchdog', every, signal).catch(() => {})
    }
    calm = true
  } finally {
    dog.close(calm)
  }
}
