// nm.ts — NetworkManager, behind one door: which networks there are, joining one, how we are connected, and our own access point.
//
// It is spoken to by nmcli, whose terse output is a promise (nmcli(1), --terse), always in English. Profiles are files of ours (profile.ts).
// A network is tried first, by a profile that is not used by itself; what failed is forgotten, what worked takes the place of what was
// kept under that name. A power cut in between leaves a profile that does nothing. Runs as root, in the steward.
import { Fault } from '../../lib/fault.ts'
import { type Ms, seconds } from '../../lib/unit.ts'
import type { Ran } from '../process.ts'
import { lockOf, markOf, POINT_ADDRESS, POINT_NAME, pointOf, profileOf, wantsSae } from './profile.ts'
import { nameIn, rowsOf } from './terse.ts'
import { whyIn } from './why.ts'
import type { Joined, NetworkState, Point, Seen, WhyNot, Wish } from './words.ts'

/** What it needs of this machine. */
export interface NetworkGround {
  /** nmcli with these words. */
  nmcli(words: readonly string[], timeLimit: Ms, signal: AbortSignal): Promise<Ran>
  /** Profiles that last, by the name of their file. */
  readonly kept: ProfileFolder
  /** Profiles that are gone after a restart. */
  readonly passing: ProfileFolder
  uuid(): string
  /** So many letters that are easily told apart, by chance. */
  letters(count: number): string
}
export interface ProfileFolder {
  names(): Promise<readonly string[]>
  /** Null: there is none. */
  read(name: string): Promise<string | null>
  /** @returns where NetworkManager finds it */
  write(name: string, text: string): Promise<string>
  remove(name: string): Promise<void>
}

const QUICK = seconds(10)
const SCAN = seconds(25)
/** NetworkManager gives up by itself after these; ours is for one that hangs. */
const JOIN_SECONDS = 45
const JOIN = seconds(JOIN_SECONDS + 5)
const MOST_SEEN = 40
/** One look at the air may miss a network; the first after our own access point was there misses all. */
const LOOKS = 3
const PASSWORD_LETTERS = 12
const POINT_FILE = `${POINT_NAME}.nmconnection`

export class Networks {
  readonly #ground: NetworkGround

  constructor(ground: NetworkGround) {
    this.#ground = ground
  }

  /** How we are connected now. @throws Fault 'network-away' when NetworkManager does not answer */
  async state(signal: AbortSignal): Promise<NetworkState> {
    const devices = await this.#devices(signal)
    const [radio] = await this.#rows(['-f', 'WIFI-HW,WIFI', 'radio'], 2, signal)
    const wifi = devices.find(({ type }) => type === 'wifi')
    const names = await this.#keptNames()
    const point = devices.some(({ connection }) => connection === POINT_NAME)
    const isOn = wifi && wifi.state !== 'unavailable' && wifi.state !== 'unmanaged' && radio?.every((word) => word === 'enabled')
    return {
      radio: wifi ? (isOn ? 'on' : 'off') : 'none',
      wired: devices.some(({ type, state }) => type === 'ethernet' && state.startsWith('connected')),
      wifi: point ? { is: 'none', ssid: null } : wifiOf(wifi),
      point,
      kept: [...new Set(names.map(({ ssid }) => ssid))],
    }
  }

