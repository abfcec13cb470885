// The estimate on simulated ways, in virtual time: the same figures on every machine. The goals are those of a home's DSL line.
import { describe, expect, test } from 'vitest'
import { Flow, type FlowSettings } from './flow.ts'
import { Way, type WaySettings, World } from './way.ts'

const S = 1000
const M = 1_000_000

function over(settings: Partial<WaySettings>, ...flows: FlowSettings[]) {
  const world = new World()
  const way = new Way(world, { capacity: 1.5 * M, delay: 20, queue: 60_000, ...settings }, 3)
  return { world, way, flows: flows.map((flow) => new Flow(world, way, flow)) }
}

/** One call alone on a way, for a minute. */
function alone(settings: Partial<WaySettings> = {}, flow: Partial<FlowSettings> = {}) {
  const { world, way, flows } = over(settings, { name: 'a', ...flow })
  const [call] = flows
  if (!call) throw new Error('no call')
  call.start()
  return { world, way, call }
}

const gapsOver = (times: readonly number[], most: number, from: number): number[] =>
  times.flatMap((at, i) => (at >= from && at - (times[i - 1] ?? at) > most ? [at - (times[i - 1] ?? at)] : []))

const mean = (all: readonly number[]): number => all.reduce((sum, one) => sum + one, 0) / all.length

describe('one call on a line of 1.5 Mb/s and 40 ms', () => {
  test('uses 85 % of it, with less than 100 ms of queue and 1 % of loss', () => {
    const { world, way } = alone()
    world.until(60 * S)
    expect(way.rate('a', 3 * S, 60 * S)).toBeGreaterThan(0.85 * 1.5 * M)
    expect(way.queued(0.95, 0, 60 * S)).toBeLessThan(100)
    expect(way.dropped / way.offered).toBeLessThan(0.01)
  })

  test('is at 80 % within three seconds', () => {
    const { world, way } = alone()
    world.until(6 * S)
    expect(way.rate('a', 3 * S, 6 * S)).toBeGreaterThan(0.8 * 1.5 * M)
  })

  test.each([0.15, 0.2, 0.3, 0.6, 1.5, 3])('a line of %s Mb/s is used as well, with long queues and short ones', (capacity) => {
    for (const queue of [25_000, 60_000, 150_000]) {
      const { world, way } = alone({ capacity: capacity * M, queue })
      world.until(60 * S)
      expect(way.rate('a', 10 * S, 60 * S) / (capacity * M), `queue of ${queue} bytes`).toBeGreaterThan(0.85)
      // Two packets take as long as that to leave on the narrowest.
      expect(way.queued(0.95, 5 * S, 60 * S), `queue of ${queue} bytes`).toBeLessThan(Math.max(100, (2 * 1200 * 8) / (1000 * capacity)))
    }
  })

  test('with 20 ms of jitter it still uses two thirds', () => {
    const { world, way } = alone({ jitter: 20 })
    world.until(60 * S)
    expect(way.rate('a', 10 * S, 60 * S)).toBeGreaterThan(0.66 * 1.5 * M)
  })
})

test.each([0, 0.2, 1, 2.5])('a way that carries more than there is to send, %s Mb/s, is asked now and then, with little', (camera) => {
  const { world, call } = alone({ capacity: 50 * M, queue: 500_000 }, { camera: camera * M, most: 4 * M })
  world.until(10 * S)
  const atFirst = call.padded
  world.until(120 * S)
  const padding = ((call.padded - atFirst) * 8) / 110
  expect(padding, 'bits a second that nobody needs').toBeLessThan(20_000)
})

