import { describe, expect, it } from 'vitest'
import { mixed, type Strand } from '../../../src/app/remix/mix.ts'
import { vttOf } from '../../../src/app/remix/vtt.ts'

const constant = (value: number, at: number, length: number, standsIn = false): Strand => ({
  at,
  standsIn,
  read: async (from, count) => Int16Array.from({ length: count }, (_, i) => (from + i >= 0 && from + i < length ? value : 0)),
})
async function all(strands: readonly Strand[], standIn: ReadonlyArray<{ from: number; to: number }>, total: number) {
  const out: number[] = []
  for await (const chunk of mixed(strands, standIn, total)) out.push(...chunk)
  return out
}

describe('the sound of all', () => {
  it('has each voice at its place, to the sample', async () => {
    const out = await all([constant(1000, 10, 100), constant(2000, 60, 60_000)], [], 70_000)
    expect([out.length, out[9], out[10], out[59], out[60], out[109], out[110], out[60_059], out[60_060]]).toEqual([
      ...[70_000, 0, 1000, 1000, 3000, 3000, 2000, 2000, 0],
    ])
  })
  it('has that of the broadcast where it stands in, and only there, without a click', async () => {
    const out = await all([constant(5000, 0, 96_000, true), constant(1000, 0, 96_000)], [{ from: 0, to: 40_000 }], 96_000)
    expect([out[20_000], out[39_000], out[41_000], out[90_000]]).toEqual([5000, 5000, 1000, 1000])
    const steps = out.slice(1).map((value, i) => Math.abs(value - (out[i] ?? 0)))
    expect(Math.max(...steps.slice(2000))).toBeLessThan(10)
  })
  it('is bent and not broken off where it is too loud', async () => {
    const out = await all([constant(30_000, 0, 100), constant(30_000, 0, 100)], [], 100)
    expect(out[50]).toBeGreaterThan(30_000)
    expect(out[50]).toBeLessThanOrEqual(32_767)
  })
})

it('marks and words stand beside the film', () => {
  const text = Buffer.from(
    vttOf([
      { at: 3_725_040, text: 'Ann: <b>hi</b> & bye\n\nxx' },
      { at: 500, text: '' },
      { at: -5, text: 'before' },
    ]),
  ).toString()
  expect(text).toBe(
    'WEBVTT\n\n00:00:00.500 --> 00:00:04.500\n…\n\n01:02:05.040 --> 01:02:09.040\nAnn: &lt;b&gt;hi&lt;/b&gt; &amp; bye xx\n',
  )
})
