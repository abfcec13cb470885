// update.slow.test.ts — an update as people have it, on a card in a virtual Pi: the list on a stick, the question answered on the command line, the
// other slot, and what the TV and home automation are told after. Before that, forged bundles, given to RAUC itself: no slot changes.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Parts } from '../../hw/virtual/parts.ts'
import { manifestOf } from '../../image/rauc/bundle.ts'
import { type Keys, keysOf, makeKeys } from '../../image/rauc/keys.ts'
import { entryOf, listAfter, sealList } from '../../image/rauc/list.ts'
import type { UpdateSeen } from '../../src/core/update.ts'
import { LARGEST_BUNDLE } from '../../src/wire/updates.ts'
import { artefact, temporaryFolder } from '../e2e/kit/folder.ts'
import { flip } from '../system/update/kit/bundles.ts'
import { type VirtualPi, whyNot } from './kit/pi.ts'
import { boxWith, NO_SOUND, NO_TV, SMALL_PICTURES } from './kit/settings.ts'
import { bootOf, bundleOf, cardWithBothSlots, nextVersion, QUICK, SlotsOf } from './kit/slots.ts'

const STICK = '/media/parlor/stick'
const FROM = `[update]\nfrom = "${STICK}/updates.json"\n`

describe.skipIf(whyNot !== null)('an update', { timeout: 400_000 }, () => {
  let pi: VirtualPi
  let slots: SlotsOf
  let version: string
  let made: Parts
  const parlor = async (words: string): Promise<{ is: string; said: string }> => {
    const { ok, out, err } = await pi.run(`parlor --json ${words} 2>&1`, 90_000)
    return { is: ok ? (JSON.parse(out) as UpdateSeen).is : 'refused', said: out + err }
  }
  const stick = async (...files: string[]): Promise<void> => {
    mkdirSync(join(pi.share, 'stick'), { recursive: true })
    for (const file of files) copyFileSync(file, join(pi.share, 'stick', file.split('/').at(-1) ?? ''))
    await pi.must(`mkdir -p ${STICK} && cp /host/stick/* ${STICK}/ && chmod -R a+rX ${STICK}`)
  }
  const slotB = () =>
    pi.must('sha256sum < /dev/disk/by-partuuid/7061726c-03; head -c 64M /dev/disk/by-partuuid/7061726c-06 | sha256sum', 120_000)

  beforeAll(async () => {
    const card = await cardWithBothSlots({ name: 'update', files: { ...boxWith(SMALL_PICTURES, NO_SOUND, NO_TV, FROM), ...QUICK } })
    ;({ pi, version, made } = card)
    slots = new SlotsOf(pi)
    await pi.boot()
  })
  afterAll(async () => {
    await pi?.[Symbol.asyncDispose]()
    pi?.lan[Symbol.dispose]()
  })

  test('that is forged is refused by the box and by RAUC, and no slot changes', async () => {
    const folder = temporaryFolder('forged')
    const good = readFileSync(await bundleOf(made, nextVersion(version)))
    const signature = good.length - 8 - Number(good.readBigUInt64BE(good.length - 8))
    const other = await makeKeys(join(folder, 'other'), 'Somebody')
    const bundle = (keys: Keys, about: About) => strange(join(folder, `${Object.values(about).join('')}x`), bootOf(made), keys, about)
    const forged: Array<readonly [name: string, bytes: Buffer | string, says: string]> = [
      ['signature', flip(Buffer.from(good), good.length - 30), 'not signed'],
      ['manifest', flip(Buffer.from(good), good.indexOf(`version=${nextVersion(version)}`, signature) + 9), 'not signed'],
      ['data', flip(Buffer.from(good), 100_000), 'damaged'],
      ['tree', flip(Buffer.from(good), signature - 4096), 'damaged'],
      ['half', good.subarray(0, good.length / 2), 'not all of it'],
      ['almost', good.subarray(0, -1), 'no update'],
      ['behind', Buffer.concat([good, good.subarray(-8)]), 'no update'],
      ['text', Buffer.from('hello '.repeat(1000)), 'no update'],
      ['older', bundle(await keysOf('development'), { version: '0.0.1' }), 'older'],
      ['board', bundle(await keysOf('development'), { board: 'pi5' }), 'another kind of box'],
      ['key', bundle(other, {}), 'not signed'],
      ['plain', bundle(await keysOf('development'), { format: 'plain' }), 'format'],
    ]
    for (const [name, what] of forged)
      if (typeof what === 'string') copyFileSync(what, join(folder, `${name}.raucb`))
      else writeFileSync(join(folder, `${name}.raucb`), what)
    await stick(...forged.map(([name]) => join(folder, `${name}.raucb`)))
    await pi.must(`truncate -s ${LARGEST_BUNDLE + 1} ${STICK}/huge.raucb`)
    forged.push(['huge', '', 'too large'])
    const before = await slotB()
    for (const [name, , says] of forged) {
      const answer = await parlor(`update ${STICK}/${name}.raucb`)
      expect(answer, name).toMatchObject({ is: 'refused', said: expect.stringContaining(says) })
      await expect(slots.ask('update.install', { path: `${STICK}/${name}.raucb` }), name).rejects.toThrow(says)
    }
    // The door is not the only wall: what it would let pass, RAUC does not take either.
    for (const name of ['signature', 'manifest', 'half', 'almost', 'behind', 'text', 'huge', 'older', 'board', 'key', 'plain'])
      expect((await pi.run(`rauc install ${STICK}/${name}.raucb`, 60_000)).ok, name).toBe(false)
    expect(await slotB()).toBe(before)
    // A box that nobody has told the date believes the good one all the same.
    writeFileSync(join(pi.share, 'good.raucb'), good)
    const in1970 = 'now=$(date +%s); date -s @100000 >&2; rauc info /host/good.raucb >&2; rc=$?; date -s @$now >&2; exit $rc'
    expect((await pi.run(in1970)).ok).toBe(true)
    expect(await slots.running()).toBe('A')
    await pi.must(`rm -r ${STICK} /host/stick`)
  })

  test('is found in the list, installed because somebody says so, tried, and stays; everybody is told', async () => {
    const { key } = await keysOf('development')
    const bundle = await bundleOf(made, nextVersion(version))
    const entry = entryOf(bundle, { board: 'virtual', version: nextVersion(version) }, { en: 'Better sound.', de: 'Besserer Ton.' })
    const list = join(temporaryFolder('list'), 'updates.json')
    writeFileSync(list, sealList(listAfter(null, 'development', [entry]), readFileSync(key, 'utf8')))
    await stick(bundle, list)
    expect(await parlor('update --check')).toMatchObject({ is: 'offered', said: expect.stringContaining('Better sound') })
    writeFileSync(artefact('virtual', 'update-offered.jpg'), Buffer.from(await tv(pi)))
    await parlor('update now')
    await slots.until('it runs in the other slot and stays', async () => {
      const record = await slots.record()
      return (await slots.running()) === 'B' && record?.is === 'over' && record.outcome === 'good'
    })
    await slots.until('people are told', async () => (await parlor('update')).is === 'done')
    expect((await parlor('update')).said).toContain(nextVersion(version))
    writeFileSync(artefact('virtual', 'update-done.jpg'), Buffer.from(await tv(pi)))
    const numbers = await pi.must('ls /media/parlor/updates 2>/dev/null | wc -l')
    expect(numbers.trim()).toBe('0')
  })
})

type About = { readonly version?: string; readonly board?: string; readonly format?: 'plain' }

/** A bundle of the boot partition alone, as no release makes one. */
function strange(
  folder: string,
  boot: string,
  { key, certificate }: Keys,
  { version = '9.0.0', board = 'virtual', format }: About,
): string {
  mkdirSync(folder)
  copyFileSync(boot, join(folder, 'boot.vfat'))
  const manifest = manifestOf({ version, board }).replace(/\[image.rootfs\][^[]*/, '')
  writeFileSync(join(folder, 'manifest.raucm'), format ? manifest.replace('format=verity', `format=${format}`) : manifest)
  const out = `${folder}.raucb`
  const { status, stderr } = spawnSync('rauc', ['bundle', `--cert=${certificate}`, `--key=${key}`, folder, out], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return out
}

/** The TV's picture, JPEG. */
const tv = async (pi: VirtualPi): Promise<Uint8Array> => {
  await pi.must('parlor tv /tmp/tv.jpg', 60_000)
  return pi.bytes('/tmp/tv.jpg')
}