describe('a line that changes', () => {
  test('from 1.5 Mb/s to 600 kb/s: settled within three seconds, without a picture standing for more than 500 ms', () => {
    const { world, way, call } = alone()
    world.after(20 * S, () => {
      way.settings.capacity = 0.6 * M
    })
    world.until(40 * S)
    const settled = call.targets.filter(({ at }) => at >= 23 * S)
    expect(Math.max(...settled.map(({ bps }) => bps))).toBeLessThan(0.65 * M)
    expect(Math.min(...settled.map(({ bps }) => bps))).toBeGreaterThan(0.4 * M)
    expect(way.queued(0.95, 23 * S, 40 * S)).toBeLessThan(100)
    expect(way.rate('a', 23 * S, 40 * S)).toBeGreaterThan(0.8 * 0.6 * M)
    expect(gapsOver(call.frames, 500, 5 * S)).toEqual([])
  })

  test('however it comes, the queue is gone soon after: ten moments, with room for 300 ms', () => {
    const [lost, queued]: [number[], number[]] = [[], []]
    for (let moment = 0; moment < 10; moment++) {
      const { world, way } = alone({ queue: 56_250 }, { camera: 2.5 * M, seed: 20 + moment })
      const narrow = (20 + 0.37 * moment) * S
      world.until(narrow)
      const before = way.dropped
      Object.assign(way.settings, { capacity: 0.6 * M, queue: 22_500 })
      world.until(narrow + 3 * S)
      lost.push(way.dropped - before)
      queued.push(way.queued(0.5, narrow + 1.2 * S, narrow + 2 * S))
    }
    const mean = (all: readonly number[]) => all.reduce((sum, one) => sum + one) / all.length
    expect(mean(lost), 'packets for which there was no room').toBeLessThan(18)
    expect(mean(queued), 'ms, one to two seconds after').toBeLessThan(50)
  })

  test('and back: 80 % is regained within ten seconds', () => {
    const { world, way } = alone()
    world.after(20 * S, () => {
      way.settings.capacity = 0.6 * M
    })
    world.after(40 * S, () => {
      way.settings.capacity = 1.5 * M
    })
    world.until(60 * S)
    expect(way.rate('a', 50 * S, 60 * S)).toBeGreaterThan(0.8 * 1.5 * M)
    expect(way.queued(0.95, 40 * S, 60 * S)).toBeLessThan(100)
  })

  test.each([0, 8])('and back, whenever that is: most of it is used after six seconds, with %s ms of jitter', (jitter) => {
    for (let phase = 0; phase < 10; phase++) {
      const { world, way } = alone({ jitter }, { camera: 1.5 * M, seed: 7 + phase })
      const wide = (38 + 0.8 * phase) * S
      world.after(20 * S, () => {
        way.settings.capacity = 0.6 * M
      })
      world.after(wide, () => {
        way.settings.capacity = 1.5 * M
      })
      world.until(wide + 8 * S)
      expect(way.rate('a', wide + 6 * S, wide + 8 * S), `phase ${phase}`).toBeGreaterThan(0.7 * 1.5 * M)
    }
  })

  test('a camera that was closed for a while begins where the line is, not at nothing', () => {
    const { world, way, call } = alone()
    world.after(10 * S, () => {
      call.settings.camera = 0
    })
    world.after(25 * S, () => {
      call.settings.camera = 10 * M
    })
    world.until(40 * S)
    expect(way.rate('a', 30 * S, 40 * S)).toBeGreaterThan(0.7 * 1.5 * M)
    expect(way.queued(0.95, 25 * S, 40 * S)).toBeLessThan(120)
  })

  test('a call that sends little knows that there is room for more', () => {
    const { world, call } = alone({ capacity: 4 * M }, { camera: 0.5 * M })
    world.until(30 * S)
    expect(call.estimate.target).toBeGreaterThan(1.2 * M)
  })

  test('when nothing is heard any more it sends less and less, and comes back when it hears again', () => {
    const { world, way, call } = alone()
    const narrow = 1000
    world.after(10 * S, () => {
      way.settings.capacity = narrow
    })
    world.until(25 * S)
    expect(call.estimate.target).toBeLessThan(0.1 * M)
    way.settings.capacity = 1.5 * M
    world.until(60 * S)
    expect(way.rate('a', 50 * S, 60 * S)).toBeGreaterThan(0.7 * 1.5 * M)
  })
})

