// choice.test.ts — what the firmware of a Pi makes of the text files on its card.
import { expect, test } from 'vitest'
import { filesOf, isBetweenPartitions, partitionOf } from '../../../hw/virtual/choice.ts'
import { sectorFor } from '../../../src/system/slots/autoboot.ts'

const AUTOBOOT = '[all]\ntryboot_a_b=1\nboot_partition=2\n[tryboot]\nboot_partition=3\n'

test('every start but the one after `reboot "0 tryboot"` takes the partition under [all]', () => {
  expect(partitionOf(AUTOBOOT, false)).toBe(2)
  expect(partitionOf(AUTOBOOT, true)).toBe(3)
  expect(isBetweenPartitions(AUTOBOOT)).toBe(true)
})

test('the sectors that the box itself writes are understood, padding and all', () => {
  const text = (slot: 'A' | 'B') => Buffer.from(sectorFor(slot)).toString('latin1')
  expect([partitionOf(text('A'), false), partitionOf(text('A'), true)]).toEqual([2, 3])
  expect([partitionOf(text('B'), false), partitionOf(text('B'), true)]).toEqual([3, 2])
})

test('a file that says nothing, or nonsense, names no partition', () => {
  for (const text of ['', 'boot_partition=', 'boot_partition=two', '[pi4]\nboot_partition=2', '\0\0\0\xff'])
    expect(partitionOf(text, false)).toBe(0)
  expect(isBetweenPartitions('')).toBe(false)
})

test('kernel and command line have names of their own, in the folder of a prefix, and others at a try', () => {
  expect(filesOf('', false)).toEqual({ kernel: 'kernel8.img', words: 'cmdline.txt' })
  const config = '# a comment\nkernel = linux\r\n[tryboot]\nkernel=next\n[pi5]\nkernel=never\n[all]\nos_prefix=v2/\n'
  expect(filesOf(config, false)).toEqual({ kernel: 'v2/linux', words: 'v2/cmdline.txt' })
  expect(filesOf(config, true)).toEqual({ kernel: 'v2/next', words: 'v2/cmdline.txt' })
})
