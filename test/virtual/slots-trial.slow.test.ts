// slots-trial.slow.test.ts — new versions of a card on trial: from A to B and back to A by real RAUC bundles, each well and kept; one whose screen
// stays black and one without a network, each of which goes back by itself, with its reason kept.
//
// The bundles bring a boot partition and the beginning of a root whose rest is in both slots (kit/slots.ts). Times are short: QUICK, there.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type VirtualPi, whyNot } from './kit/pi.ts'
import { boxWith, NO_SOUND, SLOW_TV, SMALL_PICTURES } from './kit/settings.ts'
import { cardWithUpdate, nextVersion, QUICK, type SlotsOf } from './kit/slots.ts'

const HAD = { picture: true, network: true }
const FEW = ['rig.camera=none', 'rig.encoder=none']
/** This happens in slot B alone: its version is ill. */
const inB = (does: string) => `[Service]\nExecStartPre=+/bin/sh -c 'grep -q parlor.slot=B /proc/cmdline || exit 0; ${does}'\n`
const ILL = '/etc/systemd/system/parlor-media.service.d/ill.conf'
/** A systemctl that is still there when systemd has begun to end everything for the reboot that it ordered, as may be on a busy box. */
const LATE = {
  '/usr/local/bin/systemctl': {
    content: '#!/bin/sh\n/usr/bin/systemctl "$@"\ncode=$?\ncase "$*" in *reboot*) sleep 3 ;; esac\nexit $code\n',
    mode: 0o755,
  },
}

describe.skipIf(whyNot !== null)('a new version on trial', { timeout: 400_000 }, () => {
  let pi: VirtualPi
  let slots: SlotsOf
  let version: string
  beforeAll(async () => {
    const files = { ...boxWith(SMALL_PICTURES, NO_SOUND, SLOW_TV), ...QUICK, ...LATE }
    ;({ pi, version, slots } = await cardWithUpdate({ name: 'slots-trial', files, args: FEW }))
  })
  afterAll(async () => {
    await pi?.[Symbol.asyncDispose]()
    pi?.lan[Symbol.dispose]()
  })

  /** Is in this slot, and its trial has ended so. */
  const ends = async (slot: 'A' | 'B', outcome: string): Promise<void> => {
    await slots.until(`in ${slot}, ${outcome}`, async () => {
      const record = await slots.record()
      return (await slots.running()) === slot && record?.is === 'over' && record.outcome === outcome
    })
  }

  test('is well for as long as it has to, and stays; so does the next one, in the first slot', async () => {
    for (const slot of ['B', 'A'] as const) {
      await pi.must('rauc install /host/update.raucb', 120_000)
      expect(await slots.record()).toMatchObject({ is: 'waiting', slot })
      await slots.try(HAD)
      await ends(slot, 'good')
    }
    expect(await slots.ask('update.status', {})).toMatchObject({ slot: 'A', version, trial: false, before: nextVersion(version) })
  })

  test.each([
    ['no picture', 'rm -f /dev/dri/card*'],
    ['no network', 'ip link set vec0 down; systemctl stop NetworkManager'],
  ])('has %s: back in the old version, which knows why', async (why, does) => {
    pi.lay(ILL, inB(does))
    await slots.waiting('B', nextVersion(version))
    await slots.try(HAD)
    await ends('A', why)
    pi.lay(ILL, '')
  })
})
