// manifest.test.ts — two trees are the same or not, and what differs is named.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { differences, hashOf, manifestOf } from '../../image/manifest.ts'

const made: string[] = []
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true })
})

/** A small tree, its files written in this order. */
function tree(names: readonly string[]): string {
  const root = mkdtempSync(join(tmpdir(), 'parlor-manifest-'))
  made.push(root)
  mkdirSync(join(root, 'etc'))
  for (const name of names) {
    writeFileSync(join(root, 'etc', name), `this is ${name}`)
    utimesSync(join(root, 'etc', name), 1_760_000_000, 1_760_000_000)
  }
  utimesSync(join(root, 'etc'), 1_760_000_000, 1_760_000_000)
  return root
}

test('the same files are the same tree, in whatever order they were written', () => {
  const [one, other] = [manifestOf(tree(['a', 'b', 'c'])), manifestOf(tree(['c', 'a', 'b']))]
  expect(differences(one, other)).toEqual([])
  expect(hashOf(one)).toBe(hashOf(other))
})

test('content, rights, dates and what is missing are seen', () => {
  const [one, other] = [tree(['a', 'b', 'c', 'd']), tree(['a', 'b', 'c', 'd'])]
  writeFileSync(join(other, 'etc/a'), 'this is A')
  utimesSync(join(other, 'etc/a'), 1_760_000_000, 1_760_000_000)
  chmodSync(join(other, 'etc/b'), 0o600)
  utimesSync(join(other, 'etc/c'), 1_760_000_000, 1_760_000_001)
  rmSync(join(other, 'etc/d'))
  symlinkSync('a', join(other, 'etc/e'))
  utimesSync(join(other, 'etc'), 1_760_000_000, 1_760_000_000)
  const found = differences(manifestOf(one), manifestOf(other))
  expect(found.map((line) => line.split(':')[0])).toEqual(['/etc/a', '/etc/b', '/etc/c', '/etc/d', '/etc/e'])
  expect(found[3]).toMatch(/is not there$/)
  expect(hashOf(manifestOf(one))).not.toBe(hashOf(manifestOf(other)))
})
