import { describe, expect, it } from 'vitest'
import { hear, SILENCE, type Speech } from '../../src/lib/speech.ts'

describe('an ear', () => {
  /** Hears one level a tenth of a second, from a moment on. */
  const listen = (ear: Speech, levels: readonly number[], from = 0): Speech =>
    levels.reduce((e, level, i) => hear(e, Math.max(level, -90), from + i * 100, 100), ear)
  const times = (n: number, level: number) => Array<number>(n).fill(level)

  it('takes a voice over a quiet room for speech at once', () => {
    expect(listen(SILENCE, [...times(20, -65), -30, -30]).speaking).toBe(true)
  })
  it('does not take a fan for a voice', () => {
    expect(listen(SILENCE, times(100, -42)).speaking).toBe(false)
  })
  it('bridges the gap between two words, not the end of the talk', () => {
    const spoke = listen(SILENCE, [...times(20, -65), ...times(5, -30)])
    expect(listen(spoke, times(5, -65), 2500).speaking).toBe(true)
    expect(listen(spoke, times(12, -65), 2500).speaking).toBe(false)
  })
  it('hears a long talk to its end', () => {
    expect(listen(SILENCE, [...times(20, -65), ...times(100, -25)]).speaking).toBe(true)
  })
  it('takes digital silence for silence', () => {
    expect(listen(SILENCE, times(10, Number.NEGATIVE_INFINITY))).toMatchObject({ speaking: false })
  })
})
