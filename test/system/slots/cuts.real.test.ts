// cuts.real.test.ts — the power is cut at every write to the selector, the pending record and STATE: real file systems on a real block device,
// every write taped and replayed. After each cut the firmware finds one of the two slots, both file systems are in order, and what is kept of
// the update is as it was before or after the write: never in between.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { partitionOf } from '../../../hw/virtual/choice.ts'
import { Fat } from '../../../hw/virtual/fat.ts'
import { writeAtomic } from '../../../src/system/disk.ts'
import { sectorFor } from '../../../src/system/slots/autoboot.ts'
import { keptIn } from '../../../src/system/slots/ground.ts'
import { type Pending, pendingText, readPending } from '../../../src/system/slots/pending.ts'
import { selectorOn } from '../../../src/system/slots/selector.ts'
import { BOOT_PARTITION, other, type Slot } from '../../../src/system/slots/slot.ts'
import { Slots } from '../../../src/system/slots/slots.ts'
import { nextStep } from '../../../src/system/slots/step.ts'
import { Tape, whyNoTape } from '../kit/tape.ts'
import { HAD, randomFrom } from './kit.ts'

const MB = 2 ** 20
const SELECTOR = 34 * MB
const STATE = 12 * MB
if (whyNoTape) console.warn(`SKIPPED: power cuts replayed on block devices: ${whyNoTape}`)

/** What is true of the card at a moment of the tape. */
type Truth = { readonly at: number; readonly chosen: Slot; readonly record: Pending | null }

describe.skipIf(whyNoTape !== null)('a power cut at any write', { timeout: 180_000 }, () => {
  let folder: string
  let image: string
  let state: string
  beforeAll(() => {
    // In memory, where there is such a place: a cut is a copy of all of it.
    folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'parlor-cuts-'))
    image = join(folder, 'card.img')
    state = join(folder, 'state')
    mkdirSync(state)
    const part = (name: string, size: number): string => {
      const path = join(folder, name)
      writeFileSync(path, '')
      truncateSync(path, size)
      return path
    }
    const fat = part('selector.vfat', SELECTOR)
    execFileSync('mkfs.vfat', ['-F', '32', '-s', '1', '-n', 'SELECTOR', fat], { stdio: 'pipe' })
    writeFileSync(join(folder, 'autoboot.txt'), sectorFor('A'))
    execFileSync('mcopy', ['-i', fat, join(folder, 'autoboot.txt'), '::/'])
    const ext4 = part('state.ext4', STATE)
    execFileSync('mke2fs', ['-q', '-t', 'ext4', '-b', '4096', '-J', 'size=4', '-E', 'lazy_itable_init=0,lazy_journal_init=0', ext4])
    writeFileSync(image, '')
    truncateSync(image, SELECTOR + STATE)
    for (const [from, seek] of [
      [fat, 0],
      [ext4, SELECTOR / MB],
    ] as const)
      execFileSync('dd', [`if=${from}`, `of=${image}`, 'bs=1M', `seek=${seek}`, 'conv=notrunc,sparse', 'status=none'])
  })
  afterAll(() => {
    spawnSync('umount', [state], { stdio: 'ignore' })
    rmSync(folder, { recursive: true, force: true })
  })

  test('leaves a card that starts, from the old slot or the new one', async () => {
    const tape = await Tape.begin(image, folder)
    const truths = await live(tape, state)
    await tape.end()
    let fat: Buffer | null = null
    let sound = 0
    const cuts = await tape.replay(randomFrom(3), async (disk, flushed, written) => {
      const chosen = startedBy(disk)
      // A file system that has not changed since it was looked at is not looked at again.
      if (fat === null || fat.compare(disk, 0, SELECTOR) !== 0) {
        fat = Buffer.from(disk.subarray(0, SELECTOR))
        writeFileSync(join(folder, 'fat'), fat)
        expect(execFileSync('fsck.vfat', ['-n', join(folder, 'fat')], { encoding: 'utf8' })).not.toMatch(/error|differ|bad|dirty/i)
      }
      const record = recordIn(disk.subarray(SELECTOR, SELECTOR + STATE), folder)
      // What was true when all was last flushed, and whatever was being done since then.
      const known = truths.filter(({ at }) => at <= flushed).at(-1)
      const maybe = truths.filter(({ at }, i) => at > flushed && (truths[i - 1]?.at ?? 0) < written)
      const possible = [...(known ? [known] : []), ...maybe]
      expect(possible.map(({ chosen }) => chosen)).toContain(chosen)
      expect(possible.map(({ record }) => JSON.stringify(record))).toContain(JSON.stringify(record))
      sound += settles(chosen, record)
    })
    expect(cuts).toBeGreaterThanOrEqual(200)
    expect(sound).toBe(cuts)
  })
})

