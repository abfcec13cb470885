import { describe, expect, it } from 'vitest'
import { scenesOf, slotsOf, spansOf } from '../../../src/broadcast/remix/plan.ts'

const beat = (count: number, at: (i: number) => number) => Array.from({ length: count }, (_, i) => at(i))

describe('slots', () => {
  it.each([0, 0.004, 0.0166, 0.017, 0.03])('are one for each picture, wherever in a slot the camera beats (%d s)', (phase) => {
    const slots = slotsOf(
      beat(300, (i) => phase + i / 30 + (i % 7) * 0.001),
      30,
    )
    expect(new Set(slots).size).toBe(300)
    for (const [i, slot] of slots.entries()) expect(Math.abs(slot / 30 - phase - i / 30)).toBeLessThan(0.03)
  })
  it('leave out pictures of a camera that gives more than the remix has, and hold those of one that gives fewer', () => {
    const fast = slotsOf(
      beat(330, (i) => i / 33),
      30,
    )
    expect(fast.filter((slot) => slot < 0).length).toBeGreaterThan(25)
    expect(fast.filter((slot) => slot < 0).length).toBeLessThan(32)
    const slow = slotsOf(
      beat(150, (i) => i / 15),
      30,
    )
    expect(slow.filter((slot) => slot < 0)).toEqual([])
    expect(slow.at(-1)).toBe(298)
  })
})

describe('spans', () => {
  it('end where pictures are missing for long', () => {
    expect(spansOf([0, 1, 2, 5, 6, 40, -1, 41], 15)).toEqual([
      { from: 0, to: 7 },
      { from: 40, to: 42 },
    ])
    expect(spansOf([], 15)).toEqual([])
  })
})

describe('scenes', () => {
  const span = (from: number, to: number) => ({ from, to })
  it('follow one another without a hole, each with who is there and whether they are seen', () => {
    const scenes = scenesOf(
      [
        { here: span(0, 100), seen: [span(0, 100)] },
        { here: span(20, 80), seen: [span(20, 40), span(60, 80)] },
      ],
      120,
    )
    expect(scenes).toEqual([
      { from: 0, to: 20, tiles: [{ who: 0, seen: true }] },
      { from: 20, to: 40, tiles: [0, 1].map((who) => ({ who, seen: true })) },
      {
        from: 40,
        to: 60,
        tiles: [
          { who: 0, seen: true },
          { who: 1, seen: false },
        ],
      },
      { from: 60, to: 80, tiles: [0, 1].map((who) => ({ who, seen: true })) },
      { from: 80, to: 100, tiles: [{ who: 0, seen: true }] },
      { from: 100, to: 120, tiles: [] },
    ])
  })
  it('have no tiles where nobody is seen: there the broadcast stands in', () => {
    expect(scenesOf([{ here: span(0, 50), seen: [span(10, 50)] }], 50).map(({ tiles }) => tiles.length)).toEqual([0, 1])
    expect(scenesOf([], 50)).toEqual([{ from: 0, to: 50, tiles: [] }])
  })
})
