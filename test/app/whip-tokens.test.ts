// Tokens of publishers: shown once, kept as hashes, good over a restart until they are taken back.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { WhipTokens } from '../../src/app/whip-tokens.ts'
import { systemRandom } from '../../src/wire/crypto.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parlor-whip-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function open(): Promise<WhipTokens> {
  const tokens = new WhipTokens(folder, systemRandom)
  await tokens.open()
  return tokens
}

test('a token stands for its name, also after a restart, and is nowhere on the disk', async () => {
  const tokens = await open()
  const token = await tokens.add(' Stage camera ')
  expect(tokens.nameOf(token)).toBe('Stage camera')
  expect(readFileSync(join(folder, 'whip.json'), 'utf8')).not.toContain(token)
  const later = await open()
  expect([later.nameOf(token), later.nameOf(token.toLowerCase()), later.names]).toEqual(['Stage camera', 'Stage camera', ['Stage camera']])
  expect([later.nameOf(''), later.nameOf(`${token}0`), later.nameOf('Stage camera')]).toEqual([null, null, null])
})

test('another one for the same name counts instead of it; one that is removed counts no more', async () => {
  const tokens = await open()
  const [first, second] = [await tokens.add('Stage'), await tokens.add('Stage')]
  expect([tokens.nameOf(first), tokens.nameOf(second), tokens.names]).toEqual([null, 'Stage', ['Stage']])
  await tokens.remove('Stage')
  expect(tokens.nameOf(second)).toBeNull()
  await expect(tokens.remove('Stage')).rejects.toThrow(/nobody publishes as "Stage"/)
})

test('names are names, and there are not too many', async () => {
  const tokens = await open()
  await expect(tokens.add('  ')).rejects.toThrow(/a name of 1 to 40 letters/)
  await expect(tokens.add('a'.repeat(41))).rejects.toThrow(/1 to 40/)
  for (let i = 0; i < 20; i++) await tokens.add(`n${i}`)
  await expect(tokens.add('one more')).rejects.toThrow(/20 already/)
})

test.each([['not JSON'], ['[]'], ['{"Stage":"short"}'], ['{"":"00"}']])(
  'a file with %s in it is not taken for no publishers',
  async (text) => {
    writeFileSync(join(folder, 'whip.json'), text)
    await expect(open()).rejects.toThrow(/is damaged/)
  },
)
