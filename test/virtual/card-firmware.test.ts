// card-firmware.test.ts — how a virtual Pi starts from its card, as a Pi's firmware does: which boot partition, the other one once when a
// reboot asks for it, and the first again after a crash.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Fat } from '../../hw/virtual/fat.ts'
import { bootVirtualPi, type VirtualPi, whyNot } from './kit/pi.ts'

/** What this test has no use for; without it a start is quick. */
const WITHOUT = ['parlor', 'parlor-media', 'NetworkManager', 'wpa_supplicant', 'nftables', 'systemd-timesyncd', 'systemd-logind']

describe.skipIf(whyNot !== null)('the firmware of a virtual Pi', { timeout: 400_000 }, () => {
  let pi: VirtualPi
  beforeAll(async () => {
    pi = await bootVirtualPi({
      name: 'card-firmware',
      card: true,
      memory: 512,
      args: WITHOUT.map((unit) => `systemd.mask=${unit}.service`),
    })
  })
  afterAll(() => pi?.[Symbol.asyncDispose]())

  /** The starts so far, each with the partition that was started. */
  const starts = () =>
    [...readFileSync(pi.console, 'latin1').matchAll(/firmware: partition (\d)(, tried once)?/g)].map(
      ([, number, tried]) => `${number}${tried ? ' tried' : ''}`,
    )
  /** Waits for the start that this command causes; it is gone before it can answer. */
  const after = async (command: string): Promise<void> => {
    const again = pi.bootsAgain()
    await pi.run(command).catch(() => {})
    await again
  }

  test('starts the partition that the selector names', () => {
    expect(starts()).toEqual(['2'])
  })

  test('starts the other partition once when a reboot asks for it, and after a crash the first again', async () => {
    await pi.must('dd if=/dev/ubda2 of=/dev/ubda3 bs=1M conv=sparse status=none && sync')
    await after('reboot "0 tryboot"')
    expect(starts()).toEqual(['2', '3 tried'])
    await after('echo c > /proc/sysrq-trigger')
    expect(starts()).toEqual(['2', '3 tried', '2'])
  })

  test('leaves the card to who looks at it while the machine is off, with all that was written', async () => {
    await pi.must('mount /dev/ubda3 /tmp -t vfat && echo kept > /tmp/kept.txt && umount /tmp')
    await pi.kill()
    using card = pi.card()
    const file = (number: number, path: string) => {
      const partition = card.partitions().find((each) => each.number === number)
      return partition && new Fat((at, length) => card.read(partition.at + at, length)).file(path)?.toString('latin1')
    }
    expect(file(1, 'autoboot.txt')).toMatch(/boot_partition=2\n[\s\S]*\[tryboot\]\nboot_partition=3/)
    expect(file(2, 'cmdline.txt')).toMatch(/parlor\.slot=A/)
    expect(file(3, 'kept.txt')).toBe('kept\n')
    expect(file(2, 'kept.txt')).toBeUndefined()
  })
})
