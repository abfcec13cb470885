// One uplink for all: sound first, then a small picture for everybody, then whoever matters; and pictures that do not flicker.
import { describe, expect, test } from 'vitest'
import { type Allotment, allot, type LinkNeed, NOTHING, SMALL } from '../../../src/call/adapt/allot.ts'
import { SOUND } from '../../../src/call/adapt/narrow.ts'
import { Uplink } from '../../../src/call/adapt/uplink.ts'

const TIERS = [
  { least: 600_000, most: 1_500_000 },
  { least: 250_000, most: 600_000 },
  { least: 90_000, most: 250_000 },
]
const need = (link: string, target: number, matters = false): LinkNeed => ({ link, target, matters })
const share = (allotment: Allotment, link: string) => allotment.shares.find((s) => s.link === link)

describe('who gets how much', () => {
  test('with room for all, each gets what its way carries, and no more than the finest picture needs', () => {
    const all = allot([need('a', 5_000_000), need('b', 900_000)], TIERS, null, NOTHING, 0)
    expect(share(all, 'a')).toMatchObject({ tier: 0, bps: 1_592_000 })
    expect(share(all, 'b')).toMatchObject({ tier: 0, bps: 900_000 })
    expect(all.tiers).toEqual([808_000, null, null])
  })

  test('sound for everybody comes before any picture', () => {
    const all = allot(
      ['a', 'b', 'c', 'd', 'e'].map((link) => need(link, 2_000_000, link === 'a')),
      TIERS,
      5 * SOUND + 60_000,
      NOTHING,
      0,
    )
    for (const { bps } of all.shares) expect(bps).toBeGreaterThanOrEqual(SOUND)
    expect(all.shares.filter(({ tier }) => tier !== null)).toEqual([])
  })

  test('then a small picture for everybody, who matters first', () => {
    const needs = ['a', 'b', 'c', 'd', 'e'].map((link) => need(link, 2_000_000, link === 'd'))
    const enough = allot(needs, TIERS, 5 * SMALL, NOTHING, 0)
    expect(enough.shares.map(({ tier }) => tier)).toEqual([2, 2, 2, 2, 2])
    const scarce = allot(needs, TIERS, 5 * SOUND + 2 * (SMALL - SOUND), NOTHING, 0)
    expect(scarce.shares.map(({ tier }) => tier)).toEqual([2, null, null, 2, null])
  })

  test('then who speaks, and then the others in equal parts', () => {
    const all = allot([need('a', 3_000_000), need('b', 3_000_000, true), need('c', 3_000_000)], TIERS, 2_192_000, NOTHING, 0)
    expect(all.shares).toMatchObject([
      { link: 'a', bps: 300_000, tier: 2 },
      { link: 'b', bps: 1_592_000, tier: 0 },
      { link: 'c', bps: 300_000, tier: 2 },
    ])
    expect(all.tiers).toEqual([1_500_000, null, 208_000])
  })

  test('a poor link takes a coarser picture and does not spoil that of the others', () => {
    const all = allot([need('a', 2_000_000), need('b', 200_000), need('c', 2_000_000)], TIERS, null, NOTHING, 0)
    expect(all.tiers).toEqual([1_500_000, null, 134_000])
  })

  test('no more is given than there is', () => {
    for (const uplink of [0, 100_000, 777_000, 2_500_000, 9_000_000]) {
      const needs = ['a', 'b', 'c', 'd', 'e'].map((link, i) => need(link, 300_000 + 400_000 * i, i % 2 === 0))
      const sum = allot(needs, TIERS, uplink, NOTHING, 0).shares.reduce((all, { bps }) => all + bps, 0)
      expect(sum).toBeLessThanOrEqual(uplink + 1)
    }
  })
})

describe('pictures do not flicker', () => {
  const play = (targets: ReadonlyArray<readonly [at: number, target: number]>): Array<number | null> => {
    let all = NOTHING
    return targets.map(([at, target]) => {
      all = allot([need('a', target)], TIERS, null, all, at)
      return all.shares[0]?.tier ?? null
    })
  }

  test('down at once, up after two seconds of ample room', () => {
    expect(
      play([
        [0, 1_000_000],
        [500, 400_000],
        [1000, 1_000_000],
        [2500, 1_000_000],
        [3000, 1_000_000],
      ]),
    ).toEqual([0, 1, 1, 1, 0])
  })

  test('a target that trembles around a border changes nothing', () => {
    const trembling = Array.from({ length: 100 }, (_, i) => [i * 200, 680_000 + (i % 2 ? 60_000 : -60_000)] as const)
    expect(new Set(play(trembling))).toEqual(new Set(play(trembling).slice(0, 1)))
  })

  test('from sound alone back to a picture, and down again to sound', () => {
    expect(
      play([
        [0, 100_000],
        [500, 300_000],
        [2500, 300_000],
        [3000, 90_000],
      ]),
    ).toEqual([null, null, 2, null])
  })

  test('the first picture after sound alone is large: for a moment it is held with less, if sound has its room', () => {
    const back = [
      [0, 100_000],
      [500, 170_000],
      [2500, 170_000],
    ] as const
    expect(play([...back, [3000, 110_000], [6000, 110_000], [7000, 110_000]])).toEqual([null, null, 2, 2, 2, null])
    expect(play([...back, [3000, 80_000]])).toEqual([null, null, 2, null])
  })
})

describe('the line of this home', () => {
  const acked = new Map([
    ['a', 400_000],
    ['b', 600_000],
  ])

  test('one link that falls says nothing, two at one moment say what goes through', () => {
    const uplink = new Uplink()
    uplink.fell('a', acked, 1000)
    expect(uplink.limit(5_000_000, 1000)).toBeNull()
    uplink.fell('b', acked, 1300)
    expect(uplink.limit(5_000_000, 1300)).toBe(950_000)
  })

  test('and not if they fall one after the other', () => {
    const uplink = new Uplink()
    uplink.fell('a', acked, 1000)
    uplink.fell('b', acked, 1600)
    expect(uplink.limit(5_000_000, 1600)).toBeNull()
  })

  test('it is tried again with a little more, until it is no limit', () => {
    const uplink = new Uplink()
    uplink.fell('a', acked, 0)
    uplink.fell('b', acked, 0)
    expect(uplink.limit(5_000_000, 10_000)).toBeCloseTo(950_000 * 1.04 ** 10, 0)
    expect(uplink.limit(1_200_000, 10_000)).toBeNull()
  })
})
