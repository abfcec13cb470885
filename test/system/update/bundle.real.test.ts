// Bundles of all kinds before a card that runs a release: the whole ones pass, forged ones never, each with the right sentence.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { Refusal } from '../../../src/lib/fault.ts'
import { seconds } from '../../../src/lib/unit.ts'
import { run } from '../../../src/system/process.ts'
import { type Bundle, examine } from '../../../src/system/update/bundle.ts'
import { LARGEST_BUNDLE } from '../../../src/wire/updates.ts'
import { Bundles, flip } from './kit/bundles.ts'

const bundles = new Bundles()
afterAll(() => bundles[Symbol.dispose]())

const look = async (path: string, runs = '0.4.0'): Promise<Bundle> =>
  examine(path, { board: 'virtual', runs, conf: await bundles.conf() }, AbortSignal.timeout(60_000))

/** Why it is refused; or that it is not. */
const whyNot = (path: string, runs?: string): Promise<string> =>
  look(path, runs).then(
    () => 'it passes',
    (error: unknown) => (error instanceof Refusal ? error.code : String(error)),
  )

describe('a bundle that is', () => {
  it('signed by the release key, whole, for this board and newer is taken', async () => {
    expect(await look(await bundles.make())).toMatchObject({ version: '0.5.0' })
  })
  it('of the version that runs is taken: a person may want it once more', async () => {
    expect(await look(await bundles.make(), '0.5.0')).toMatchObject({ version: '0.5.0' })
  })
  it('looked at in 1970 is taken: a box without network may believe any date', async () => {
    const { certificate } = await bundles.keys('release')
    const dates = await run('openssl', ['x509', '-in', certificate, '-noout', '-dates'], { timeLimit: seconds(20) })
    expect(dates.out).toContain('notBefore=Jan  1 00:00:00 1970 GMT')
    expect(dates.out).toContain('notAfter=Dec 31 23:59:59 9999 GMT')
  })
})

describe('a forged bundle is refused:', () => {
  it('a bit of its signature is turned', async () => {
    expect(await whyNot(await bundles.forged('signature', (bytes) => flip(bytes, bytes.length - 30)))).toBe('update-unsigned')
  })
  it('a bit of its manifest is turned', async () => {
    const changed = await bundles.forged('manifest', (bytes, { signature }) => flip(bytes, bytes.indexOf('version=0.5.0', signature) + 8))
    expect(await whyNot(changed)).toBe('update-unsigned')
  })
  it('a bit of what it installs is turned', async () => {
    const changed = await bundles.forged('data', (bytes, { data }) => flip(bytes, data))
    expect(await whyNot(changed)).toBe('update-damaged')
  })
  it('a bit of its hash tree is turned', async () => {
    const changed = await bundles.forged('tree', (bytes, { signature }) => flip(bytes, signature - 4096))
    expect(await whyNot(changed)).toBe('update-damaged')
  })
  it('it is in the plain format', async () => {
    expect(await whyNot(await bundles.plain())).toBe('update-format')
  })
  it('it brings a boot partition and no root', async () => {
    expect(await whyNot(await bundles.half())).toBe('update-format')
  })
  it('it is signed by the key for development', async () => {
    expect(await whyNot(await bundles.make({ by: 'development' }))).toBe('update-unsigned')
  })
  it('it is older than what runs', async () => {
    expect(await whyNot(await bundles.make(), '0.5.1')).toBe('update-older')
    expect(await whyNot(await bundles.make({ version: '0.5.0-rc.1' }), '0.5.0')).toBe('update-older')
  })
  it('it is for another board', async () => {
    expect(await whyNot(await bundles.make({ board: 'pi5' }))).toBe('update-board')
  })
  it('it ends in the middle, or a byte before its end', async () => {
    expect(await whyNot(await bundles.forged('half', (bytes) => bytes.subarray(0, bytes.length / 2)))).toBe('update-unreadable')
    expect(await whyNot(await bundles.forged('almost', (bytes) => bytes.subarray(0, bytes.length - 1)))).toBe('update-unreadable')
  })
  it('something stands behind it', async () => {
    expect(await whyNot(await bundles.forged('more', (bytes) => Buffer.concat([bytes, bytes.subarray(-8)])))).not.toBe('it passes')
  })
  it('it is huge', async () => {
    expect(await whyNot(await bundles.huge(LARGEST_BUNDLE + 1))).toBe('update-unreadable')
  })
  it('it is no bundle at all, or is not there', async () => {
    const path = join(bundles.folder, 'text.raucb')
    writeFileSync(path, 'hello '.repeat(10_000))
    expect(await whyNot(path)).toBe('update-unreadable')
    writeFileSync(path, '')
    expect(await whyNot(path)).toBe('update-unreadable')
    expect(await whyNot('/dev/zero')).toBe('update-unreadable')
    expect(await whyNot(join(bundles.folder, 'nowhere.raucb'))).toBe('update-unreadable')
  })
  it('its signature is that of another bundle', async () => {
    const other = readFileSync(await bundles.make({ version: '0.6.0' }))
    const from = other.length - 8 - Number(other.readBigUInt64BE(other.length - 8))
    const mixed = await bundles.forged('mixed', (bytes, { signature }) =>
      Buffer.concat([bytes.subarray(0, signature), other.subarray(from)]),
    )
    expect(await whyNot(mixed)).toBe('update-damaged')
  })
})
