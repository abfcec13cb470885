import { describe, expect, it } from 'vitest'
import { Again, type Recorded, stretchIn } from '../../src/app/again.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { ms, seconds } from '../../src/lib/unit.ts'
import { making, NOW } from '../broadcast/kit/making.ts'
import { quietLog } from '../fake/quiet.ts'

/** A minute and a half that is recorded, and a player that notes what it is given. */
function stage(recorded = true) {
  const updates = making().live(90)
  const entries = updates.map(({ entry }) => ({ entry }))
  const objects = new Map(updates.flatMap((update) => update.objects).map(({ promise, bytes }) => [promise.name, bytes]))
  const store: Recorded = {
    entries: async function* (from, to) {
      yield* entries.filter(({ entry }) => entry.at >= from && entry.at <= to)
    },
    object: async (name) => objects.get(name) ?? null,
  }
  const clock = new FakeClock()
  const plays: Array<{ zero: number; parts: string[]; ended: boolean; closed: boolean; onEnd: () => void }> = []
  const again = new Again({
    recorded: () => (recorded ? store : null),
    play: async ({ zero, onEnd }) => {
      const play = { zero, parts: [] as string[], ended: false, closed: false, onEnd }
      plays.push(play)
      return {
        part: (track) => void play.parts.push(track),
        end: () => {
          play.ended = true
        },
        close: async () => {
          play.closed = true
        },
      }
    },
    date: () => NOW + 90_000,
    clock,
    log: quietLog().log,
  })
  let ended = 0
  again.on('ended', () => ended++)
  const { signal } = new AbortController()
  return { again, clock, plays, signal, entries: entries.map(({ entry }) => entry), ended: () => ended }
}

describe('what was said, once more', () => {
  it('begins with the last keyframe before half a minute ago, and half a minute earlier each further time', async () => {
    const { again, plays, signal } = stage()
    for (const back of [1, 2]) await again.begin(back, signal)
    expect(plays.map(({ zero }) => Math.round(zero / 1e9))).toEqual([58, 28])
    expect(plays.map(({ closed }) => closed)).toEqual([true, false])
  })
  it('goes no further back than there is anything', async () => {
    const { again, plays, signal } = stage()
    await again.begin(9, signal)
    expect(plays[0]?.zero).toBe(0)
  })
  it('is handed on bit by bit, three seconds before it is due, and is over at the moment when it was asked', async () => {
    const { again, clock, plays, signal, ended } = stage()
    await again.begin(1, signal)
    await clock.advance(ms(0))
    const videos = () => plays[0]?.parts.filter((track) => track === 'video').length
    expect(videos()).toBe(16)
    await clock.advance(seconds(10))
    expect(videos()).toBe(66)
    await clock.advance(seconds(20))
    expect(plays[0]).toMatchObject({ ended: true, closed: false })
    expect(ended()).toBe(0)
    plays[0]?.onEnd()
    expect(ended()).toBe(1)
  })
  it('is over by itself when its player says nothing', async () => {
    const { again, clock, signal, ended } = stage()
    await again.begin(1, signal)
    await clock.advance(seconds(40))
    expect(ended()).toBe(1)
  })
  it('ends at once when that is wished, and nothing more is handed on', async () => {
    const { again, clock, plays, signal } = stage()
    await again.begin(1, signal)
    await clock.advance(seconds(5))
    await again.end()
    const given = plays[0]?.parts.length
    await clock.advance(seconds(20))
    expect(plays[0]).toMatchObject({ closed: true, ended: false })
    expect(plays[0]?.parts).toHaveLength(given ?? 0)
    plays[0]?.onEnd()
    await again.begin(1, signal)
    expect(plays).toHaveLength(2)
  })
  it('is refused where nothing is recorded', async () => {
    const { again, signal } = stage(false)
    await expect(again.begin(1, signal)).rejects.toMatchObject({ code: 'not-allowed' })
  })
  it('ends where the broadcast began anew with other headers', () => {
    const { entries } = stage()
    const other = entries.map((entry, i) =>
      i < 420
        ? entry
        : {
            ...entry,
            inits: entry.inits.map((init) => ({ ...init, object: { ...init.object, name: 'f'.repeat(64) as typeof init.object.name } })),
          },
    )
    const whole = stretchIn(entries, NOW + 60_000)
    const cut = stretchIn(other, NOW + 60_000)
    expect(cut?.at).toBe(whole?.at)
    expect(cut?.parts.length).toBeLessThan(whole?.parts.length ?? 0)
    expect(stretchIn([], NOW)).toBeNull()
  })
})
