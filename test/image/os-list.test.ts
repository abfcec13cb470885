// os-list.test.ts — what Raspberry Pi Imager gets to read fits its schema, and is true of the files that it describes.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { MOST_BYTES, measure, osList, type Published } from '../../image/os-list.ts'

/** The required part of doc/json-schema/os-list-schema.json of Raspberry Pi Imager 2, and of its notes. */
const Entry = z.looseObject({
  name: z.string().min(1),
  description: z.string().min(1),
  icon: z.url(),
  url: z.url(),
  extract_size: z.int().positive(),
  extract_sha256: z.string().regex(/^[0-9a-f]{64}$/),
  image_download_size: z.int().positive(),
  release_date: z.iso.date(),
  devices: z.array(z.string()).min(1),
  init_format: z.enum(['systemd', 'cloudinit', 'cloudinit-rpi', 'none', '']),
})
const OsList = z.strictObject({ os_list: z.array(Entry).min(1) })

const hex = (byte: string) => byte.repeat(64)
const card: Published = {
  version: '0.4.0',
  date: 1_760_000_000,
  base: 'https://parlor.example/card/',
  file: 'parlor-0.4.0-arm64.img.xz',
  image: { bytes: 4_000_000_000, sha256: hex('a') },
  compressed: { bytes: 400_000_000, sha256: hex('b') },
}

test("a card's entry is what Imager's schema asks for", () => {
  const list = OsList.parse(osList(card))
  expect(list.os_list[0]).toMatchObject({
    url: 'https://parlor.example/card/parlor-0.4.0-arm64.img.xz',
    release_date: '2025-10-09',
    extract_size: 4_000_000_000,
    extract_sha256: hex('a'),
    image_download_size: 400_000_000,
    devices: ['pi5-64bit', 'pi4-64bit', 'pi3-64bit'],
    init_format: 'cloudinit',
  })
})

test('a card that is too large is not published', () => {
  expect(() => osList({ ...card, compressed: { ...card.compressed, bytes: MOST_BYTES + 1 } })).toThrow('may have 700000000')
})

test('an address that is no folder is refused', () => {
  expect(() => osList({ ...card, base: 'https://parlor.example/card' })).toThrow('is no address of a folder')
  expect(() => osList({ ...card, base: 'file:///card/' })).toThrow('is no address of a folder')
})

test('sizes and hashes are those of what is unpacked, and of what is fetched', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'parlor-os-list-'))
  try {
    const image = join(folder, 'card.img')
    writeFileSync(image, Buffer.alloc(3_000_000, 'parlor'))
    execFileSync('xz', ['--keep', image])
    const unpacked = execFileSync('xz', ['--decompress', '--stdout', `${image}.xz`], { maxBuffer: 1 << 24 })
    const [plain, compressed] = [await measure(image), await measure(`${image}.xz`)]
    expect(plain).toEqual({ bytes: unpacked.length, sha256: createHash('sha256').update(unpacked).digest('hex') })
    expect(compressed.bytes).toBeLessThan(10_000)
    expect(compressed.sha256).not.toBe(plain.sha256)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
