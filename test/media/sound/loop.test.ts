// loop.test.ts — one turn: mix, loudspeaker, canceller, microphone. Pairs are exact, mute is at once, nothing is too loud.
import { expect, test } from 'vitest'
import type { Echo } from '../../../src/media/sound/echo.ts'
import { Meter, toInt16 } from '../../../src/media/sound/frame.ts'
import { GripWatch } from '../../../src/media/sound/grip.ts'
import { CEILING } from '../../../src/media/sound/limiter.ts'
import { Loop } from '../../../src/media/sound/loop.ts'
import { noiseFrom } from '../../fake/dice.ts'
import { sine } from './wave.ts'

/** Keeps the order of what it was given; lets the microphone through. */
class FakeEcho implements Echo {
  readonly calls: string[] = []
  readonly rendered: number[] = []
  render(frame: Float32Array): void {
    this.calls.push('render')
    this.rendered.push(frame[0] ?? 0)
  }
  capture(frame: Float32Array, out: Float32Array): void {
    this.calls.push('capture')
    out.set(frame)
  }
}

test('each microphone frame has its own played frame, and the canceller is given that one first', () => {
  const echo = new FakeEcho()
  const loop = new Loop(6, echo)
  const played: number[] = []
  loop.connect({ play: (frame) => played.push(frame[0] ?? 0), send: () => {} })
  for (let turn = 0; turn < 100; turn++) {
    loop.hear(0, sine(300, 480, { from: turn * 480 }), turn * 10 + 2)
    loop.turn(new Float32Array(480), loop.turns * 10)
  }
  expect(echo.calls.filter((_, i) => i % 2 === 0).every((call) => call === 'render')).toBe(true)
  expect(echo.calls.filter((_, i) => i % 2 === 1).every((call) => call === 'capture')).toBe(true)
  expect(echo.calls.length).toBe(200)
  expect(echo.rendered).toEqual(played)
  expect(loop.echo).toBe('held')
})

test('muted, the very next frame is digital silence, and the canceller goes on learning', () => {
  const echo = new FakeEcho()
  const loop = new Loop(6, echo)
  const sent: Float32Array[] = []
  loop.connect({ play: () => {}, send: (frame) => sent.push(frame.slice()) })
  loop.turn(sine(440, 480), 0)
  loop.muted = true
  loop.turn(sine(440, 480), 0)
  expect(sent[0]?.some((x) => x !== 0)).toBe(true)
  expect(sent[1]?.every((x) => x === 0)).toBe(true)
  expect(echo.calls.length).toBe(4)
  expect(loop.levels().me).toBeGreaterThan(-20)
})

test('without a loudspeaker nothing is cancelled, without a microphone nothing is sent, and the loop turns', () => {
  const echo = new FakeEcho()
  const loop = new Loop(6, echo)
  const sent: number[] = []
  loop.turn(new Float32Array(480), loop.turns * 10)
  loop.connect({ play: null, send: (frame) => sent.push(frame[100] ?? 0) })
  loop.turn(new Float32Array(480).fill(0.25), 0)
  expect(sent).toEqual([0.25])
  expect(echo.calls).toEqual([])
  expect(loop.echo).toBe('off')
  loop.connect({ play: () => {}, send: null })
  loop.turn(new Float32Array(480), loop.turns * 10)
  expect(loop.turns).toBe(3)
  expect(echo.calls).toEqual([])
})

test('six people who shout at once do not drive the loudspeaker beyond its ceiling', () => {
  const loop = new Loop(6, null)
  let most = 0
  loop.connect({
    play: (frame) => {
      for (const x of frame) most = Math.max(most, Math.abs(x))
    },
    send: null,
  })
  for (let turn = 0; turn < 100; turn++) {
    for (let seat = 0; seat < 6; seat++) loop.hear(seat, sine(200 + 90 * seat, 480, { from: turn * 480, peak: 1 }), turn * 10 + 2)
    loop.turn(new Float32Array(480), loop.turns * 10)
  }
  expect(most).toBeGreaterThan(CEILING * 0.9)
  expect(most).toBeLessThanOrEqual(CEILING + 1e-6)
})

test('volume 0 is silence', () => {
  const loop = new Loop(6, null)
  let most = 0
  loop.connect({
    play: (frame) => {
      for (const x of frame) most = Math.max(most, Math.abs(x))
    },
    send: null,
  })
  loop.volume = 0
  for (let turn = 0; turn < 20; turn++) {
    loop.hear(0, sine(300, 480, { from: turn * 480 }), turn * 10 + 2)
    loop.turn(new Float32Array(480), loop.turns * 10)
  }
  expect(most).toBe(0)
})

test('levels are in dBFS since last asked, and silence is -100', () => {
  const meter = new Meter()
  expect(meter.take()).toBe(-100)
  meter.hear(sine(1000, 4800, { peak: 1 }))
  expect(meter.take()).toBeCloseTo(-3.01, 1)
  meter.hear(new Float32Array(480))
  expect(meter.take()).toBe(-100)
})

test('16-bit words clip, round and never wrap', () => {
  const words = new Int16Array(5)
  toInt16(Float32Array.of(1, -1, 2, Number.NaN, 0.5), words, 5)
  expect([...words]).toEqual([32767, -32768, 32767, 0, 16384])
})

/** Loudness of somebody who talks: bursts and pauses of a quarter of a second. */
function talker(seed: number): (frame: number) => number {
  const chance = noiseFrom(seed)
  const syllables = Array.from({ length: 400 }, () => (chance() > -0.2 ? -25 + 8 * chance() : -80))
  return (frame) => syllables[Math.floor(frame / 23) % 400] ?? -80
}

const power = (...levels: number[]): number => 10 * Math.log10(levels.reduce((sum, l) => sum + 10 ** (l / 10), 0))
function watch(frames: number, mic: (frame: number) => number, out: (frame: number) => number): string {
  const grip = new GripWatch()
  const far = talker(1)
  for (let i = 0; i < frames; i++) grip.see(far(i), mic(i), out(i))
  return grip.grip
}

test('an echo that leaves as loud as it came is a lost grip, one that is taken away is held', () => {
  const echo = (i: number): number => power(talker(1)(i - 8) - 6, -70)
  expect(watch(2000, echo, (i) => echo(i) - 3)).toBe('lost')
  expect(watch(2000, echo, () => -70)).toBe('held')
})

test('somebody who talks over a held echo, or into a room without any, loses no grip', () => {
  const near = talker(5)
  const echo = (i: number): number => power(talker(1)(i - 8) - 6, -70)
  expect(
    watch(
      3000,
      (i) => power(echo(i), near(i)),
      (i) => power(near(i), -65),
    ),
  ).toBe('held')
  expect(
    watch(
      3000,
      (i) => power(near(i), -70),
      (i) => power(near(i), -70),
    ),
  ).toBe('held')
})

test('a grip that comes back is told', () => {
  const grip = new GripWatch()
  const far = talker(1)
  for (let i = 0; i < 2000; i++) grip.see(far(i), far(i - 8) - 6, far(i - 8) - 8)
  expect(grip.grip).toBe('lost')
  for (let i = 2000; i < 4000; i++) grip.see(far(i), far(i - 8) - 6, -75)
  expect(grip.grip).toBe('held')
})