describe('two calls on one line', () => {
  function two(later: number, seed: number, isRestless: boolean): Way {
    const { world, way, flows } = over({}, { name: 'a', seed, isRestless }, { name: 'b', seed: seed + 100, isRestless })
    const [a, b] = flows
    a?.start()
    world.after(later * S + 1, () => b?.start())
    world.until(90 * S)
    return way
  }
  const ratio = (way: Way, from: number, to: number): number => {
    const [a, b] = [way.rate('a', from, to), way.rate('b', from, to)]
    return Math.max(a / b, b / a)
  }
  test.each([0, 5, 10, 13])('the second comes %s s after the first: they share within 2:1', (later) => {
    const ways = Array.from({ length: 8 }, (_, i) => two(later, 7 + i, false))
    for (const way of ways) {
      expect(ratio(way, 30 * S, 90 * S)).toBeLessThan(2)
      expect(way.rate('a', 30 * S, 90 * S) + way.rate('b', 30 * S, 90 * S)).toBeGreaterThan(0.85 * 1.5 * M)
    }
    expect(mean(ways.map((way) => way.queued(0.95, 30 * S, 90 * S)))).toBeLessThan(100)
  })

  test('whatever their pictures do: hardly ever does one have twice as much as the other for a quarter of a minute', () => {
    const ratios = Array.from({ length: 30 }, (_, i) => two(i % 14, 7 + i, true)).flatMap((way) =>
      [30, 45, 60, 75].map((from) => ratio(way, from * S, (from + 15) * S)),
    )
    expect(ratios.filter((one) => one > 2).length / ratios.length).toBeLessThan(0.04)
    expect(mean(ratios)).toBeLessThan(1.35)
  })
})

/** A download beside us (Reno): it fills whatever queue there is. */
function download(world: World, way: Way): void {
  let [window, slowUntil, inFlight, cutAt] = [2, Number.POSITIVE_INFINITY, 0, 0]
  const pump = (): void => {
    for (; inFlight < Math.floor(window); inFlight++) send()
  }
  const send = (): void => {
    let acked = false
    way.send('download', 1500, () =>
      world.after(20, () => {
        acked = true
        inFlight--
        window += window < slowUntil ? 1 : 1 / window
        pump()
      }),
    )
    world.after(1000, () => {
      if (acked) return
      inFlight--
      if (world.now - cutAt > 200) {
        cutAt = world.now
        slowUntil = Math.max(2, window / 2)
        window = slowUntil
      }
      pump()
    })
  }
  pump()
}

describe('a download on the same line', () => {
  test.each([40_000, 60_000, 120_000])('with a queue of %s bytes: the call keeps more than a small picture needs', (queue) => {
    const ways = Array.from({ length: 5 }, (_, i) => {
      const { world, way } = alone({ queue }, { seed: 7 + i })
      world.after(20 * S, () => download(world, way))
      world.until(120 * S)
      return way
    })
    expect(mean(ways.map((way) => way.rate('a', 40 * S, 120 * S)))).toBeGreaterThan(220_000)
    for (const way of ways) {
      expect(way.rate('a', 40 * S, 120 * S)).toBeGreaterThan(120_000)
      expect(way.rate('download', 40 * S, 120 * S)).toBeGreaterThan(700_000)
    }
  })
})

describe('loss that nobody causes', () => {
  test.each([
    [0.02, 0.7],
    [0.05, 0.7],
    [0.1, 0.6],
    [0.2, 0.4],
    [0.3, 0.2],
  ])('%s of all packets: the call goes on, and uses %s of the line', (loss, share) => {
    const { world, way, call } = alone({ loss })
    world.until(60 * S)
    expect(way.rate('a', 10 * S, 60 * S)).toBeGreaterThan(share * 1.5 * M)
    expect(way.queued(0.95, 5 * S, 60 * S)).toBeLessThan(100)
    expect(call.sounds.length / call.soundSent, 'nothing but the way loses sound').toBeGreaterThan(1 - loss - 0.03)
  })

  test('lost feedback is no loss of ours', () => {
    const { world, way } = alone({}, { back: { delay: 20, loss: 0.1 } })
    world.until(60 * S)
    expect(way.rate('a', 10 * S, 60 * S)).toBeGreaterThan(0.75 * 1.5 * M)
  })
})

test('the same seed, the same call: nothing depends on the machine', () => {
  const run = () => {
    const { world, call } = alone()
    world.until(20 * S)
    return call.targets
  }
  expect(run()).toEqual(run())
})
