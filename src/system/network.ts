// network.ts — whether this machine still has the addresses that it had. A cable that is moved, another Wi-Fi, another router: what was
// connected before is dead, and nobody tells a socket so.
import { networkInterfaces } from 'node:os'
import type { Clock } from '../lib/clock.ts'
import { ms } from '../lib/unit.ts'

const LOOK = ms(500)

/** The addresses under which others reach us, in one line. Those of IPv6 that a machine makes anew each day count too: they come seldom. */
export const addressesNow = (): string =>
  Object.entries(networkInterfaces())
    .flatMap(([device, all]) =>
      (all ?? []).filter((a) => !a.internal && !a.address.startsWith('fe80:')).map((a) => `${device} ${a.address}`),
    )
    .sort()
    .join(', ')

/**
 * Says when the addresses are others than before and there are any, until the signal is aborted.
 * @param read as addressesNow()
 */
export async function watchNetwork(onChange: () => void, clock: Clock, signal: AbortSignal, read = addressesNow): Promise<void> {
  for (let known = read(); !signal.aborted; ) {
    await clock.sleep('look at our addresses', LOOK, signal)
    const now = read()
    if (now === known) continue
    known = now
    if (now !== '') onChange()
  }
}
