import { describe, expect, it } from 'vitest'
import { Duck, type Voice } from '../../../src/media/sound/duck.ts'
import { Loop } from '../../../src/media/sound/loop.ts'
import { sine } from './wave.ts'

const FRAME = 480
const frames = (duck: Duck, count: number, voice?: Voice): number[] =>
  Array.from({ length: count }, () => {
    const mix = new Float32Array(FRAME).fill(1)
    duck.process(mix, voice)
    return mix[FRAME - 1] ?? 0
  })
const speaks: Voice = { mixInto: (mix) => mix }

describe('what is played over others', () => {
  it('makes them quieter within a tenth of a second, and lets them come back half a second after it', () => {
    const duck = new Duck()
    expect(frames(duck, 5)).toEqual([1, 1, 1, 1, 1])
    expect(frames(duck, 20, speaks).at(-1)).toBeCloseTo(0.2)
    expect(frames(duck, 49).at(-1)).toBeCloseTo(0.2)
    const back = frames(duck, 12)
    expect(back.at(-1)).toBe(1)
    expect(back).toEqual([...back].sort((a, b) => a - b))
  })
  it('never makes them jump', () => {
    const duck = new Duck()
    const heard: number[] = []
    for (let turn = 0; turn < 200; turn++) {
      const mix = new Float32Array(FRAME).fill(1)
      duck.process(mix, turn > 20 && turn < 100 ? speaks : undefined)
      heard.push(...mix)
    }
    const steps = heard.map((value, i) => Math.abs(value - (heard[i - 1] ?? value)))
    expect(Math.max(...steps)).toBeLessThan(0.001)
  })
})

it('the past is heard in this room, over the others, and nobody who listens to the call is told of it', () => {
  const loop = new Loop(7, null, 6)
  const told: number[] = []
  const played: number[] = []
  loop.listener = { voice: (seat) => void told.push(seat), turn: () => {} }
  loop.connect({ play: (frame) => void played.push(Math.max(...frame)), send: null })
  const turn = (seats: readonly number[]): void => {
    for (const seat of seats)
      loop.hear(
        seat,
        sine(300, FRAME, { from: loop.turns * FRAME }).map((x) => x * (seat === 6 ? 0.5 : 1)),
        loop.turns * 10 + 2,
      )
    loop.turn(new Float32Array(FRAME), loop.turns * 10)
  }
  for (let i = 0; i < 50; i++) turn([0])
  const alone = played.at(-1) ?? 0
  for (let i = 0; i < 50; i++) turn([6])
  const past = played.at(-1) ?? 0
  expect(past).toBeGreaterThan(alone * 0.3)
  for (let i = 0; i < 50; i++) turn([0, 6])
  expect(played.at(-1)).toBeLessThan(alone)
  expect(told.length).toBeGreaterThan(50)
  expect(new Set(told)).toEqual(new Set([0]))
})