  /** What is in the air, the strongest first. Takes some seconds; while our own access point is on, one radio may see nothing. */
  async list(signal: AbortSignal): Promise<readonly Seen[]> {
    const device = await this.#radio(signal)
    if (!device) return []
    const kept = new Set((await this.#keptNames()).map(({ ssid }) => ssid))
    const best = new Map<string, Seen>()
    for (const { ssid, strength, security } of await this.#scan(device, signal)) {
      if ((best.get(ssid)?.signal ?? -1) >= strength) continue
      best.set(ssid, { ssid, signal: strength, lock: lockOf(security), kept: kept.has(ssid) })
    }
    return [...best.values()].sort((a, b) => b.signal - a.signal).slice(0, MOST_SEEN)
  }

  /** Tries a network, and keeps it when it works. What was kept before stays as it is when it does not. */
  async join(wish: Wish, signal: AbortSignal): Promise<Joined> {
    const device = await this.#radio(signal)
    if (!device) return { joined: false, why: 'radio' }
    const before = (await this.#keptNames()).filter(({ ssid }) => ssid === wish.ssid)
    const there = await this.#listenFor(wish, device, signal)
    const first = before[0]
    const why = whyNotTried(
      wish,
      there.map(({ security }) => security),
      first !== undefined,
    )
    if (why) return { joined: false, why }
    if (wish.password === null && first) return this.#up(first.uuid, device, signal)
    const uuid = this.#ground.uuid()
    const name = `parlor-${markOf(wish.ssid)}-${uuid.slice(0, 8)}.nmconnection`
    const profile = { ...wish, uuid, onlySae: there.length > 0 && there.every(({ security }) => wantsSae(security)) }
    await this.#load(await this.#ground.kept.write(name, profileOf({ ...profile, byItself: false })), signal)
    const ended = await this.#up(uuid, device, signal)
    if (!ended.joined) {
      await this.#forget(uuid, name)
      return ended
    }
    await this.#load(await this.#ground.kept.write(name, profileOf({ ...profile, byItself: true })), signal)
    for (const old of before) await this.#forget(old.uuid, old.file)
    return ended
  }

  /** Keeps a network without trying it: for a machine whose NetworkManager does not run yet. */
  async keep(wish: Wish): Promise<void> {
    const uuid = this.#ground.uuid()
    const name = `parlor-${markOf(wish.ssid)}-${uuid.slice(0, 8)}.nmconnection`
    const before = (await this.#keptNames()).filter(({ ssid }) => ssid === wish.ssid)
    await this.#ground.kept.write(name, profileOf({ ...wish, uuid, byItself: true, onlySae: false }))
    for (const { file } of before) await this.#ground.kept.remove(file)
  }

  /**
   * Opens our own access point, with a new name and a new password, or as it was before.
   * @throws Fault 'network-away' when it does not come up
   */
  async openPoint(signal: AbortSignal, as?: Pick<Point, 'ssid' | 'password'>): Promise<Point> {
    const device = await this.#radio(signal)
    if (!device) throw new Fault('network-away', 'this box has no Wi-Fi of its own')
    await this.closePoint(signal)
    const { uuid, letters, passing } = this.#ground
    const point = as ?? { ssid: `Parlor ${letters(4).toUpperCase()}`, password: letters(PASSWORD_LETTERS) }
    const id = uuid()
    await this.#load(await passing.write(POINT_FILE, pointOf({ ...point, uuid: id, device })), signal)
    const up = await this.#nmcli(['-w', '30', 'connection', 'up', 'uuid', id, 'ifname', device], seconds(35), signal)
    if (!up.ok) {
      await this.closePoint(signal)
      throw new Fault('network-away', `the box's own Wi-Fi does not come up: ${lastLine(up.err)}`)
    }
    return { ...point, address: POINT_ADDRESS }
  }

  /** Nothing happens when it is not on. */
  async closePoint(signal: AbortSignal): Promise<void> {
    await this.#nmcli(['connection', 'delete', 'id', POINT_NAME], QUICK, signal)
    await this.#ground.passing.remove(POINT_FILE)
  }

  async #up(uuid: string, device: string, signal: AbortSignal): Promise<Joined> {
    const up = await this.#nmcli(['-w', String(JOIN_SECONDS), 'connection', 'up', 'uuid', uuid, 'ifname', device], JOIN, signal)
    return up.ok ? { joined: true } : { joined: false, why: whyIn(up.err) }
  }

  /** It is forgotten even when the order was cut short. */
  async #forget(uuid: string, file: string): Promise<void> {
    await this.#nmcli(['connection', 'delete', 'uuid', uuid], QUICK, AbortSignal.timeout(QUICK))
    await this.#ground.kept.remove(file)
  }

  async #load(path: string, signal: AbortSignal): Promise<void> {
    const loaded = await this.#nmcli(['connection', 'load', path], QUICK, signal)
    if (!loaded.ok) throw new Fault('network-away', `NetworkManager does not take a network: ${lastLine(loaded.err)}`)
  }

  /** Those of the name that is wanted, after some looks when there is none. What is hidden is not seen by looking. */
  async #listenFor({ ssid, hidden }: Wish, device: string, signal: AbortSignal): Promise<Array<{ security: string }>> {
    for (let looks = 1; ; looks++) {
      const there = (await this.#scan(device, signal)).filter((each) => each.ssid === ssid)
      if (there.length > 0 || hidden || looks === LOOKS) return there
    }
  }

  async #scan(device: string, signal: AbortSignal): Promise<Array<{ ssid: string; strength: number; security: string }>> {
    const words = ['-f', 'SSID-HEX,SIGNAL,SECURITY', 'device', 'wifi', 'list', 'ifname', device, '--rescan', 'yes']
    return (await this.#rows(words, 3, signal, SCAN)).flatMap(([hex = '', strength = '', security = '']) => {
      const ssid = nameIn(hex)
      return ssid === null ? [] : [{ ssid, strength: Math.min(100, Math.max(0, Number(strength) || 0)), security }]
    })
  }

  async #radio(signal: AbortSignal): Promise<string | null> {
    return (await this.#devices(signal)).find(({ type }) => type === 'wifi')?.device ?? null
  }

  async #devices(signal: AbortSignal): Promise<Device[]> {
    const rows = await this.#rows(['-f', 'DEVICE,TYPE,STATE,CONNECTION', 'device'], 4, signal)
    return rows.map(([device = '', type = '', state = '', connection = '']) => ({ device, type, state, connection }))
  }

  async #rows(words: readonly string[], fields: number, signal: AbortSignal, limit = QUICK): Promise<string[][]> {
    const { ok, out, err } = await this.#nmcli(['-t', ...words], limit, signal)
    if (!ok) throw new Fault('network-away', `NetworkManager does not answer: ${lastLine(err)}`)
    return rowsOf(out, fields)
  }

  #nmcli(words: readonly string[], limit: Ms, signal: AbortSignal): Promise<Ran> {
    return this.#ground.nmcli(words, limit, signal)
  }

  /** The networks of our own files. */
  async #keptNames(): Promise<Array<{ ssid: string; uuid: string; file: string }>> {
    const { kept } = this.#ground
    const found: Array<{ ssid: string; uuid: string; file: string }> = []
    for (const file of await kept.names()) {
      if (!/^parlor-[0-9a-f]{16}-[0-9a-f]{8}\.nmconnection$/.test(file)) continue
      const text = (await kept.read(file)) ?? ''
      const uuid = /^uuid=(\S+)$/m.exec(text)?.[1]
      const bytes = /^ssid=((?:\d{1,3};)+)$/m.exec(text)?.[1]
      const isTried = /^autoconnect=false$/m.test(text)
      const ssid = bytes && nameIn(Buffer.from(bytes.split(';').slice(0, -1).map(Number)).toString('hex'))
      if (uuid && ssid && !isTried) found.push({ ssid, uuid, file })
    }
    return found
  }
}

type Device = { readonly device: string; readonly type: string; readonly state: string; readonly connection: string }

/** A profile has the network's name for its own. */
function wifiOf(wifi: Device | undefined): NetworkState['wifi'] {
  if (wifi?.state.startsWith('connecting')) return { is: 'joining', ssid: wifi.connection || null }
  if (wifi?.state.startsWith('connected')) return { is: 'joined', ssid: wifi.connection || null }
  return { is: 'none', ssid: null }
}

/** What is plain before anything is tried. @param locks of the networks of that name that are in the air */
function whyNotTried({ password, hidden }: Wish, securities: readonly string[], isKept: boolean): WhyNot | null {
  const locks = securities.map(lockOf)
  if (locks.length === 0) return hidden ? null : 'absent'
  // Who typed a password does not mean one of the same name that wants none.
  const fits = password === null && !isKept ? 'open' : 'password'
  if (locks.includes(fits) || isKept) return null
  return fits === 'open' && locks.includes('password') ? 'password' : 'lock'
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1)?.slice(0, 200) ?? ''