/** Updates there and back again, one that fails and one that is cut off, with a box around it that keeps this and that. */
async function live(tape: Tape, state: string): Promise<Truth[]> {
  const selector = selectorOn(tape.device(0, SELECTOR))
  execFileSync('mount', ['-o', 'noatime', tape.device(SELECTOR, STATE), state])
  const update = join(state, 'update')
  mkdirSync(update)
  execFileSync('sync', ['-f', state])
  const truths: Truth[] = []
  const kept = keptIn(update)
  let truth: Omit<Truth, 'at'> = { chosen: 'A', record: null }
  const note = (change: Partial<Truth>): void => {
    truth = { ...truth, ...change }
    truths.push({ ...truth, at: tape.now })
  }
  note({})
  let n = 0
  const slots = (running: Slot, boot: string): Slots =>
    new Slots({
      ...{ running, boot, version: `${running}${n}`, mark: kept.mark, reboot: async () => {} },
      selector: {
        read: selector.read,
        write: async (slot) => {
          await selector.write(slot)
          note({ chosen: slot })
        },
      },
      record: {
        read: kept.record.read,
        write: async (record) => {
          await kept.record.write(record)
          note({ record })
          // The box itself writes meanwhile, and does not wait for us.
          if (n % 3 === 0) await writeAtomic(join(state, 'wanted.json'), 'x'.repeat(2000 + n))
        },
      },
    })
  for (const ends of ['good', 'bad', 'cut', 'good', 'good'] as const) {
    n++
    const old = await selector.read()
    const fresh = other(old)
    await slots(old, `old ${n}`).writing(fresh)
    await slots(old, `old ${n}`).written(fresh, `${n}.0`)
    await slots(old, `old ${n}`).try(HAD)
    await slots(fresh, `new ${n}`).settle()
    if (ends === 'good') await slots(fresh, `new ${n}`).settle({ is: 'good' })
    else if (ends === 'bad') {
      await slots(fresh, `new ${n}`).settle({ is: 'bad', why: 'no picture' })
      await slots(old, `again ${n}`).settle()
    } else for (let time = 0; time < 3; time++) await slots(old, `cut ${n} ${time}`).settle()
  }
  execFileSync('umount', [state])
  note({})
  return truths
}

/** Which slot the firmware starts. */
function startedBy(disk: Buffer): Slot {
  const text = new Fat((at, length) => disk.subarray(at, at + length)).file('autoboot.txt')?.toString('latin1') ?? ''
  const partition = partitionOf(text, false)
  const slot = (['A', 'B'] as const).find((name) => BOOT_PARTITION[name] === partition)
  if (!slot || partitionOf(text, true) !== BOOT_PARTITION[other(slot)])
    throw new Error(`the firmware finds no slot in ${JSON.stringify(text)}`)
  return slot
}

/** What a system that starts then finds on STATE, after it has been repaired as at each start. */
function recordIn(bytes: Buffer, folder: string): Pending | null {
  const path = join(folder, 'state.cut')
  writeFileSync(path, bytes)
  const { status, stdout } = spawnSync('e2fsck', ['-p', path], { encoding: 'utf8' })
  if (status === null || status > 1) throw new Error(`STATE cannot be repaired: ${stdout}`)
  const text = spawnSync('debugfs', ['-R', 'cat /update/pending.json', path], { encoding: 'utf8' }).stdout
  const record = readPending(text === '' ? null : text)
  if (text !== '' && (!record || pendingText(record) !== text)) throw new Error(`the record is torn: ${JSON.stringify(text)}`)
  return record
}

/** The chosen slot starts, and takes its steps: 1 when they come to rest in one of the slots. */
function settles(chosen: Slot, record: Pending | null): 0 | 1 {
  let pending = record
  for (let steps = 0; steps < 8; steps++) {
    const step = nextStep({
      ...{ running: chosen, chosen, pending, boot: 'after the cut', version: '1', health: { is: 'open' }, takenBack: false },
    })
    if (step.do === 'nothing' || (step.do === 'reboot' && step.into === other(chosen))) return 1
    if (step.do === 'write record') pending = step.record
  }
  return 0
}
