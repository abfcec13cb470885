import { describe, expect, test } from 'vitest'
import { lineEnd } from '../../src/core/text/en.ts'
import { type BoxState, lightAt, patternOf } from '../../src/hw/blink.ts'
import type { GpioChip } from '../../src/hw/board.ts'
import { gpioLamp, kernelLamp, type Lamp, Led, lampNamed } from '../../src/hw/led.ts'
import { parseLine } from '../../src/hw/line.ts'
import { Shutter } from '../../src/hw/shutter.ts'
import { type Dog, watchOver } from '../../src/hw/watchdog.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { Fault } from '../../src/lib/fault.ts'
import { ms, seconds } from '../../src/lib/unit.ts'
import { quietLog } from '../fake/quiet.ts'
import { pi4 } from './boards.ts'
import { FakeGround, FakePins } from './fake.ts'

const CHIP: GpioChip = { label: 'pinctrl-bcm2711', base: 512, lines: 58 }
const LINE = 512 + 27
const STATES: readonly BoxState[] = ['off', 'at rest', 'ringing', 'in call', 'muted', 'trouble']
const onListenerError = (error: unknown): void => {
  throw error
}

describe('the light', () => {
  /** One letter for each 20 ms. */
  const film = (state: BoxState, forMs = 4000): string =>
    Array.from({ length: forMs / 20 }, (_, i) => (lightAt(patternOf(state), ms(i * 20)).lit ? '#' : '.')).join('')

  test('says six things that no one can mix up', () => {
    expect(new Set(STATES.map((state) => film(state))).size).toBe(6)
    const changes = (state: BoxState) => [...film(state, 12_000).matchAll(/\.#/g)].length
    expect(Object.fromEntries(STATES.map((state) => [state, changes(state)]))).toEqual({
      off: 0,
      'at rest': 2,
      ringing: 59,
      'in call': 0,
      muted: 5,
      trouble: 11,
    })
  })

  test('double flash: twice, then a pause', () => {
    expect(film('trouble', 2000)).toBe(`${'#'.repeat(6)}${'.'.repeat(9)}${'#'.repeat(6)}${'.'.repeat(79)}`)
  })

  test('says when it changes next, and never a time that does not pass', () => {
    for (const state of STATES)
      for (let at = 0; at < 5000; at += 7) {
        const { lit, next } = lightAt(patternOf(state), ms(at))
        if (next === null) expect(patternOf(state)).toEqual({ always: lit })
        else {
          expect(next).toBeGreaterThan(0)
          expect(lightAt(patternOf(state), ms(at + next)).lit).toBe(!lit)
        }
      }
  })
})

describe('the lamp', () => {
  function lit(open: () => Lamp) {
    const clock = new FakeClock()
    const end = new AbortController()
    const led = new Led({ open, clock, onListenerError })
    const facts: Array<string | null> = []
    led.on('fact', ({ why }) => facts.push(why && lineEnd(why)))
    return { clock, end, led, facts, playing: led.play(end.signal) }
  }

  test('follows the state at once, and stays dark when all is over', async () => {
    const pins = new FakePins([CHIP])
    const { clock, end, led, playing } = lit(() => gpioLamp(pins, parseLine('GPIO27'), true))
    const is = () => pins.levels.get(LINE)
    expect(is()).toBe(false)
    led.show('in call')
    await clock.advance(ms(0))
    expect(is()).toBe(true)
    led.show('muted')
    await clock.advance(ms(1000))
    expect(is()).toBe(false)
    await clock.advance(ms(1000))
    expect(is()).toBe(true)
    end.abort()
    await playing
    expect(is()).toBe(false)
    expect(pins.open_.size).toBe(0)
  })

  test('that is lit by a low level is dark when high', async () => {
    const pins = new FakePins([CHIP])
    const { clock, led } = lit(() => gpioLamp(pins, parseLine('GPIO27'), false))
    expect(pins.levels.get(LINE)).toBe(true)
    led.show('in call')
    await clock.advance(ms(0))
    expect(pins.levels.get(LINE)).toBe(false)
  })

  test('that goes is a fact, and shows the state of now when it is back', async () => {
    const pins = new FakePins([CHIP])
    const { clock, led, facts } = lit(() => gpioLamp(pins, parseLine('GPIO27'), true))
    await clock.advance(ms(0))
    pins.lose(LINE)
    led.show('ringing')
    await clock.advance(ms(5000))
    led.show('in call')
    pins.bringBack(LINE, CHIP)
    await clock.advance(ms(10_000))
    expect(facts).toEqual([null, 'the line went away', null])
    expect(pins.levels.get(LINE)).toBe(true)
  })

  test('of the kernel is taken from its trigger, and given back to it', () => {
    const written: string[] = []
    const lamp = kernelLamp(new FakeGround(pi4), 'ACT', (path, text) => written.push(`${path.split('/').at(-1)}=${text}`))
    lamp.set(true)
    lamp.set(false)
    lamp.close()
    expect(written).toEqual(['trigger=none', 'brightness=1', 'brightness=0', 'brightness=0', 'trigger=mmc0'])
  })

  test('is named by a setting: a line, or a light of the kernel', () => {
    const pins = new FakePins([CHIP])
    lampNamed('GPIO27', pins, new FakeGround(pi4)).set(true)
    expect(pins.written).toEqual([`${LINE} high`])
    expect(() => lampNamed('PWR', pins, new FakeGround(pi4))).toThrow('no light called PWR')
  })

  test.each(['nosuch', 'GPIO28', '../ACT', ''])('there is no light called "%s"', (name) => {
    expect(() => kernelLamp(new FakeGround(pi4), name)).toThrow(Fault)
  })
})

describe('the privacy switch', () => {
  function shutter(line: string | null, pins = new FakePins([CHIP])) {
    const clock = new FakeClock()
    const end = new AbortController()
    const is = new Shutter({ line, pins, clock, onListenerError })
    const heard: string[] = []
    is.on('turned', (state) => heard.push(state))
    return { pins, clock, end, is, heard, listen: () => is.listen(end.signal) }
  }

  test('that nobody built in is always open', async () => {
    const { is, listen } = shutter(null)
    await listen()
    expect(is.state).toBe('open')
  })

  test('is shut until it was read, and then as it stands, before anything is awaited', () => {
    const { pins, is, listen } = shutter('GPIO27')
    pins.levels.set(LINE, false)
    expect(is.state).toBe('shut')
    void listen()
    expect(is.state).toBe('open')
  })

  test('shuts with the first edge, and opens when it has been still', async () => {
    const { pins, clock, is, heard, listen } = shutter('GPIO27')
    pins.levels.set(LINE, false)
    void listen()
    pins.set(LINE, true)
    expect(is.state).toBe('shut')
    pins.set(LINE, false)
    await clock.advance(ms(199))
    expect(is.state).toBe('shut')
    await clock.advance(ms(1))
    expect(heard).toEqual(['open', 'shut', 'open'])
  })

  test('that cannot be read is shut: no line, a line that goes, a wire that broke', async () => {
    const { pins, clock, is, heard, listen } = shutter('GPIO27')
    pins.levels.set(LINE, false)
    void listen()
    pins.lose(LINE)
    await clock.advance(ms(2000))
    expect(is.state).toBe('shut')
    pins.levels.delete(LINE) // pulled up
    pins.bringBack(LINE, CHIP)
    await clock.advance(ms(5000))
    expect(heard).toEqual(['open', 'shut'])
    const none = shutter('GPIO27', new FakePins([]))
    void none.listen()
    expect(none.is.state).toBe('shut')
  })

  test('that is listened to no more is shut', async () => {
    const { pins, end, is, listen } = shutter('GPIO27')
    pins.levels.set(LINE, false)
    const listening = listen()
    end.abort()
    await listening
    expect(is.state).toBe('shut')
  })
})

describe('the watchdog', () => {
  function dog(most = 60) {
    const did: string[] = []
    const open = (): Dog => {
      did.push('open')
      return {
        setPatience: (wanted) => Math.min(wanted, most),
        feed: () => void did.push('fed'),
        close: (calm) => void did.push(calm ? 'stopped' : 'left to bite'),
      }
    }
    return { did, open }
  }
  const over = (open: () => Dog, evidence: () => string | null) => {
    const clock = new FakeClock()
    const end = new AbortController()
    return { clock, end, over: watchOver({ open, patience: seconds(15), evidence, clock, log: quietLog().log }, end.signal) }
  }

  test('is fed four times as often as needed, and stopped when we end in order', async () => {
    const { did, open } = dog()
    const { clock, end, over: all } = over(open, () => null)
    await clock.advance(seconds(15))
    expect(did.filter((d) => d === 'fed')).toHaveLength(5)
    end.abort()
    await all
    expect(did.at(-1)).toBe('stopped')
  })

  test('goes by the time the dog keeps in truth', async () => {
    const { did, open } = dog(4)
    const { clock } = over(open, () => null)
    await clock.advance(seconds(4))
    expect(did.filter((d) => d === 'fed')).toHaveLength(5)
  })

  test('is not fed while something is amiss, and is again when it is mended in time', async () => {
    const { did, open } = dog()
    let amiss: string | null = 'the TV picture stands still'
    const { clock } = over(open, () => amiss)
    await clock.advance(seconds(10))
    expect(did).toEqual(['open'])
    amiss = null
    await clock.advance(seconds(4))
    expect(did).toEqual(['open', 'fed'])
  })

  test('bites when feeding it fails: nothing is stopped in an emergency', async () => {
    const { did, open } = dog()
    const { over: all } = over(
      () => ({
        ...open(),
        feed: () => {
          throw new Fault('device-lost', 'the watchdog answered EIO')
        },
      }),
      () => null,
    )
    await expect(all).rejects.toThrow('EIO')
    expect(did.at(-1)).toBe('left to bite')
  })
})
