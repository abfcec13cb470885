// ground.ts — the slots of the card that this machine was started from: where the record lies, which device is the selector, how it is started anew.
import { join } from 'node:path'
import { Fault } from '../../lib/fault.ts'
import { seconds } from '../../lib/unit.ts'
import { exists, readText, remove, writeAtomic } from '../disk.ts'
import { run } from '../process.ts'
import { RELEASE_FILE, releaseIn } from '../release.ts'
import { pendingText, readPending } from './pending.ts'
import { selectorOn } from './selector.ts'
import { partition, type Running, runningIn, SELECTOR_PARTITION } from './slot.ts'
import { Slots, type SlotsParts } from './slots.ts'

/** On STATE: what is kept of an update. */
export const FOLDER = '/state/update'
/** What the kernel is given at its next reboot (systemd-reboot.service(8)): the firmware of a Pi hears `0 tryboot`. */
const REBOOT_PARAM = '/run/systemd/reboot-param'

/** @throws Fault 'no-slots' on a machine that was not started from a card with slots */
export async function runningHere(): Promise<Running> {
  return runningIn((await readText('/proc/cmdline')) ?? '')
}

/** @throws Fault 'no-slots' */
export async function slotsHere(): Promise<Slots> {
  const { slot, disk } = await runningHere()
  const boot = ((await readText('/proc/sys/kernel/random/boot_id')) ?? '').trim()
  const version = releaseIn(await readText(RELEASE_FILE))?.version
  if (!boot || !version) throw new Fault('no-slots', 'this machine does not say which version runs')
  return new Slots({
    ...{ running: slot, boot, version, ...keptIn(FOLDER), reboot },
    selector: selectorOn(partition(disk, SELECTOR_PARTITION)),
  })
}

/** The record, and the mark of scripts/slots-back, in a folder that outlives power cuts. */
export function keptIn(folder: string): Pick<SlotsParts, 'record' | 'mark'> {
  const [record, mark] = [join(folder, 'pending.json'), join(folder, 'taken-back')]
  return {
    // What cannot be read is as what is not there: then the chosen slot runs, and nothing is tried.
    record: {
      read: async () => readPending(await readText(record).catch(() => null)),
      write: (pending) => writeAtomic(record, pendingText(pending)),
    },
    mark: { is: () => exists(mark), remove: () => remove(mark) },
  }
}

async function reboot(tryboot: boolean): Promise<void> {
  if (tryboot) await writeAtomic(REBOOT_PARAM, '0 tryboot\n')
  else await remove(REBOOT_PARAM)
  const { ok, err } = await run('systemctl', ['--no-block', 'reboot'], { timeLimit: seconds(20) })
  if (!ok) throw new Fault('device-lost', `the box cannot be started anew: ${err.trim()}`)
}
