// `parlor reset` as somebody types it: without the word that makes it certain nothing is asked of anybody.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const CLI = join(import.meta.dirname, '../../src/app/cli.ts')
const parlor = (...words: string[]) => spawnSync(process.execPath, [CLI, 'reset', ...words], { encoding: 'utf8' })

test.each([[[]], [['now']], [['--yes']]])('parlor reset %j only says what it would erase', (words) => {
  const { status, stderr, stdout } = parlor(...words)
  expect(status).toBe(1)
  expect(stdout).toBe('')
  expect(stderr).toMatch(/recordings/)
  expect(stderr).toMatch(/parlor reset everything/)
})
