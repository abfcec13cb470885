import { expect, test } from 'vitest'
import { FakeClock } from '../../src/lib/clock.ts'
import type { Log } from '../../src/lib/log.ts'
import { ms, seconds } from '../../src/lib/unit.ts'
import { Screen, type ScreenFact } from '../../src/media/screen.ts'
import { type FakeChild, FakeFork } from '../fake/fork.ts'
import { aScene, aTile } from './scenes.ts'

const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, part: () => silent }

async function house() {
  const forks = new FakeFork()
  const clock = new FakeClock()
  const screen = new Screen({
    settings: { output: 'none', fps: 30 },
    fork: forks.fork,
    clock,
    log: silent,
  })
  const asked: number[] = []
  const facts: ScreenFact[] = []
  screen.on('needKeyframe', (seat) => asked.push(seat))
  screen.on('fact', (fact) => facts.push(fact))
  const { children } = forks
  const child = (): FakeChild => forks.last
  const started = screen.start(new AbortController().signal)
  child().beat(0, 0)
  child().tells({ is: 'ready', ports: [9, 9, 9, 9, 9, 9, 9] })
  await started
  /** Time passes, the child shows that it works, and a seat's packets come. */
  let beats = 0
  let seq = 0
  const pass = async (time: number, seat: number | null = null) => {
    for (let t = 0; t < time; t += 50) {
      beats++
      child().beat(beats, beats)
      if (seat !== null) {
        const packet = Buffer.alloc(20)
        packet[0] = 0x80
        packet.writeUInt16BE(++seq, 2)
        packet.writeUInt32BE(seq * 4500, 4)
        screen.rtp(seat, packet)
      }
      await clock.advance(ms(50))
    }
  }
  return { screen, clock, child, children, asked, facts, pass, skip: (n: number) => (seq += n), end: () => screen.stop() }
}

test('a child that falls is given the last scene again, and who still waits gets the picture', async () => {
  const { screen, children, child, pass, end } = await house()
  const scene = aScene(2)
  screen.show(aScene(1))
  screen.show(scene)
  const picture = screen.jpeg()
  child().exit(null, 'SIGSEGV')
  await pass(100)
  expect(children.length).toBe(2)
  expect(child().orders[0]).toEqual({ do: 'begin', output: 'none', fps: 30, hadTv: false })
  expect(child().orders).toContainEqual({ do: 'show', scene })
  expect(child().orders).toContainEqual({ do: 'still', id: 1 })
  child().tells({ is: 'still', id: 1, jpeg: Buffer.from([0xff, 0xd8]) })
  expect(await picture).toEqual(Buffer.from([0xff, 0xd8]))
  const ended = end()
  child().exit(0, null)
  await ended
})

test('a child that falls while the TV is away knows that there was one', async () => {
  const { children, child, pass, end } = await house()
  child().tells({ is: 'output', output: 'hdmi', why: null })
  child().tells({ is: 'output', output: 'none', why: { is: 'nothing on HDMI' } })
  child().exit(null, 'SIGKILL')
  await pass(100)
  expect(children.length).toBe(2)
  expect(child().orders[0]).toMatchObject({ do: 'begin', hadTv: true })
  const ended = end()
  child().exit(0, null)
  await ended
})

test('no picture within five seconds is a Fault', async () => {
  const { screen, pass, child, end } = await house()
  const picture = screen.jpeg().catch((error) => error)
  await pass(5100)
  expect(await picture).toMatchObject({ code: 'screen-lost' })
  const ended = end()
  child().exit(0, null)
  await ended
})

test('a seat whose packets show no picture is asked for a keyframe, twice a second, until one is there', async () => {
  const { screen, asked, pass, child, end } = await house()
  screen.show(aScene(2))
  await pass(1000)
  expect(asked).toEqual([])
  await pass(250, 1)
  expect(asked).toEqual([])
  await pass(2000, 1)
  expect(asked.length).toBeGreaterThanOrEqual(3)
  expect(asked.length).toBeLessThanOrEqual(5)
  expect(new Set(asked)).toEqual(new Set([1]))
  child().tells({ is: 'picture', seat: 1, picture: 'first' })
  asked.length = 0
  await pass(3000, 1)
  expect(asked).toEqual([])
  const ended = end()
  child().exit(0, null)
  await ended
})

test('a lost packet and a picture that stands still ask too; a camera that is off does not', async () => {
  const { screen, asked, pass, skip, child, end } = await house()
  screen.show(aScene(1))
  await pass(100, 1)
  child().tells({ is: 'picture', seat: 1, picture: 'first' })
  skip(2)
  await pass(400, 1)
  expect(asked).toEqual([1])
  await pass(1000, 1)
  expect(asked).toEqual([1])
  child().tells({ is: 'picture', seat: 1, picture: 'frozen' })
  await pass(200, 1)
  expect(asked).toEqual([1, 1])
  await pass(1500)
  child().tells({ is: 'picture', seat: 1, picture: 'frozen' })
  await pass(3000)
  expect(asked).toEqual([1, 1])
  const ended = end()
  child().exit(0, null)
  await ended
})

test('who takes a seat over needs a keyframe of their own; a new mark on the same person does not', async () => {
  const { screen, asked, pass, child, end } = await house()
  screen.show(aScene(1))
  await pass(100, 1)
  child().tells({ is: 'picture', seat: 1, picture: 'first' })
  screen.show(aScene(1, { people: [aTile(1, { muted: true, speaking: true })] }))
  await pass(1000, 1)
  expect(asked).toEqual([])
  screen.show(aScene(1, { people: [aTile(1, { name: 'Bertil' })] }))
  await pass(600, 1)
  expect(asked.length).toBeGreaterThanOrEqual(1)
  const ended = end()
  child().exit(0, null)
  await ended
})

test('pictures are made only while somebody watches, and what is wrong with the TV is told once', async () => {
  const { screen, facts, child, clock, end } = await house()
  const seen: number[] = []
  const one = screen.watch(() => seen.push(1))
  const two = screen.watch(() => seen.push(2))
  child().tells({ is: 'frame', jpeg: Buffer.from([1]) })
  one()
  child().tells({ is: 'frame', jpeg: Buffer.from([1]) })
  two()
  two()
  expect(seen).toEqual([1, 2, 2])
  expect(child().orders.filter((order) => JSON.stringify(order).includes('watch'))).toEqual([
    { do: 'watch', on: true },
    { do: 'watch', on: false },
  ])
  const fact = { is: 'output', output: 'none', why: { is: 'nothing on HDMI' } }
  child().tells(fact)
  child().tells(fact)
  expect(facts).toEqual([{ output: 'none', why: { is: 'nothing on HDMI' } }])
  const ended = end()
  child().exit(0, null)
  await ended
  await clock.advance(seconds(1))
})
