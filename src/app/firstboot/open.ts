// open.ts — puts the set-up together where there is a steward to do it: on a Parlor card. A box on somebody's own system has its network from there.
import type { Box } from '../../core/box.ts'
import type { Config } from '../../core/config.ts'
import { rings } from '../../core/plan.ts'
import type { Clock } from '../../lib/clock.ts'
import { Refusal } from '../../lib/fault.ts'
import type { Log } from '../../lib/log.ts'
import type { Scope } from '../../lib/scope.ts'
import { exists, readText } from '../../system/disk.ts'
import type { Applied } from '../../system/imager/apply.ts'
import { internet } from '../../system/network/internet.ts'
import { POINT_ADDRESS } from '../../system/network/profile.ts'
import { RELEASE_FILE, releaseIn } from '../../system/release.ts'
import { STEWARD_SOCKET, type Steward, stewardAt } from '../../system/steward/client.ts'
import type { SetupDoor } from '../../web/setup-door.ts'
import { FirstBoot } from '../firstboot.ts'
import { homeAddresses } from '../links.ts'
import type { Phones } from '../phones.ts'
import { openImprov } from './bluetooth.ts'
import type { NetworkDoor } from './port.ts'
import { wishIn } from './wish.ts'

/** What parlor-firstboot.service did at this start; gone with the next. */
const APPLIED = '/run/parlor-firstboot/applied.json'

type Parts = {
  readonly config: Config
  readonly box: Box
  readonly phones: Pick<Phones, 'pairing' | 'roster'>
  readonly onChange: () => void
  readonly clock: Clock
  readonly log: Log
  readonly scope: Scope
}

/** Null where this is no card of ours, or there is no steward. Nothing is done before its run() is called. */
export async function openFirstBoot({ config, box, phones, onChange, clock, log, scope }: Parts): Promise<FirstBoot | null> {
  const socket = process.env.PARLOR_STEWARD_SOCKET ?? STEWARD_SOCKET
  const release = releaseIn(await readText(RELEASE_FILE).catch(() => null))
  if (!release || !(await exists(socket))) return null
  const addresses = (): readonly string[] => homeAddresses({ ...config.web, names: [] }).filter((each) => /^[\d.]+$/.test(each))
  const firstBoot = new FirstBoot({
    door: doorOf(stewardAt(socket)),
    connected: () => addresses().some((address) => address !== POINT_ADDRESS && !address.startsWith('169.254.')),
    leftOver: () => addresses().includes(POINT_ADDRESS),
    internet: (signal) => internet(signal),
    phones: () => phones.roster.phones.length,
    pairing: { open: () => phones.pairing.open(), isOpen: () => phones.pairing.state.is !== 'closed' },
    busy: () => box.wanted.room !== null || box.actual.room !== null || rings(box.wanted, box.actual),
    applied: appliedIn(await readText(APPLIED).catch(() => null)),
    clock,
    log,
    signal: scope.signal,
  })
  firstBoot.on('changed', onChange)
  const page = () => homeAddresses(config.web).find((host) => host !== POINT_ADDRESS)
  openImprov({ config, firstBoot, release, page, clock, log, scope })
  return firstBoot
}

export const doorOf = (steward: Steward): NetworkDoor => ({
  state: (signal) => steward.ask('network.state', {}, signal),
  list: async (signal) => (await steward.ask('network.list', {}, signal)).seen,
  // A phone's wish may hold more than the steward takes: the country, which goes by itself.
  join: ({ ssid, password, hidden }, signal) => steward.ask('network.join', { ssid, password, hidden }, signal),
  openPoint: async (as, signal) => {
    const given = as && { as: { ssid: as.ssid, password: as.password } }
    const { point } = await steward.ask('network.point', { on: true, ...given }, signal)
    if (!point) throw new Refusal('bad-message', 'the steward opened no access point')
    return point
  },
  closePoint: async (signal) => void (await steward.ask('network.point', { on: false }, signal)),
  country: async (country, signal) => void (await steward.ask('network.country', { country }, signal)),
})

/** What root wrote, read as far as it is what it should be: it is only said. */
function appliedIn(text: string | null): Applied | null {
  try {
    const given: unknown = JSON.parse(text ?? 'null')
    if (typeof given !== 'object' || given === null) return null
    const at = (key: string): unknown => (key in given ? (given as Record<string, unknown>)[key] : undefined)
    const word = (key: string): string | null => (typeof at(key) === 'string' ? String(at(key)).slice(0, 80) : null)
    const list = (key: string): readonly string[] =>
      Array.isArray(at(key)) ? (at(key) as unknown[]).map((each) => String(each).slice(0, 80)) : []
    const base = { name: word('name'), zone: word('zone'), language: word('language'), country: word('country') }
    return { ...base, networks: list('networks'), ignored: list('ignored'), odd: list('odd') as Applied['odd'], failed: list('failed') }
  } catch {
    return null
  }
}

/** The set-up for phones on the access point. */
export const setupDoorOf = (firstBoot: FirstBoot, { name, language }: Config['box']): SetupDoor => ({
  address: POINT_ADDRESS,
  isGuest: (address) => firstBoot.isGuest(address),
  came: () => firstBoot.came(),
  stayAlone: () => firstBoot.stayAlone(),
  get state() {
    const { own, seen, trying, failed, alone } = firstBoot
    return { box: name, language, own, seen: seen.map(({ ssid, signal, lock }) => ({ ssid, signal, lock })), trying, failed, alone }
  },
  choose: (wish) => {
    const read = wishIn(wish)
    firstBoot.choose(read, read.country)
  },
})
