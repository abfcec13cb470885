// certificate.ts — the box's own certificate authority, and the certificate it serves https with.
//
// A browser gives camera and microphone to secure pages only, and nobody signs for a box at home. So the box signs for
// itself: an authority made once, which people may trust on their devices, and under it a certificate for the names and
// addresses of today, made anew when they change or it grows old.
//
// - Whoever steals the authority's key must not be able to pretend to be a bank: it may sign for names of a home network
//   only (name constraints, RFC 5280 4.2.1.10), beside plain addresses, and for no further authority.
// - A Pi has no clock of its own and may think it is 1970. The authority is valid from 1970 to 2049, so no clock breaks it.
//   The certificate may live 397 days at most, so it must begin near the true day: at the latest of the clock, the day of the
//   last certificate, and the day this program was made. Once the clock is right, it is made anew.
// - What is kept is two texts of PEM. What makes them (certificate/maker.ts) is needed for a moment, once or twice a year.
import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { Clock } from '../lib/clock.ts'
import { Bug } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import { seconds } from '../lib/unit.ts'
import { inHere, type Made, type Maker } from './certificate/maker.ts'
import type { Place } from './place.ts'

/** Where the texts are kept; the box's data folder. Files are for its own user alone. */
export interface Shelf {
  read(name: string): Promise<string | null>
  write(name: string, text: string): Promise<void>
}

/** PEM, as node:https takes it. The certificate is followed by its authority. */
export type Credentials = Made

export type Authority = {
  /** DER, for people's devices. */
  readonly certificate: Uint8Array
  /** SHA-256 as `AB:CD:...`, to compare with what the device shows. */
  readonly fingerprint: string
}

export type CertificateOptions = {
  readonly shelf: Shelf
  readonly log: Log
  /** Names and addresses of the moment. */
  readonly place: () => Place
  /** The date as the machine has it, right or wrong. Default: Date.now */
  readonly date?: () => Date
  /** Makes them. Default: in this process, which keeps the library then */
  readonly maker?: Maker
}

const AUTHORITY = 'authority.pem'
const SERVER = 'server.pem'
/** Before that day there was no such program, whatever the clock says. */
const MADE = Date.UTC(2026, 10, 1)
const RENEW_BEFORE = 30 * 24 * 3600 * 1000
const LOOK_AGAIN = seconds(60)
/** Ends of names that belong to home networks and to nobody on the internet (RFC 6762, RFC 8375, and usage). */
const HOME_NAMES = ['localhost', 'local', 'lan', 'home', 'internal', 'home.arpa']

/** Kept in one file: a key, its certificate, and for the authority the further names it may sign for. */
type Pair = Made & { readonly x509: X509Certificate; readonly further: readonly string[] }

export class Certificates {
  readonly #options: CertificateOptions
  #authority: Pair | null = null
  #server: Pair | null = null

  constructor(options: CertificateOptions) {
    this.#options = options
  }

