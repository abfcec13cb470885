// slots.slow.test.ts — an update of a card that is cut off or does not start: an install by real RAUC bundles that is killed at ten points and by a
// power cut, a version whose Parlor exits, and one whose kernel panics. The old slot is what runs, and it knows why.
//
// Parlor exits at once in both slots here: what is tried does not need it, and boots are quicker. The timer of the image comes 90 s after the
// start and not after ten and a half minutes. What is well is in slots-trial.slow.test.ts.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Had } from '../../src/system/slots/pending.ts'
import { type VirtualPi, whyNot } from './kit/pi.ts'
import { cardWithUpdate, nextVersion, type SlotsOf } from './kit/slots.ts'

const HAD: Had = { picture: false, network: true }
const FILES = {
  '/etc/systemd/system/parlor.service.d/exits.conf': '[Service]\nExecStart=\nExecStart=/bin/false\n',
  '/etc/systemd/system/parlor-slots-back.timer.d/soon.conf': '[Timer]\nOnBootSec=\nOnBootSec=90s\n',
}
const FEW = ['rig.camera=none', 'rig.encoder=none', 'systemd.mask=parlor-media.service', 'systemd.mask=parlor-failsafe.service']

describe.skipIf(whyNot !== null)('an update of a card', { timeout: 400_000 }, () => {
  let pi: VirtualPi
  let slots: SlotsOf
  let version: string
  beforeAll(async () => {
    ;({ pi, version, slots } = await cardWithUpdate({ name: 'slots', files: FILES, args: FEW }))
  })
  afterAll(async () => {
    await pi?.[Symbol.asyncDispose]()
    pi?.lan[Symbol.dispose]()
  })

  /** Is tried, and given up for this. */
  const goesBack = async (why: string): Promise<void> => {
    await slots.try(HAD)
    await slots.until('it has gone back', async () => {
      const record = await slots.record()
      return (await slots.running()) === 'A' && record?.is === 'over' && record.outcome === why
    })
  }
  const isWritten = async () => (await slots.record())?.is === 'writing'

  test('is written into the slot that does not run, as RAUC sees it', async () => {
    expect(await slots.ask('update.status', {})).toMatchObject({ slot: 'A', version, trial: false })
    const status = await pi.must('rauc status --output-format=shell')
    expect(status).toContain("RAUC_SYSTEM_COMPATIBLE='parlor-virtual'")
    expect(status).toContain("RAUC_BOOT_PRIMARY='rootfs.0'")
    expect(status).toMatch(/RAUC_SLOT_STATE_(\d)='booted'\n(?:.*\n)*RAUC_SLOT_BOOTNAME_\1='A'/)
    await pi.must('rauc install /host/update.raucb', 120_000)
    expect(await slots.record()).toEqual({ is: 'waiting', slot: 'B', version: nextVersion(version) })
  })

  test('is killed at ten points: the slot that runs stays, and the next install succeeds', async () => {
    for (let point = 0; point < 10; point++) {
      await using running = pi.start('rauc install /host/update.raucb')
      await slots.until('it writes', isWritten, 60_000)
      await new Promise((done) => setTimeout(done, point * 400))
      await pi.must('systemctl kill -s KILL rauc.service; true')
      await running.ended.catch(() => {})
      expect([await slots.running(), (await slots.record())?.is]).toEqual(['A', expect.stringMatching(/^(writing|waiting)$/)])
      // What a start of the machine would have taken away.
      await pi.must(
        'umount -l /run/rauc/mnt/* /run/parlor-slots/new 2>/dev/null; dmsetup remove_all 2>/dev/null; losetup -D; rm -f /state/update/pending.json',
      )
    }
    await pi.must('rauc install /host/update.raucb', 120_000)
    expect(await slots.record()).toMatchObject({ is: 'waiting', slot: 'B' })
  })

  test('meets a power cut: the same slot starts, nothing half written is tried, and it can be done again', async () => {
    pi.start('rauc install /host/update.raucb').ended.catch(() => {})
    await slots.until('it writes', isWritten, 60_000)
    await pi.kill()
    await pi.boot()
    expect([await slots.running(), await slots.record()]).toEqual(['A', { is: 'writing', slot: 'B' }])
    await expect(slots.ask('update.try', { had: HAD })).rejects.toThrow('no new version')
    await pi.must('rauc install /host/update.raucb', 120_000)
  })

  test('brings a Parlor that exits: back by the timer of the image', async () => {
    await slots.waiting('B', nextVersion(version))
    await goesBack('not ready')
  })

  test('brings a kernel that panics: tried three times, and given up', async () => {
    await slots.waiting('B', nextVersion(version))
    const line = '/run/b/cmdline.txt'
    await pi.must(
      `mkdir -p /run/b && mount $(findfs PARTUUID=7061726c-03) /run/b && sed -i 's,rootfstype=ext4,rootfstype=vfat,' ${line} && umount /run/b`,
    )
    await goesBack('no start')
  })

  test('is kept when it is said to be good: every start from now on is its', async () => {
    await pi.must(
      `mkdir -p /run/b && mount $(findfs PARTUUID=7061726c-03) /run/b && sed -i 's,rootfstype=vfat,rootfstype=ext4,' /run/b/cmdline.txt && umount /run/b`,
    )
    await slots.waiting('B', nextVersion(version))
    await slots.try(HAD)
    await slots.until('it is on trial', async () => {
      const record = await slots.record()
      return (await slots.running()) === 'B' && record?.is === 'trying' && record.reached
    })
    await slots.ask('update.good', {})
    expect(await slots.record()).toEqual({ is: 'over', slot: 'B', version: nextVersion(version), before: version, outcome: 'good' })
    expect(await slots.ask('update.status', {})).toMatchObject({ slot: 'B', trial: false, before: version })
    await pi.kill()
    await pi.boot()
    expect(await slots.running()).toBe('B')
  })
})
