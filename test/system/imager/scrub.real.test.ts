import { mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { DONE, scrub } from '../../../src/system/imager/scrub.ts'

it('writes over the secret where it lies, and puts another file in its place', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'parlor-scrub-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'network-config')
  writeFileSync(path, 'password: "correct horse"\n')
  // What holds the old file open sees its blocks.
  const old = openSync(path, 'r')
  await scrub(path)
  const bytes = Buffer.alloc(100)
  expect(bytes.subarray(0, readSync(old, bytes, 0, 100, 0)).toString()).toMatch(/^ {26}$/)
  expect(readFileSync(path, 'utf8')).toBe(DONE)
})
