// tempo.test.ts — the TV's rate follows what the machine manages: here a machine that makes so many pictures a second, and looks of 40 ms.
import { expect, test } from 'vitest'
import { again, look, type Tempo, tempo } from '../../../src/media/screen/tempo.ts'

const LOOK = 40
/** A machine and the compositor on it: what was due and could not be made is made later, as fast as it goes. */
class Machine {
  now = 5000
  tempo: Tempo
  readonly rates: number[] = []
  #due = 0
  #made = 0

  constructor(top: number) {
    this.tempo = tempo(top)
  }

  /** Runs for some seconds. @param most pictures a second it can make @param every ms between looks */
  run(seconds: number, most = 1000, every = LOOK): this {
    for (const end = this.now + seconds * 1000; this.now < end; ) {
      this.now += every
      this.#due += (this.tempo.fps * every) / 1000
      this.#made = Math.min(this.#due, this.#made + (most * every) / 1000)
      this.tempo = look(this.tempo, this.now, Math.floor(this.#made))
      if (this.tempo.fps !== this.rates.at(-1)) this.rates.push(this.tempo.fps)
    }
    return this
  }
}

test('a machine with time is at 60 within seconds, by steps', () => {
  expect(new Machine(60).run(5).rates).toEqual([20, 30, 60])
})

test('never more than is wanted, and that even if it is no step', () => {
  expect(new Machine(24).run(20).rates).toEqual([20, 24])
  expect(new Machine(3).run(20, 1).rates).toEqual([3])
})

test('of two a second one is always on its way: that is not too late', () => {
  const machine = new Machine(2).run(20)
  expect(machine.rates).toEqual([2])
  expect(machine.tempo.tooMuch).toBe(Number.POSITIVE_INFINITY)
})

test('a machine that manages 25 comes to rest below it, and is at most now and then asked for more', () => {
  const machine = new Machine(60).run(120, 25)
  expect(machine.rates.slice(0, 3)).toEqual([20, 30, 15])
  expect(machine.rates).not.toContain(60)
  expect(machine.rates.filter((fps) => fps > 20).length).toBeLessThan(6)
})

test('one that manages 7 goes down to 5 at once, and no further whatever happens', () => {
  const machine = new Machine(60).run(3, 7)
  expect(machine.tempo.fps).toBe(5)
  expect(machine.run(60, 1).tempo.fps).toBe(5)
})

test('what was too much is tried again after longer and longer, up to five minutes', () => {
  const machine = new Machine(30).run(4000, 25)
  const tries = machine.rates.filter((fps) => fps === 30).length
  expect(tries).toBeGreaterThan(10)
  expect(tries).toBeLessThan(22)
})

test('when others have gone it comes back to all of it', () => {
  const machine = new Machine(60).run(5).run(5, 12)
  expect(machine.tempo.fps).toBeLessThan(15)
  expect(machine.run(60).tempo.fps).toBe(60)
})

test('looks that come late lower it, but for that alone not below ten', () => {
  const machine = new Machine(60).run(5)
  expect(machine.run(1.2, 1000, 600).tempo.fps).toBe(20)
  expect(machine.run(20, 1000, 600).tempo.fps).toBe(10)
})

test('a pause in which nothing was counted counts as nothing', () => {
  const machine = new Machine(60).run(5)
  machine.now += 60_000
  machine.tempo = again(machine.tempo)
  expect(machine.run(1).tempo.fps).toBe(60)
})
