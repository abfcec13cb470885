import { createPublicKey, X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { FakeClock } from '../../src/lib/clock.ts'
import { seconds } from '../../src/lib/unit.ts'
import { Certificates } from '../../src/web/certificate.ts'
import { type Place, placeOf } from '../../src/web/place.ts'
import { quietLog } from '../fake/quiet.ts'

const DAY = 24 * 3600 * 1000
const NOW = Date.UTC(2026, 11, 24)
const home = placeOf('parlor', ['127.0.0.1', '192.168.1.7', '::1', 'fd00::7'], ['box.example.org'])

function box(start: { date?: number; place?: Place; shelf?: Map<string, string> } = {}) {
  const shelf = start.shelf ?? new Map<string, string>()
  const world = { date: start.date ?? NOW, place: start.place ?? home }
  const { log, said } = quietLog()
  const certificates = new Certificates({
    shelf: { read: async (name) => shelf.get(name) ?? null, write: async (name, text) => void shelf.set(name, text) },
    log,
    place: () => world.place,
    date: () => new Date(world.date),
  })
  return { certificates, shelf, world, said }
}
const leaf = (cert: string) => new X509Certificate(cert)
const life = (x509: X509Certificate) => (Date.parse(x509.validTo) - Date.parse(x509.validFrom)) / DAY

test('an authority signs a certificate for every name and address, and may sign for no further authority', async () => {
  const { certificates } = box()
  const { cert } = await certificates.open()
  const authority = new X509Certificate(certificates.authority.certificate)
  const server = leaf(cert)
  expect(certificates.authority.fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/)
  expect([authority.ca, server.ca]).toEqual([true, false])
  expect(server.checkIssued(authority) && server.verify(authority.publicKey)).toBe(true)
  for (const name of ['localhost', 'parlor', 'parlor.local', 'box.example.org']) expect(server.checkHost(name), name).toBe(name)
  for (const address of ['127.0.0.1', '192.168.1.7', '::1', 'fd00::7']) expect(server.checkIP(address), address).toBe(address)
  expect(server.checkHost('example.org')).toBe(undefined)
  expect(createPublicKey(authority.publicKey.export({ type: 'spki', format: 'pem' })).asymmetricKeyDetails?.namedCurve).toBe('prime256v1')
  expect(life(server)).toBeLessThanOrEqual(397)
  expect(cert.match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
})

test('its names are bound: localhost, home names, its own, and no others', async () => {
  const { certificates } = box()
  await certificates.open()
  const der = Buffer.from(certificates.authority.certificate)
  const at = der.indexOf(Buffer.from([0x06, 0x03, 0x55, 0x1d, 0x1e, 0x01, 0x01, 0xff]))
  expect(at).toBeGreaterThan(0)
  const text = der.subarray(at).toString('latin1')
  for (const name of ['localhost', 'local', 'parlor', 'box.example.org'])
    expect(text).toContain(String.fromCharCode(0x82, name.length) + name)
})

test('a second start finds the same authority and the same certificate', async () => {
  const first = box()
  const made = await first.certificates.open()
  const second = box({ shelf: first.shelf })
  expect(await second.certificates.open()).toEqual(made)
  expect(second.certificates.authority).toEqual(first.certificates.authority)
  expect(await second.certificates.renew()).toBe(null)
})

test('a new address asks for a new certificate, a lost one does not, and the authority stays', async () => {
  const { certificates, world } = box()
  await certificates.open()
  const { fingerprint } = certificates.authority
  world.place = placeOf('parlor', ['127.0.0.1'], [])
  expect(await certificates.renew()).toBe(null)
  world.place = placeOf('parlor', ['127.0.0.1', '10.1.2.3'], [])
  const renewed = await certificates.renew()
  expect(leaf(renewed?.cert ?? '').checkIP('10.1.2.3')).toBe('10.1.2.3')
  expect(certificates.authority.fingerprint).toBe(fingerprint)
})

test('it is renewed a month before it ends', async () => {
  const { certificates, world } = box()
  await certificates.open()
  world.date = NOW + 364 * DAY
  expect(await certificates.renew()).toBe(null)
  world.date = NOW + 366 * DAY
  expect(await certificates.renew()).not.toBe(null)
})

test('with a clock at 1970 it serves something that is valid today, and makes it anew when the clock is right', async () => {
  const { certificates, world } = box({ date: 0 })
  const early = leaf((await certificates.open()).cert)
  const authority = new X509Certificate(certificates.authority.certificate)
  expect(Date.parse(authority.validFrom)).toBe(0)
  expect(new Date(authority.validTo).getUTCFullYear()).toBe(2049)
  expect(new Date(early.validFrom).getUTCFullYear()).toBeGreaterThanOrEqual(2026)
  expect(await certificates.renew()).toBe(null)
  world.date = Date.UTC(2028, 5, 1)
  const later = leaf((await certificates.renew())?.cert ?? '')
  expect(Date.parse(later.validFrom)).toBeLessThanOrEqual(world.date)
  world.date = 0
  expect(await certificates.renew()).toBe(null)
  world.place = placeOf('parlor', ['10.9.9.9'], [])
  const dark = leaf((await certificates.renew())?.cert ?? '')
  expect(Date.parse(dark.validFrom)).toBeGreaterThanOrEqual(Date.parse(later.validFrom) - DAY)
})

test('a clock that was ahead is found out too', async () => {
  const { certificates, world } = box({ date: Date.UTC(2040, 0, 1) })
  await certificates.open()
  world.date = NOW
  expect(Date.parse(leaf((await certificates.renew())?.cert ?? '').validFrom)).toBeLessThan(NOW)
})

test('a name from the settings that came later is left out and told', async () => {
  const first = box()
  await first.certificates.open()
  const second = box({ shelf: first.shelf, place: placeOf('parlor', ['127.0.0.1', '10.0.0.9'], ['new.example.com']) })
  const server = leaf((await second.certificates.open()).cert)
  expect(server.checkHost('new.example.com')).toBe(undefined)
  expect(second.said.filter(({ level }) => level === 'warn')).toHaveLength(1)
})

test('what is damaged is made anew, and told', async () => {
  const first = box()
  await first.certificates.open()
  const { fingerprint } = first.certificates.authority
  first.shelf.set('server.pem', 'rubbish')
  const second = box({ shelf: first.shelf })
  await second.certificates.open()
  expect(second.certificates.authority.fingerprint).toBe(fingerprint)
  const key = second.shelf.get('server.pem')?.match(/-----BEGIN PRIVATE[\s\S]*?END PRIVATE KEY-----/)?.[0] ?? ''
  const cert = second.shelf.get('authority.pem')?.match(/-----BEGIN CERT[\s\S]*/)?.[0] ?? ''
  second.shelf.set('authority.pem', `${key}\n${cert}`)
  const third = box({ shelf: second.shelf })
  const served = leaf((await third.certificates.open()).cert)
  expect(third.certificates.authority.fingerprint).not.toBe(fingerprint)
  expect(served.verify(new X509Certificate(third.certificates.authority.certificate).publicKey)).toBe(true)
  expect(third.said.some(({ sentence }) => sentence.includes('damaged'))).toBe(true)
})

test('a running box looks every minute, and goes on looking when one try fails', async () => {
  const { certificates, world, shelf } = box()
  await certificates.open()
  const clock = new FakeClock()
  const stop = new AbortController()
  const news: string[] = []
  const watching = certificates.watch(clock, stop.signal, ({ cert }) => news.push(cert)).catch(() => 'stopped')
  await clock.advance(seconds(61))
  expect(news).toEqual([])
  world.place = placeOf('parlor', ['10.0.0.77'], [])
  const set = shelf.set
  shelf.set = () => {
    throw new Error('the disk is full')
  }
  await advanceUntil(clock, () => false, 3)
  shelf.set = set
  await advanceUntil(clock, () => news.length > 0, 20)
  expect(leaf(news[0] ?? '').checkIP('10.0.0.77')).toBe('10.0.0.77')
  stop.abort()
  expect(await watching).toBe('stopped')
})

/** Signing happens on another thread, so time moves in small steps until it has been. */
async function advanceUntil(clock: FakeClock, what: () => boolean, most: number): Promise<void> {
  for (let n = 0; n < most && !what(); n++) {
    await clock.advance(seconds(60))
    await new Promise((done) => setTimeout(done, 30))
  }
}
