// doers.ts — who does the steward's orders about the network and the machine's name: one line for each (steward/words.ts has their shapes).
import { keepCountry, keepHostName, keepZone, tellMachine } from '../naming.ts'
import type { Doers } from '../steward/orders.ts'
import type { Networks } from './nm.ts'

type Ours = 'network.state' | 'network.list' | 'network.join' | 'network.point' | 'network.country' | 'system.name' | 'system.zone'

/** @param state the folder of the partition for state */
export const networkDoers = (networks: Networks, state: string): Pick<Doers, Ours> => ({
  'network.state': async (_, signal) => {
    const { kept, ...now } = await networks.state(signal)
    return { ...now, kept: [...kept] }
  },
  'network.list': async (_, signal) => ({ seen: [...(await networks.list(signal))] }),
  'network.join': (wish, signal) => networks.join(wish, signal),
  'network.point': async ({ on, as }, signal) => {
    if (on) return { point: await networks.openPoint(signal, as) }
    await networks.closePoint(signal)
    return { point: null }
  },
  'network.country': async ({ country }, signal) => {
    await keepCountry(country, state)
    await tellMachine(signal)
    return {}
  },
  'system.name': async ({ name }, signal) => {
    await keepHostName(name, state)
    await tellMachine(signal)
    return {}
  },
  'system.zone': async ({ zone }) => {
    await keepZone(zone, state)
    return {}
  },
})
