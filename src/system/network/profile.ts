// profile.ts — a network as NetworkManager keeps it (nm-settings-keyfile(5)). Pure: a wish in, the text of a file out.
//
// We write the file ourselves: so the password stands on no command line, where other processes could read it.
import { createHash } from 'node:crypto'
import type { Lock, Wish } from './words.ts'

/** Where our own access point is; no home uses just this one, and the firewall and the names' server know it (docs/first-boot.md). */
export const POINT_ADDRESS = '10.42.0.1'
/** Of its guests. */
export const POINT_NETWORK = '10.42.0.'
export const POINT_NAME = 'parlor-point'

/** The same for the same name of a network, and fit for a file's name. */
export const markOf = (ssid: string): string => createHash('sha256').update(ssid).digest('hex').slice(0, 16)

type Kept = Wish & {
  readonly uuid: string
  /** NetworkManager joins it by itself. Not while it is only tried. */
  readonly byItself: boolean
  /** Only the newer kind of lock (WPA3) is offered. */
  readonly onlySae: boolean
}

export function profileOf({ ssid, password, hidden, uuid, byItself, onlySae }: Kept): string {
  return keyfile({
    connection: { id: ssid, uuid, type: 'wifi', autoconnect: String(byItself) },
    wifi: { mode: 'infrastructure', ssid: bytesOf(ssid), ...(hidden && { hidden: 'true' }), powersave: '2' },
    ...(password !== null && { 'wifi-security': { 'key-mgmt': onlySae ? 'sae' : 'wpa-psk', psk: password } }),
    ipv4: { method: 'auto' },
    ipv6: { method: 'auto', 'addr-gen-mode': 'stable-privacy', 'ip6-privacy': '2' },
  })
}

/** Our own access point: WPA2 alone, on the band that every phone has. It is never kept on the disk. */
export function pointOf({ ssid, password, uuid, device }: { ssid: string; password: string; uuid: string; device: string }): string {
  return keyfile({
    connection: { id: POINT_NAME, uuid, type: 'wifi', 'interface-name': device, autoconnect: 'false' },
    wifi: { mode: 'ap', ssid: bytesOf(ssid), band: 'bg' },
    'wifi-security': { 'key-mgmt': 'wpa-psk', proto: 'rsn;', pairwise: 'ccmp;', group: 'ccmp;', pmf: '1', psk: password },
    // Addresses and names for the guests, by NetworkManager's own dnsmasq.
    ipv4: { method: 'shared', address1: `${POINT_ADDRESS}/24` },
    ipv6: { method: 'disabled' },
  })
}

/** What `nmcli -f SECURITY device wifi list` says of a network. */
export function lockOf(security: string): Lock {
  if (/802\.1X/.test(security)) return 'company'
  if (/WPA|RSN/.test(security)) return 'password'
  return /WEP/.test(security) ? 'old' : 'open'
}

export const wantsSae = (security: string): boolean => /WPA3/.test(security) && !/WPA[12]/.test(security)

type Sections = Readonly<Record<string, Readonly<Record<string, string>>>>
const keyfile = (sections: Sections): string =>
  Object.entries(sections)
    .map(
      ([name, values]) =>
        `[${name}]\n${Object.entries(values)
          .map(([key, value]) => `${key}=${escaped(value)}\n`)
          .join('')}`,
    )
    .join('\n')

/** GKeyFile: a backslash is one of an escape, spaces at the beginning are lost. */
const escaped = (value: string): string => value.replaceAll('\\', '\\\\').replace(/^ +/, (spaces) => '\\s'.repeat(spaces.length))

/** A name as its bytes: so it may hold anything, a semicolon too. */
const bytesOf = (ssid: string): string => [...new TextEncoder().encode(ssid)].map((byte) => `${byte};`).join('')
