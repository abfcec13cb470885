// cloud.ts — what Raspberry Pi Imager wrote onto the card (init_format "cloudinit"): cloud-init's user-data, and network-config in
// netplan's words (version 2). Pure: texts in, wishes out.
//
// Of all that cloud-init could do, a Parlor box takes its name, time zone, language and Wi-Fi. Users, passwords, ssh keys, packages and
// commands are not for it: they are named, so that it can be said that they had no effect, and nothing of them is ever run.
import { isHostName, isZone } from '../naming.ts'
import { isCountry, isName, isPassword, type Wish } from '../network/words.ts'
import { isTable, type Table, type Tree, treeIn } from './yaml.ts'

export type Wishes = {
  readonly name: string | null
  readonly zone: string | null
  /** Two small letters (ISO 639-1). */
  readonly language: string | null
  readonly country: string | null
  readonly networks: readonly Wish[]
  /** Keys that have no effect on this box. */
  readonly ignored: readonly string[]
  /** What was there, and could not be read or used. */
  readonly odd: readonly Odd[]
}
export type Odd = 'user-data' | 'network-config' | 'hostname' | 'timezone' | 'locale' | 'regulatory-domain' | 'access-points'

/** Cards are small places: more networks than this nobody has. */
const MOST_NETWORKS = 8
const LONGEST_LIST = 30
/** Languages by the layout of a keyboard, where it says which: Imager asks for that, and not for the language. */
const LAYOUTS: Readonly<Record<string, string>> = { de: 'de', at: 'de', gb: 'en', us: 'en' }
/** Keys that only say how the rest is to be taken. */
const MEANT_ANYWAY = new Set(['hostname', 'manage_etc_hosts', 'timezone', 'locale', 'keyboard'])

/** @param cmdline the kernel's words on the card: Imager names the country there when it knows no network */
export function wishesIn(userData: string | null, networkConfig: string | null, cmdline: string | null): Wishes {
  const odd: Odd[] = []
  const top = tableIn(userData, 'user-data', odd)
  const net = tableIn(networkConfig, 'network-config', odd)
  const taken = <T>(value: T | null, fits: (value: T) => boolean, what: Odd): T | null => {
    if (value === null || fits(value)) return value
    odd.push(what)
    return null
  }
  const name = textAt(top, 'hostname')?.toLowerCase().replace(/\..*$/, '') ?? null
  const { networks, country } = networksIn(isTable(net.network) ? net.network : net, odd)
  return {
    name: taken(name, isHostName, 'hostname'),
    zone: taken(textAt(top, 'timezone'), isZone, 'timezone'),
    language: taken(languageIn(top), (text) => /^[a-z]{2}$/.test(text), 'locale'),
    country: taken(country ?? countryIn(cmdline), isCountry, 'regulatory-domain'),
    networks,
    ignored: [...Object.keys(top).filter((key) => !MEANT_ANYWAY.has(key)), ...otherNetworks(net)].map(readable).slice(0, LONGEST_LIST),
    odd: [...new Set(odd)],
  }
}

/** Whether a file says anything at all. */
export const saysNothing = (text: string | null): boolean => (text ?? '').split('\n').every((line) => /^\s*(#|$)/.test(line))

function tableIn(text: string | null, what: Odd, odd: Odd[]): Table {
  if (text === null || saysNothing(text)) return {}
  const read = treeIn(text)
  if (read && isTable(read.is)) return read.is
  odd.push(what)
  return {}
}

const textAt = (table: Table, key: string): string | null => {
  const value = Object.hasOwn(table, key) ? table[key] : undefined
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null
}
const tableAt = (table: Table, key: string): Table | null => {
  const value = Object.hasOwn(table, key) ? table[key] : undefined
  return isTable(value) ? value : null
}

/** `locale: de_DE.UTF-8`, or the keyboard. */
function languageIn(top: Table): string | null {
  const locale = textAt(top, 'locale')
  if (locale) return locale.split(/[_.@]/)[0]?.toLowerCase() ?? null
  const layout = textAt(tableAt(top, 'keyboard') ?? {}, 'layout')?.toLowerCase()
  return layout ? (LAYOUTS[layout] ?? null) : null
}

const countryIn = (cmdline: string | null): string | null =>
  /(?:^|\s)cfg80211\.ieee80211_regdom=([A-Za-z]{2})(?:\s|$)/.exec((cmdline ?? '').slice(0, 4096))?.[1]?.toUpperCase() ?? null

function networksIn(net: Table, odd: Odd[]): { networks: readonly Wish[]; country: string | null } {
  const networks: Wish[] = []
  let country: string | null = null
  for (const device of Object.values(tableAt(net, 'wifis') ?? {})) {
    if (!isTable(device)) continue
    country ??= textAt(device, 'regulatory-domain')?.toUpperCase() ?? null
    for (const [ssid, about] of Object.entries(tableAt(device, 'access-points') ?? {})) {
      const wish = networkIn(ssid, about)
      if (wish && networks.length < MOST_NETWORKS) networks.push(wish)
      else odd.push('access-points')
    }
  }
  return { networks, country }
}

/** netplan's `password: "..."`, or `auth: { key-management: psk, password: "..." }`; nothing of both for an open network. */
function networkIn(ssid: string, about: Tree): Wish | null {
  if (!isName(ssid) || (!isTable(about) && about !== '')) return null
  const table = isTable(about) ? about : {}
  const auth = tableAt(table, 'auth')
  if (auth && !['psk', 'sae', 'none', null].includes(textAt(auth, 'key-management'))) return null
  // Not trimmed: a password may end in a space.
  const given = auth ? auth.password : table.password
  const password = typeof given === 'string' && given !== '' ? given : null
  if (password !== null && !isPassword(password)) return null
  return { ssid, password, hidden: textAt(table, 'hidden') === 'true' }
}

/** Kinds of networks that are set up by other means: a cable just works. */
const otherNetworks = (net: Table): string[] =>
  Object.keys(isTable(net.network) ? net.network : net).filter(
    (key) => !['version', 'wifis', 'renderer', 'ethernets', 'network'].includes(key),
  )

/** A key as it may be said to people. */
const readable = (key: string): string => key.replace(/[^\w .-]/g, '').slice(0, 40) || '?'
