// kit.ts — the network as the set-up has it: its real door, and the steward's real orders, before a NetworkManager that is a few lines.
import { doorOf } from '../../../src/app/firstboot/open.ts'
import type { NetworkDoor } from '../../../src/app/firstboot/port.ts'
import { networkDoers } from '../../../src/system/network/doers.ts'
import { Networks } from '../../../src/system/network/nm.ts'
import type { Steward } from '../../../src/system/steward/client.ts'
import { ORDERS } from '../../../src/system/steward/words.ts'
import type { FakeNetworkManager } from '../../system/network/kit.ts'

/** The country is kept nowhere. */
export function doorBefore(nm: FakeNetworkManager): NetworkDoor {
  const doers: Readonly<Record<string, (given: never, signal: AbortSignal) => unknown>> = networkDoers(new Networks(nm), '/nowhere')
  const steward: Steward = {
    ask: async (name, given, signal) => (await doers[name]?.(ORDERS[name].with.parse(given) as never, signal)) as never,
  }
  return { ...doorOf(steward), country: async () => {} }
}
