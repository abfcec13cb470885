// selector.real.test.ts — the sector that says which slot starts: found on real FAT partitions, changed in place, and left alone where
// anything is not as it should be.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Fault } from '../../../src/lib/fault.ts'
import { sectorFor, slotIn } from '../../../src/system/slots/autoboot.ts'
import { sectorOf } from '../../../src/system/slots/fat.ts'
import { selectorOn } from '../../../src/system/slots/selector.ts'
import { randomFrom } from './kit.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'parlor-selector-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Wishes = { readonly kind?: readonly string[]; readonly sector?: Uint8Array; readonly before?: readonly string[] }

/** A partition like a card's first, with some files before the one that counts. */
function partition(
  name: string,
  { kind = ['-F', '32', '-s', '1'], sector = sectorFor('A'), before = ['user-data', 'a long name.txt'] }: Wishes = {},
) {
  const image = join(folder, name)
  writeFileSync(image, '')
  truncateSync(image, 34 * 2 ** 20)
  execFileSync('mkfs.vfat', [...kind, '-n', 'SELECTOR', image], { stdio: 'pipe' })
  const put = (as: string, bytes: Uint8Array): void => {
    const from = join(folder, as)
    writeFileSync(from, bytes)
    execFileSync('mcopy', ['-i', image, from, '::/'], { stdio: 'pipe' })
  }
  for (const file of before) put(file, new Uint8Array(3000))
  put('autoboot.txt', sector)
  return image
}
const fsck = (image: string): string => execFileSync('fsck.vfat', ['-n', image], { encoding: 'utf8' })
const read = (image: string): Uint8Array => execFileSync('mtype', ['-i', image, '::/autoboot.txt'])
/** How many bytes two files differ in, and in how many sectors. */
function differences(a: Buffer, b: Buffer): { bytes: number; sectors: number } {
  const count = { bytes: 0, sectors: 0 }
  for (let at = 0; at < a.length; at += 512) {
    if (a.compare(b, at, at + 512, at, at + 512) === 0) continue
    count.sectors++
    for (let i = at; i < at + 512; i++) if (a[i] !== b[i]) count.bytes++
  }
  return count
}

describe.each([
  ['FAT32 as a card has it', ['-F', '32', '-s', '1']],
  ['FAT16', ['-F', '16', '-s', '4']],
  ['FAT32 with one table', ['-F', '32', '-s', '1', '-f', '1', '-R', '64']],
])('%s', (_name, kind) => {
  test('the slot is changed by one sector, and changed back; everything else stays', async () => {
    const image = partition('card.img', { kind })
    const before = readFileSync(image)
    const selector = selectorOn(image)
    expect(await selector.read()).toBe('A')
    await selector.write('B')
    expect(await selector.read()).toBe('B')
    expect(slotIn(read(image))).toBe('B')
    expect(differences(before, readFileSync(image))).toEqual({ bytes: 2, sectors: 1 })
    expect(fsck(image)).not.toMatch(/error|differ|bad/i)
    await selector.write('A')
    await selector.write('A')
    expect(readFileSync(image).equals(before)).toBe(true)
  }, 20_000)
})

test('a folder of many names, over several clusters', async () => {
  const image = partition('many.img', { before: Array.from({ length: 40 }, (_, n) => `a file with a long name, number ${n}.txt`) })
  await selectorOn(image).write('B')
  expect(slotIn(read(image))).toBe('B')
})

const odd = { code: 'selector-odd' }
test.each<readonly [string, Wishes]>([
  ['another text', { sector: new TextEncoder().encode('[all]\nboot_partition=2\n'.padEnd(512)) }],
  ['a file that is shorter', { sector: sectorFor('A').slice(0, 511) }],
  ['a file that is longer', { sector: new Uint8Array(513).fill(32) }],
  ['FAT12', { kind: ['-F', '12', '-s', '64'] }],
])('%s is left alone', async (_name, wishes) => {
  const image = partition('odd.img', wishes)
  const before = readFileSync(image)
  await expect(selectorOn(image).read()).rejects.toMatchObject(odd)
  await expect(selectorOn(image).write('B')).rejects.toMatchObject(odd)
  expect(readFileSync(image).equals(before)).toBe(true)
})

test('nothing that is no FAT is written to', async () => {
  for (const [name, bytes] of Object.entries({ nothing: new Uint8Array(2 ** 20), short: new Uint8Array(100), empty: new Uint8Array(0) })) {
    const image = join(folder, name)
    writeFileSync(image, bytes)
    await expect(selectorOn(image).write('B')).rejects.toMatchObject(odd)
  }
  await expect(selectorOn(join(folder, 'not there')).read()).rejects.toMatchObject({ code: 'disk-fault' })
})

test('whatever stands in its tables, the reader stays in its bounds', async () => {
  const image = readFileSync(partition('fuzz.img'))
  const random = randomFrom(7)
  const pick = (below: number): number => Math.floor(random() * below)
  let found = 0
  // What counts: the boot sector, the first sectors of the table, the root folder and what is behind it.
  const root = (image.readUInt16LE(14) + 2 * image.readUInt32LE(36)) * 512
  const table = image.readUInt16LE(14) * 512
  const places = [() => pick(90), () => table + pick(200), () => root + pick(512)]
  const readAt = async (at: number, length: number): Promise<Uint8Array> => {
    if (!(at >= 0 && length > 0)) throw new Error(`it reads ${length} bytes at ${at}`)
    if (at + length > image.length) throw new Fault('selector-odd', 'the partition ends too early')
    return image.subarray(at, at + length)
  }
  for (let n = 0; n < 3000; n++) {
    const changes = Array.from({ length: 1 + pick(3) }, () => {
      const at = places[pick(places.length)]?.() ?? 0
      return { at, was: image[at] ?? 0 }
    })
    for (const { at } of changes) image[at] = pick(256)
    const at = await sectorOf(readAt, image.length, 'AUTOBOOTTXT').catch((error: { code?: string }) => {
      expect(error).toMatchObject(odd)
      return null
    })
    if (at !== null) {
      expect([at % 512, at >= 0 && at + 512 <= image.length]).toEqual([0, true])
      found++
    }
    for (const { at: there, was } of changes.reverse()) image[there] = was
  }
  expect(found).toBeGreaterThan(100)
})
