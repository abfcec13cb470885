// doers.ts — who does the steward's orders about the whole machine: emptied, started anew, switched off (steward/words.ts has their shapes).
import { Fault } from '../../lib/fault.ts'
import type { Ran } from '../process.ts'
import type { Doers } from '../steward/orders.ts'
import { setMark } from './mark.ts'

type Ours = 'system.reset' | 'system.reboot' | 'system.off'

export type MachineParts = {
  /** Where the mark of the factory reset is put. */
  readonly mark: string
  /** systemctl, with these words. */
  readonly systemctl: (words: readonly string[]) => Promise<Ran>
}

/** Each answers when it is certain to happen, and before it does: who asked goes down with it. @throws Fault 'system-refused' */
export const machineDoers = ({ mark, systemctl }: MachineParts): Pick<Doers, Ours> => {
  // Never broken off: that the steward is told to end is what it brings about.
  const order = async (verb: 'reboot' | 'poweroff') => {
    const { ok, err } = await systemctl(['--no-block', verb])
    if (!ok) throw new Fault('system-refused', `systemctl ${verb}: ${err.trim().split('\n').at(-1)?.slice(0, 200) ?? ''}`)
    return {}
  }
  return {
    'system.reset': async () => {
      // The work itself is done by the next start, before anything reads what is to go (systemd/parlor-reset.service).
      await setMark(mark)
      return order('reboot')
    },
    'system.reboot': () => order('reboot'),
    'system.off': () => order('poweroff'),
  }
}
