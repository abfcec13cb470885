// place.ts — under which names and addresses this machine is reached. The Host check and the certificate both read it.
import { hostname, networkInterfaces } from 'node:os'

export type Place = {
  /** Host names in lower case, without a closing dot. */
  readonly names: readonly string[]
  /** IPv4 and IPv6 addresses in their usual short form, loopback included, without those that need a zone (fe80::). */
  readonly addresses: readonly string[]
}

const NAME = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/
const LOOPBACK = ['127.0.0.1', '::1'] as const

/** @param extra names from the settings; what is no host name is left out */
export function placeOf(host: string, addresses: readonly string[], extra: readonly string[]): Place {
  const own = host.toLowerCase().replace(/\.$/, '')
  const first = own.split('.')[0] ?? ''
  const names = ['localhost', own, first, `${first}.local`, ...extra.map((name) => name.toLowerCase().replace(/\.$/, ''))]
  const usual = [...LOOPBACK, ...addresses]
    .filter((address) => !/^fe80:/i.test(address))
    .map((address) => address.replace(/%.*$/, '').toLowerCase())
  return { names: unique(names.filter((name) => NAME.test(name))), addresses: unique(usual).sort() }
}

/** This machine's place now; addresses come and go. */
export const here = (extra: readonly string[]): Place =>
  placeOf(
    hostname(),
    Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address)),
    extra,
  )

const unique = (list: readonly string[]): string[] => [...new Set(list)]
