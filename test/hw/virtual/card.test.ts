// card.test.ts — a card read and written from outside: the built one stays as it is, changes are beside it, partitions and files are found.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Card } from '../../../hw/virtual/card.ts'
import { Fat } from '../../../hw/virtual/fat.ts'

const MB = 2 ** 20
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'parlor-card-test-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A card of 4 MB with a table of partitions: one at 1 MB, an extended one at 2 MB with two in it. */
function built(): string {
  const bytes = Buffer.alloc(4 * MB, 0x11)
  const entry = (sector: number, index: number, type: number, at: number, length: number) => {
    const place = sector * 512 + 446 + index * 16
    bytes.fill(0, place, place + 16)
    bytes[place + 4] = type
    bytes.writeUInt32LE(at, place + 8)
    bytes.writeUInt32LE(length, place + 12)
  }
  const table = (sector: number) => {
    bytes.fill(0, sector * 512 + 446, sector * 512 + 510)
    bytes.writeUInt16LE(0xaa55, sector * 512 + 510)
  }
  table(0)
  entry(0, 0, 0x0c, 2048, 2048)
  entry(0, 3, 0x0f, 4096, 4096)
  table(4096)
  entry(4096, 0, 0x83, 16, 100)
  entry(4096, 1, 0x05, 1024, 500)
  table(5120)
  entry(5120, 0, 0x83, 32, 200)
  const path = join(folder, 'built.img')
  writeFileSync(path, bytes)
  return path
}

describe('a card', () => {
  test('has the partitions that its table names, with the numbers that Linux gives them', () => {
    using card = new Card(built(), join(folder, 'none'))
    expect(card.partitions()).toEqual([
      { number: 1, at: MB, length: MB },
      { number: 5, at: 2 * MB + 16 * 512, length: 100 * 512 },
      { number: 6, at: 2 * MB + (1024 + 32) * 512, length: 200 * 512 },
    ])
  })

  test('is changed beside what was built, and reads as changed, now and by the next who looks', () => {
    const path = built()
    const before = readFileSync(path)
    const changes = join(folder, 'changes')
    const all = Buffer.from(before)
    using card = new Card(path, changes)
    let seed = 7
    const random = (below: number): number => {
      seed = (seed * 48271) % 2147483647
      return seed % below
    }
    for (let round = 0; round < 200; round++) {
      const sectors = 1 + random(20)
      const at = random(4 * 2048 - sectors) * 512
      const bytes = Buffer.alloc(sectors * 512, random(256))
      card.write(at, bytes)
      bytes.copy(all, at)
      const from = random(4 * MB - 5000)
      expect(card.read(from, 5000).equals(all.subarray(from, from + 5000))).toBe(true)
    }
    using again = new Card(path, changes)
    expect(again.read(0, 4 * MB).equals(all)).toBe(true)
    expect(readFileSync(path).equals(before)).toBe(true)
    expect(() => card.write(1, Buffer.alloc(512))).toThrow(/whole sectors/)
  })
})

const hasTools = spawnSync('sh', ['-c', 'command -v mkfs.vfat mcopy mmd'], { stdio: 'ignore' }).status === 0

describe.skipIf(!hasTools).each([
  ['FAT32', ['-F', '32', '-s', '1'], 64],
  ['FAT16', ['-F', '16'], 16],
] as const)('a partition with %s', (_, format, megabytes) => {
  test('gives its files, whatever the length of their names and how they lie', () => {
    const image = join(folder, 'fat.img')
    const file = (name: string, content: string | Buffer) => {
      writeFileSync(join(folder, name), content)
      return join(folder, name)
    }
    writeFileSync(image, Buffer.alloc(megabytes * MB))
    const large = Buffer.alloc(300_000, 'kernel ')
    execFileSync('mkfs.vfat', [...format, '-n', 'BOOT', image], { stdio: 'ignore' })
    const into = (path: string, to: string) => execFileSync('mcopy', ['-o', '-i', image, path, `::/${to}`])
    execFileSync('mmd', ['-i', image, '::/overlays'])
    into(file('a', 'short'), 'CONFIG.TXT')
    into(file('b', Buffer.alloc(100_000, 1)), 'between')
    into(file('c', 'long'), 'a name that is longer than eleven letters.txt')
    execFileSync('mdel', ['-i', image, '::/between'])
    into(file('d', large), 'kernel8.img')
    into(file('e', ''), 'overlays/empty.dtbo')
    into(file('f', 'inside'), 'overlays/vc4-kms-v3d.dtbo')
    const bytes = readFileSync(image)
    const fat = new Fat((at, length) => bytes.subarray(at, at + length))
    expect(fat.file('config.txt')?.toString()).toBe('short')
    expect(fat.file('A Name that is longer than eleven letters.txt')?.toString()).toBe('long')
    expect(fat.file('kernel8.img')?.equals(large)).toBe(true)
    expect(fat.file('overlays/vc4-kms-v3d.dtbo')?.toString()).toBe('inside')
    expect(fat.file('overlays/empty.dtbo')?.length).toBe(0)
    expect([fat.file('between'), fat.file('overlays'), fat.file('config.txt/x'), fat.file('BOOT')]).toEqual([null, null, null, null])
  })
})

test('what is no FAT partition is refused', () => {
  expect(() => new Fat((_, length) => Buffer.alloc(length))).toThrow(/no FAT/)
  expect(() => new Fat((_, length) => Buffer.alloc(length, 0xff))).toThrow(/no FAT/)
})
