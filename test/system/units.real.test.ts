// units.real.test.ts — units that do not run on a box in its daily life, as systemd reads them, and as a person does. Those of the box are
// read by the systemd of the virtual Pi (test/virtual/systemd.test.ts).
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const NAMES = ['parlor-rendezvous.service', 'parlor-reset.service']
const ANALYZE = '/usr/bin/systemd-analyze'
const hasSystemd = existsSync(ANALYZE)
if (!hasSystemd) console.warn('SKIPPED: what systemd says of the units, because there is no systemd-analyze here')

const textOf = (name: string) => readFileSync(join(ROOT, 'systemd', name), 'utf8')

describe.skipIf(!hasSystemd).each(NAMES)('the unit %s', (name) => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'parlor-units-'))
    // Where it is installed there is nothing on this machine.
    writeFileSync(join(folder, name), textOf(name).replaceAll('/opt/parlor', ROOT))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const analyze = (...args: string[]): string => {
    const { stdout, stderr } = spawnSync(ANALYZE, ['--man=no', '--no-pager', ...args, join(folder, name)], { encoding: 'utf8' })
    return `${stdout}${stderr}`
  }

  test('is understood by systemd, every line of it', () => {
    expect(analyze('verify')).not.toContain(name)
  })

  test('leaves at most 1.5 of 10 open to attack', () => {
    const [, score = '10'] = /Overall exposure level for \S+: ([\d.]+)/.exec(analyze('security', '--offline=yes')) ?? []
    expect(Number(score)).toBeLessThanOrEqual(1.5)
  })
})

test.each(NAMES)('every part of %s begins with a reason', (name) => {
  const bare = textOf(name)
    .split(/\n(?=\n)|\n(?=\[)|\n(?=# --)/)
    .filter((part) => /^[A-Z]\w+=/m.test(part) && !part.includes('# '))
  expect(bare.filter((part) => !part.trim().startsWith('[Install]'))).toEqual([])
})
