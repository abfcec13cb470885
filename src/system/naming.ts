// naming.ts — the machine's name, its time zone and the country of its radio: what may be one, and keeping it. As root.
//
// Each is a file on the partition for state: the system itself is read-only. parlor-place.service reads them at every start, and now when
// it is asked; /etc/localtime leads to the time zone's.
import { join } from 'node:path'
import { Fault } from '../lib/fault.ts'
import { seconds } from '../lib/unit.ts'
import { lead, writeAtomic } from './disk.ts'
import { run } from './process.ts'

/** One label of RFC 1123, in small letters. */
export const isHostName = (text: string): boolean => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text)

/** A name of the time zone database that this machine knows: nothing that climbs out of its folder. */
export function isZone(text: string): boolean {
  if (!/^[A-Za-z]+([/_+-][A-Za-z0-9]+)*$/.test(text) || text.length > 60) return false
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: text }))
  } catch {
    return false
  }
}

const ZONES = '/usr/share/zoneinfo'
const LIMIT = seconds(20)

/** @param state the folder of the partition for state */
export const keepHostName = (name: string, state: string): Promise<void> => writeAtomic(join(state, 'hostname'), `${name}\n`)
export const keepCountry = (country: string, state: string): Promise<void> => writeAtomic(join(state, 'country'), `${country}\n`)
export const keepZone = (zone: string, state: string): Promise<void> => lead(join(state, 'localtime'), join(ZONES, zone))

/** What is kept counts from now on. @throws Fault 'system-refused' when systemd does not do it */
export async function tellMachine(signal: AbortSignal): Promise<void> {
  const { ok, err } = await run('systemctl', ['restart', 'parlor-place.service'], { timeLimit: LIMIT, signal })
  if (!ok) throw new Fault('system-refused', `the machine is not told its name: ${err.trim().split('\n').at(-1)?.slice(0, 200) ?? ''}`)
}
