// room.ts — the loop in a simulated room, as fast as the machine can: a loudspeaker and a microphone with clocks of their own, and the air between.
import { type Acoustics, Ear, energy, ratio } from '../../../bench/echo/acoustics.ts'
import { openEcho } from '../../../src/media/sound/echo.ts'
import { Loop } from '../../../src/media/sound/loop.ts'
import { Playout } from '../../../src/media/sound/playout.ts'
import { noiseFrom } from '../../fake/dice.ts'

export type Simulated = {
  readonly heard: Float32Array
  readonly sent: Float32Array
  readonly playout: Playout
  readonly starved: number
  readonly loop: Loop
  /** How much weaker the echo left than it came, in the seconds from `a` to `b`, dB. */
  erle(a: number, b: number): number
}

/**
 * @param far      what is said on seat 1 (a wave at the loop's pace), from second `farAt`
 * @param near     what is said in the room, from second `nearAt`
 * @param unrest   how far the machine's wake-ups wander, samples
 */
export async function simulate(parts: {
  acoustics: Acoustics
  seconds: number
  far: Float32Array
  farAt: number
  near?: Float32Array
  nearAt?: number
  unrest?: number
}): Promise<Simulated> {
  const { acoustics, seconds, far, farAt, near, nearAt = 0, unrest = 0 } = parts
  const loop = new Loop(6, await openEcho())
  const ear = new Ear(acoustics, 3)
  const playout = new Playout()
  const chance = noiseFrom(9)
  const total = Math.round(seconds * 48_000)
  const played = new Float32Array(total + 48_000)
  const heard = new Float32Array(total)
  const sent = new Float32Array(total)
  const queue: number[] = []
  const ring: number[] = []
  let [playedTo, starved, live] = [0, 0, false]

  /** The device takes 10 ms whenever its buffer of 20 ms has room. */
  const refill = (): void => {
    while (ring.length <= 480 && queue.length >= 480) ring.push(...queue.splice(0, 480))
  }
  const playTo = (to: number): void => {
    while (playedTo < to) {
      refill()
      const x = ring.shift()
      if (x !== undefined) live = true
      else if (live) starved++
      played[playedTo++] = x ?? 0
    }
    refill()
  }
  /** The loudspeaker's sample at the microphone's sample m. */
  const meanwhile = (m: number): number => Math.floor(m / (1 + acoustics.drift * 1e-6))

  let turn = 0
  loop.connect({
    play: (frame) => {
      const count = playout.make(frame, queue.length)
      queue.push(...playout.samples.subarray(0, count))
      refill()
    },
    send: (frame) => sent.set(frame, turn * 480),
  })
  for (; (turn + 1) * 480 <= total; turn++) {
    const from = turn * 480
    const late = Math.abs(chance()) * unrest
    playTo(meanwhile(from + 480 + late))
    for (let i = from; i < from + 480; i++) {
      const said = near ? (near[i - nearAt * 48_000] ?? 0) : 0
      heard[i] = ear.hear(played, i) + said
    }
    if (from >= farAt * 48_000) loop.hear(0, far.subarray(from - farAt * 48_000, from - farAt * 48_000 + 480), turn * 10 + 3)
    loop.turn(heard.subarray(from, from + 480), turn * 10)
    playTo(meanwhile(from + 480 + late + (turn % 10) * 48 + Math.abs(chance()) * (unrest / 4)))
    playout.pace.look(queue.length)
  }
  // The canceller gives its frame 9 ms late.
  const erle = (a: number, b: number): number =>
    ratio(energy(heard, a * 48_000, b * 48_000), energy(sent, a * 48_000 + 432, b * 48_000 + 432))
  return { heard, sent, playout, starved, loop, erle }
}
