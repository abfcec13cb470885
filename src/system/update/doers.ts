// doers.ts — the steward's orders about bundles: look at one once more, as root, and let RAUC write it into the other slot.
import { Fault } from '../../lib/fault.ts'
import { seconds } from '../../lib/unit.ts'
import { run } from '../process.ts'
import type { Doers } from '../steward/orders.ts'
import { refusalOf } from './bundle.ts'
import { examineHere, PLACES, type Places } from './here.ts'

/** A slow card writes 5 MB a second. */
const LONGEST = seconds(1800)

export function updateDoers(places: Places = PLACES): Pick<Doers, 'update.install' | 'update.progress'> {
  return {
    'update.install': async ({ path }, signal) => {
      const { version } = await examineHere(path, signal, places)
      // Not ended with us: what RAUC has begun is whole, or is written anew.
      const { ok, err } = await run('rauc', ['install', path], { timeLimit: LONGEST })
      if (!ok) throw troubleOf(err)
      return { version }
    },
    'update.progress': async () => {
      const { ok, out } = await run('busctl', ['--json=short', 'get-property', ...INSTALLER, 'Progress'], { timeLimit: seconds(5) })
      return { percent: ok ? percentIn(out) : null }
    },
  }
}

/** RAUC's object on the system bus (rauc.readthedocs.io, "D-Bus API"). */
const INSTALLER = ['de.pengutronix.rauc', '/', 'de.pengutronix.rauc.Installer']

/** @param text {"type":"(isi)","data":[40,"Copying image to rootfs.1",2]} */
export function percentIn(text: string): number | null {
  const percent = Number(/"data":\[(\d{1,3}),/.exec(text)?.[1] ?? 'NaN')
  return percent <= 100 ? percent : null
}

function troubleOf(said: string): Error {
  const refusal = refusalOf(said)
  if (refusal.code !== 'update-unreadable') return refusal
  const last = said
    .trim()
    .split('\n')
    .findLast((line) => line.trim() !== '')
  return new Fault('update-failed', `the update could not be installed: ${(last ?? 'RAUC did not say why').slice(0, 300)}`)
}
