// The pacer: sound at once, pictures evenly, probes as bursts, and never a line that grows.
import { describe, expect, test } from 'vitest'
import { Pacer } from '../../../src/call/adapt/pacer.ts'
import { NO_CLUSTER } from '../../../src/call/adapt/result.ts'

function pacing(target = 800_000, padding = 250) {
  const sent: Array<{ at: number; packet: string; cluster: number }> = []
  let now = 0
  let drops = 0
  const pacer = new Pacer<string>(
    {
      send: (packet, cluster) => void sent.push({ at: now, packet, cluster }),
      pad: (_bytes, cluster) => {
        if (padding) sent.push({ at: now, packet: 'padding', cluster })
        return padding
      },
      onDrop: () => void drops++,
    },
    target,
  )
  return {
    pacer,
    sent,
    drops: () => drops,
    take: (kind: 'sound' | 'repair' | 'picture', name: string, bytes = 1000) => pacer.take(kind, name, bytes, now),
    /** Ticks every 5 ms. */
    pass: (ms: number) => {
      for (const end = now + ms; now < end; ) {
        now += 5
        pacer.tick(now)
      }
    },
  }
}

describe('evenly', () => {
  test('a small picture leaves at once, a keyframe over many milliseconds, in its order', () => {
    const { take, sent, pass } = pacing()
    take('picture', 'small')
    expect(sent.length).toBe(1)
    for (let i = 0; i < 40; i++) take('picture', `key ${i}`)
    expect(sent.length).toBeLessThan(6)
    pass(300)
    expect(sent.slice(1).map(({ packet }) => packet)).toEqual(Array.from({ length: 40 }, (_, i) => `key ${i}`))
    // 2.5 x 800 kb/s are 250 bytes a millisecond: 40 kB take 160 ms, less what may leave ahead.
    expect(sent.at(-1)?.at).toBeGreaterThanOrEqual(145)
    expect(sent.at(-1)?.at).toBeLessThanOrEqual(165)
  })

  test('sound never waits, and what is asked again goes before pictures', () => {
    const { take, sent, pass } = pacing()
    for (let i = 0; i < 30; i++) take('picture', `key ${i}`)
    take('repair', 'again')
    take('sound', 'voice', 120)
    expect(sent.at(-1)).toMatchObject({ packet: 'voice', at: 0 })
    pass(20)
    const [first] = sent.filter(({ at }) => at > 0)
    expect(first?.packet).toBe('again')
  })

  test('the pace follows the target at once', () => {
    const { pacer, take, sent, pass } = pacing()
    for (let i = 0; i < 40; i++) take('picture', `key ${i}`)
    pacer.aim(8_000_000)
    pass(20)
    expect(sent.length).toBe(40)
  })
})

describe('too much', () => {
  test('a line longer than the picture may be late is dropped whole and counted, once, and the encoder is asked to begin anew', () => {
    const { pacer, take, sent, drops, pass } = pacing(100_000)
    for (let i = 0; i < 20; i++) take('picture', `${i}`)
    expect(drops()).toBe(1)
    expect(pacer.dropped + sent.length).toBeLessThanOrEqual(20)
    expect(pacer.delay).toBeLessThan(500)
    pass(1000)
    expect(sent.length + pacer.dropped).toBe(20)
    expect(pacer.isIdle).toBe(true)
  })

  test('repairs that nobody can send are dropped too: nothing grows', () => {
    const { pacer, take } = pacing(100_000)
    for (let i = 0; i < 5000; i++) take('repair', `${i}`)
    expect(pacer.dropped).toBeGreaterThan(3900)
  })
})

describe('probes', () => {
  const probe = { cluster: 7, bps: 1_600_000, bytes: 4000, packets: 5 }

  test('of waiting pictures and padding, at their own rate, and then it is over', () => {
    const { pacer, take, sent, pass } = pacing(100_000)
    pacer.probe(probe)
    for (let i = 0; i < 3; i++) take('picture', `${i}`)
    pass(100)
    const burst = sent.filter(({ cluster }) => cluster === 7)
    expect(burst.map(({ packet }) => packet)).toEqual(['0', '1', '2', 'padding', 'padding', 'padding', 'padding'])
    const took = (burst.at(-1)?.at ?? 0) - (burst[0]?.at ?? 0)
    expect(took).toBeGreaterThanOrEqual(10)
    expect(took).toBeLessThanOrEqual(20)
    take('picture', 'after')
    pass(200)
    expect(sent.at(-1)).toMatchObject({ packet: 'after', cluster: NO_CLUSTER })
  })

  test('with nothing to pad with it ends, and sound in it is no part of it', () => {
    const { pacer, take, sent, pass } = pacing(100_000, 0)
    pacer.probe(probe)
    take('sound', 'voice', 100)
    pass(10)
    expect(pacer.isIdle).toBe(true)
    expect(sent).toMatchObject([{ packet: 'voice', cluster: NO_CLUSTER }])
  })
})
