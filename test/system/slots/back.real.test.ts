// back.real.test.ts — scripts/slots-back, which ends a trial without anything of Parlor: only where another slot runs than is chosen.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { sectorFor } from '../../../src/system/slots/autoboot.ts'
import { pendingText } from '../../../src/system/slots/pending.ts'
import type { Slot } from '../../../src/system/slots/slot.ts'
import { whyNoTape } from '../kit/tape.ts'
import { HAD } from './kit.ts'

const SCRIPT = join(import.meta.dirname, '../../../scripts/slots-back')
let folder: string
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Runs it on a machine where this slot runs; says whether it was started anew, and whether the mark was left. */
function run(running: Slot | null, chosen: Slot | null, tried: Slot | null): { readonly anew: boolean; readonly marked: boolean } {
  folder = mkdtempSync(join(tmpdir(), 'parlor-back-'))
  const at = (...path: string[]): string => join(folder, ...path)
  for (const name of ['state', 'devices', 'bin']) mkdirSync(at(name))
  writeFileSync(
    at('cmdline'),
    running ? `root=PARTUUID=7061726c-0${running === 'A' ? 5 : 6} ro parlor.slot=${running} panic=5\n` : 'root=/dev/sda1\n',
  )
  if (tried) {
    const record = {
      is: 'trying',
      slot: tried,
      version: '2',
      before: '1',
      had: HAD,
      tries: 1,
      armedIn: 'x',
      reached: true,
      failed: null,
    } as const
    writeFileSync(at('state/pending.json'), pendingText(record))
  }
  if (chosen) {
    const image = at('devices/7061726c-01')
    writeFileSync(image, '')
    truncateSync(image, 34 * 2 ** 20)
    execFileSync('mkfs.vfat', ['-F', '32', '-s', '1', image], { stdio: 'pipe' })
    writeFileSync(at('autoboot.txt'), sectorFor(chosen))
    execFileSync('mcopy', ['-i', image, at('autoboot.txt'), '::/'])
  }
  writeFileSync(at('bin/systemctl'), `#!/bin/sh\necho "$@" > ${at('anew')}\n`, { mode: 0o755 })
  const env = { PATH: `${at('bin')}:${process.env.PATH}`, CMDLINE: at('cmdline'), STATE: at('state'), DEVICES: at('devices') }
  expect(spawnSync(SCRIPT, { env, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' })
  return { anew: existsSync(at('anew')), marked: existsSync(at('state/taken-back')) }
}
const BACK = { anew: true, marked: true }
const STAYS = { anew: false, marked: false }

describe.skipIf(whyNoTape !== null)('the timer of the image', () => {
  test('goes back from a slot that is not the chosen one', () => {
    expect(run('B', 'A', 'B')).toEqual(BACK)
  })
  test('does so for the other slot, too, and where nothing is kept of an update', () => {
    expect(run('A', 'B', null)).toEqual(BACK)
  })
  test('leaves the chosen slot alone, whatever is kept', () => {
    expect(run('A', 'A', 'B')).toEqual(STAYS)
  })
  test('goes by what is kept where the selector cannot be read', () => {
    expect(run('B', null, 'B')).toEqual(BACK)
  })
  test('does nothing where neither says that this is a trial', () => {
    expect(run('B', null, null)).toEqual(STAYS)
  })
  test('does nothing on a machine without slots', () => {
    expect(run(null, 'A', 'B')).toEqual(STAYS)
  })
})