  /** Reads what is kept, and makes what is missing, damaged, or not right for this day and place. */
  async open(): Promise<Credentials> {
    this.#authority = await this.#openAuthority()
    this.#server = read(await this.#options.shelf.read(SERVER))
    return (await this.renew()) ?? credentials(this.#current(), this.#authority)
  }

  get authority(): Authority {
    const { x509 } = this.#known()
    return { certificate: x509.raw, fingerprint: x509.fingerprint256 }
  }

  /** Makes a new certificate when today's place or date ask for one; null when the present one is still right. */
  async renew(): Promise<Credentials | null> {
    const authority = this.#known()
    const today = this.#today()
    const { names, left } = covered(this.#options.place(), authority.further)
    if (this.#server && isRight(this.#server.x509, authority.x509, names, today)) return null
    if (left.length > 0)
      this.#options.log.warn('the certificate leaves out names that its authority may not sign for', { names: left.join(' ') })
    const made = await this.#maker.server({ key: authority.key, cert: authority.cert }, names, today)
    this.#server = await this.#keep(SERVER, made, [])
    this.#options.log.info('made a certificate for https', { names: names.join(' '), until: this.#server.x509.validTo })
    return credentials(this.#server, authority)
  }

  /** Looks every minute whether a new certificate is needed, until the signal is aborted. */
  async watch(clock: Clock, signal: AbortSignal, onNew: (credentials: Credentials) => void): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep('look at the certificate', LOOK_AGAIN, signal)
      try {
        const made = await this.renew()
        if (made && !signal.aborted) onNew(made)
      } catch (error) {
        this.#options.log.error('could not renew the certificate', error)
      }
    }
  }

  async #openAuthority(): Promise<Pair> {
    const text = await this.#options.shelf.read(AUTHORITY)
    const kept = read(text)
    if (kept) return kept
    if (text !== null) this.#options.log.warn('the kept authority is damaged; a new one is made, and devices must trust it again')
    const further = this.#options.place().names.filter((name) => !isHomeName(name))
    return this.#keep(AUTHORITY, await this.#maker.authority([...HOME_NAMES, ...further]), further)
  }

  async #keep(name: string, { key, cert }: Made, further: readonly string[]): Promise<Pair> {
    const text = `names: ${further.join(' ')}\n${key.trim()}\n${cert.trim()}\n`
    await this.#options.shelf.write(name, text)
    return { key, cert, further, x509: new X509Certificate(cert) }
  }

  get #maker(): Maker {
    return this.#options.maker ?? inHere
  }

  #today(): number {
    const clock = (this.#options.date ?? (() => new Date()))().getTime()
    const last = this.#server ? Date.parse(this.#server.x509.validFrom) : 0
    // A certificate dated beyond the clock's own life was made while the clock was wrong the other way.
    return Math.max(clock, MADE, clock > MADE ? 0 : last)
  }

  #known(): Pair {
    if (!this.#authority) throw new Bug('open() comes first')
    return this.#authority
  }

  #current(): Pair {
    if (!this.#server) throw new Bug('there is no certificate after open()')
    return this.#server
  }
}

const credentials = (server: Credentials, authority: Credentials): Credentials => ({
  key: server.key,
  cert: `${server.cert.trim()}\n${authority.cert.trim()}\n`,
})

/** A key and its certificate out of a kept text; null when they are not there or do not belong together. */
function read(text: string | null): Pair | null {
  const key = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----/.exec(text ?? '')?.[0]
  const cert = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(text ?? '')?.[0]
  if (!key || !cert) return null
  try {
    const x509 = new X509Certificate(cert)
    const further =
      /^names: (.*)$/m
        .exec(text ?? '')?.[1]
        ?.split(' ')
        .filter(Boolean) ?? []
    return x509.checkPrivateKey(createPrivateKey(key)) ? { key, cert, x509, further } : null
  } catch {
    return null
  }
}

const isHomeName = (name: string, further: readonly string[] = []): boolean =>
  [...HOME_NAMES, ...further].some((end) => name === end || name.endsWith(`.${end}`))

/** Names and addresses of a place that an authority may sign for, and those it may not. */
function covered(place: Place, further: readonly string[]): { names: string[]; left: string[] } {
  const may = (name: string) => isHomeName(name, further)
  return { names: [...place.names.filter(may), ...place.addresses], left: place.names.filter((name) => !may(name)) }
}

function isRight(server: X509Certificate, authority: X509Certificate, names: readonly string[], today: number): boolean {
  const [from, to] = [Date.parse(server.validFrom), Date.parse(server.validTo)]
  const inTime = today >= from && today < to - RENEW_BEFORE
  const named = names.every(
    (name) => (/[:]|^[\d.]+$/.test(name) ? server.checkIP(name) : server.checkHost(name, { wildcards: false })) !== undefined,
  )
  return inTime && named && server.checkIssued(authority) && server.verify(authority.publicKey)
}
