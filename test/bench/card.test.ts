// What the benches of the card read out of what kernel and systemd say.
import { describe, expect, test } from 'vitest'
import { chainIn, momentsIn } from '../../bench/boot/chain.ts'
import { between, megabytesADay, writtenIn } from '../../bench/writes/diskstats.ts'

describe('the start of a card', () => {
  test('is read from what systemd says, in seconds since the kernel began', () => {
    const said = 'UserspaceTimestampMonotonic=1500000\nInactiveExitTimestampMonotonic=4250000\nActiveEnterTimestampMonotonic=9000000\n'
    expect(momentsIn(said)).toEqual({ userspace: 1.5, started: 4.25, ready: 9 })
    expect(() => momentsIn(said.replace('9000000', '0'))).toThrow(/ActiveEnter/)
  })

  test('has a chain of what waits for what, the last first', () => {
    const text = `The time when unit became active or started is printed after the "@" character.
The time the unit took to start is printed after the "+" character.

parlor.service +4.512s
└─parlor-media.service @3.101s +1.211s
  └─sysinit.target @1min 2.500s
    └─media-parlor.mount @850ms +20ms
`
    expect(chainIn(text)).toEqual([
      { unit: 'parlor.service', at: null, took: 4.512 },
      { unit: 'parlor-media.service', at: 3.101, took: 1.211 },
      { unit: 'sysinit.target', at: 62.5, took: null },
      { unit: 'media-parlor.mount', at: 0.85, took: 0.02 },
    ])
  })
})

describe('what is written to a card', () => {
  const stats = (seven: number) => `   8       0 sda 1 0 8 0 9 0 999 0 0 0 0
  98       0 ubda 10 0 80 0 5 0 ${seven + 8} 0 0 0 0
  98       7 ubda7 10 0 80 0 5 0 ${seven} 0 0 0 0
  98       8 ubda8 10 0 80 0 5 0 8 0 0 0 0
`
  test('is counted for the disk and each of its partitions', () => {
    const before = writtenIn(stats(100), 'ubda')
    expect([...between(before, writtenIn(stats(140), 'ubda'))]).toEqual([
      ['ubda', 20_480],
      ['ubda7', 20_480],
      ['ubda8', 0],
    ])
  })

  test('is a pace', () => {
    expect(megabytesADay(1_000_000, 3600)).toBe(24)
  })
})
