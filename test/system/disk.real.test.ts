import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { ensureDir, exists, readText, readTree, remove, sweep, trueOf, writeAtomic } from '../../src/system/disk.ts'

const home = mkdtempSync(join(tmpdir(), 'parlor-disk-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))
const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes)

test('what is written is read again, belongs to its user alone, and leaves nothing beside it', async () => {
  const folder = join(home, 'a/b')
  await ensureDir(folder)
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  const file = join(folder, 'state.json')
  expect(await readText(file)).toBe(null)
  await writeAtomic(file, 'one')
  await writeAtomic(file, 'two ü')
  expect(await readText(file)).toBe('two ü')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder)).toEqual(['state.json'])
})

test('writers at the same time leave one whole text', async () => {
  const file = join(home, 'many')
  const texts = Array.from({ length: 20 }, (_, i) => String(i).repeat(5000))
  await Promise.all(texts.map((each) => writeAtomic(file, each)))
  expect(texts).toContain(await readText(file))
})

test('a full disk is a fault with a sentence, and the old text stays', async () => {
  const small = join(home, 'small')
  await ensureDir(small)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small], { stdio: 'ignore' })
  } catch {
    console.warn('SKIPPED: a full disk (mounting needs root)')
    return
  }
  try {
    const file = join(small, 'state')
    await writeAtomic(file, 'old')
    await expect(writeAtomic(file, 'x'.repeat(200_000))).rejects.toMatchObject({
      code: 'disk-full',
      message: expect.stringContaining('disk is full'),
    })
    expect(await readText(file)).toBe('old')
    expect(readdirSync(small)).toEqual(['state'])
  } finally {
    execFileSync('umount', [small])
  }
})

test('a place that cannot be a folder, and a folder that is no file, are faults with a sentence', async () => {
  writeFileSync(join(home, 'file'), '')
  await expect(ensureDir(join(home, 'file/x'))).rejects.toMatchObject({ code: 'disk-fault' })
  await expect(readText(home)).rejects.toMatchObject({ code: 'disk-fault', message: expect.stringContaining(home) })
  await expect(writeAtomic(join(home, 'nowhere/x'), '')).rejects.toMatchObject({ code: 'disk-fault' })
  await expect(trueOf(join(home, 'nowhere'))).rejects.toMatchObject({ code: 'disk-fault' })
})

test('a tree is read with its paths, without what links point to', async () => {
  const root = join(home, 'tree')
  await ensureDir(join(root, 'assets/deep'))
  writeFileSync(join(root, 'index.html'), 'hello')
  writeFileSync(join(root, 'assets/deep/a.js'), 'x')
  symlinkSync('/etc/passwd', join(root, 'assets/passwd'))
  const tree = await readTree(root)
  expect([...tree.keys()].sort()).toEqual(['assets/deep/a.js', 'index.html'])
  expect(text(tree.get('index.html'))).toBe('hello')
  expect((await readTree(join(home, 'nowhere'))).size).toBe(0)
})

test('what a power cut left is swept away, and only that', async () => {
  const folder = join(home, 'swept')
  await ensureDir(folder)
  writeFileSync(join(folder, 'state.0123456789ab.tmp'), '')
  writeFileSync(join(folder, 'mine.tmp'), '')
  await sweep(folder)
  expect(readdirSync(folder)).toEqual(['mine.tmp'])
  await remove(join(folder, 'mine.tmp'))
  await remove(join(folder, 'mine.tmp'))
  expect(await exists(join(folder, 'mine.tmp'))).toBe(false)
})
