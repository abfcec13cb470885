// kit.ts — a NetworkManager that is a few lines: networks in the air with their passwords, profiles loaded from files, one radio.
import type { Ms } from '../../../src/lib/unit.ts'
import type { NetworkGround, ProfileFolder } from '../../../src/system/network/nm.ts'
import type { Ran } from '../../../src/system/process.ts'

export type Air = {
  readonly ssid: string
  readonly password?: string
  readonly security?: string
  readonly signal?: number
  readonly addresses?: boolean
}

export class FakeNetworkManager implements NetworkGround {
  readonly asked: string[] = []
  readonly files = new Map<string, string>()
  readonly passingFiles = new Map<string, string>()
  air: Air[]
  radio = true
  /** So many looks at the air find nothing. */
  deaf = 0
  cable = false
  up: string | null = null
  #uuids = 0

  constructor(...air: Air[]) {
    this.air = air
  }

  readonly kept = folder(this.files, '/etc/networks')
  readonly passing = folder(this.passingFiles, '/run/networks')
  uuid = (): string => `0000000${++this.#uuids}-aaaa-bbbb-cccc-000000000000`
  letters = (count: number): string => 'k'.repeat(count)

  nmcli = async (words: readonly string[], _limit: Ms, signal: AbortSignal): Promise<Ran> => {
    signal.throwIfAborted()
    const line = words.join(' ')
    this.asked.push(line)
    if (line.includes('DEVICE,TYPE,STATE,CONNECTION')) return said(this.#devices())
    if (line.includes('WIFI-HW')) return said('enabled:enabled\n')
    if (line.includes('wifi list') && this.deaf-- > 0) return said('')
    if (line.includes('wifi list')) return said(this.air.map((air) => `${hex(air.ssid)}:${air.signal ?? 50}:${security(air)}\n`).join(''))
    if (line.startsWith('connection load')) return said('')
    if (line.includes('connection delete')) return this.#delete(words.at(-1) ?? '')
    if (line.includes('connection up')) return this.#connect(words[words.indexOf('uuid') + 1] ?? '')
    return failed(`Error: nobody taught me: ${line}`)
  }

  #devices(): string {
    const point = [...this.passingFiles.values()].some((text) => this.up && text.includes(this.up))
    const profile = [...this.files.values()].find((text) => this.up && text.includes(this.up))
    const name = point ? 'parlor-point' : (/^id=(.*)$/m.exec(profile ?? '')?.[1] ?? '').replaceAll(':', '\\:')
    const wifi = this.radio ? `wlan0:wifi:${this.up ? 'connected' : 'disconnected'}:${name}\n` : ''
    return `${wifi}eth0:ethernet:${this.cable ? 'connected' : 'unavailable'}:\nlo:loopback:connected (externally):lo\n`
  }

  #delete(what: string): Ran {
    if (what === this.up || what === 'parlor-point') this.up = null
    return said('')
  }

  #connect(uuid: string): Ran {
    const text = [...this.files.values(), ...this.passingFiles.values()].find((profile) => profile.includes(`uuid=${uuid}`))
    if (!text) return failed('Error: unknown connection.')
    if (text.includes('mode=ap')) {
      this.up = uuid
      return said('')
    }
    const bytes = /^ssid=(.*)$/m.exec(text)?.[1]?.split(';').slice(0, -1).map(Number) ?? []
    const ssid = Buffer.from(bytes).toString()
    const air = this.air.find((each) => each.ssid === ssid)
    if (!air) return failed('Error: Connection activation failed: The Wi-Fi network could not be found')
    if (air.password !== undefined && !text.includes(`psk=${air.password}\n`))
      return failed('Error: Connection activation failed: Secrets were required, but not provided')
    if (air.addresses === false)
      return failed('Error: Connection activation failed: IP configuration could not be reserved (no available address, timeout, etc.)')
    this.up = uuid
    return said('')
  }
}

function folder(files: Map<string, string>, at: string): ProfileFolder {
  return {
    names: async () => [...files.keys()].sort(),
    read: async (name) => files.get(name) ?? null,
    write: async (name, text) => {
      files.set(name, text)
      return `${at}/${name}`
    },
    remove: async (name) => void files.delete(name),
  }
}

const said = (out: string): Ran => ({ ok: true, out, err: '' })
const failed = (err: string): Ran => ({ ok: false, out: '', err })
const hex = (text: string): string => Buffer.from(text).toString('hex').toUpperCase()
const security = ({ security: says, password }: Air): string => says ?? (password === undefined ? '' : 'WPA2')
