import { describe, expect, test } from 'vitest'
import { lineEnd } from '../../src/core/text/en.ts'
import type { GpioChip } from '../../src/hw/board.ts'
import { contactAt, see, settle } from '../../src/hw/debounce.ts'
import { Contact } from '../../src/hw/gpio.ts'
import { LineFault, lineNumber, parseLine } from '../../src/hw/line.ts'
import { gpioOf } from '../../src/hw/survey.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { Refusal } from '../../src/lib/fault.ts'
import { ms } from '../../src/lib/unit.ts'
import { pi4, pi5, zero2w } from './boards.ts'
import { FakeGround, FakePins } from './fake.ts'

const STEADY = { on: ms(20), off: ms(20) }
const CHIP: GpioChip = { label: 'pinctrl-rp1', base: 571, lines: 54 }

describe('a line is named by pin or by chip', () => {
  test('GPIO17 is line 17 behind the header, wherever this kernel begins to count', () => {
    const number = (recorded: typeof pi4) => lineNumber(parseLine('GPIO17'), gpioOf(new FakeGround(recorded)))
    expect([number(pi4), number(pi5), number(zero2w)]).toEqual([529, 588, 529])
  })

  test('a chip by its label, on any board', () => {
    const chips = [{ label: 'gpio-sim.0-node0', base: 480, lines: 8 }]
    expect(lineNumber(parseLine('gpio-sim.0-node0:3'), chips)).toBe(483)
  })

  test('a line that is not here is a fault that says why', () => {
    expect(() => lineNumber(parseLine('GPIO17'), [])).toThrow(new LineFault('no header'))
    expect(() => lineNumber(parseLine('pinctrl-rp1:54'), [CHIP])).toThrow('only 54 lines')
    expect(() => lineNumber(parseLine('other:1'), [CHIP])).toThrow('no chip of lines called other')
  })

  test.each(['', '17', 'GPIO28', 'GPIO-1', 'GPIO1.5', '../x:1', 'a b:1', 'chip:', ':1', 'chip:12345'])('"%s" is no line', (text) => {
    expect(() => parseLine(text)).toThrow(Refusal)
  })
})

describe('a contact that bounces', () => {
  /** Plays levels at their times and gives what was told, and when. */
  function told(edges: ReadonlyArray<readonly [at: number, on: boolean]>, steady = STEADY): string[] {
    let contact = contactAt(false, ms(0))
    let due: number | null = null
    const out: string[] = []
    const step = (at: number, on: boolean, edge: boolean): void => {
      const next = settle(see(contact, on, ms(at), edge), ms(at), steady)
      contact = next.contact
      due = next.wait === null ? null : at + next.wait
      if (next.tell !== null) out.push(`${next.tell ? 'on' : 'off'} at ${at}`)
    }
    let level = false
    const settleUntil = (end: number): void => {
      while (due !== null && due <= end) step(due, level, false)
    }
    for (const [at, on] of edges) {
      settleUntil(at)
      level = on
      step(at, on, true)
    }
    settleUntil(Number.POSITIVE_INFINITY)
    return out
  }

  test('is one press, told when it has been still for the time', () => {
    expect(
      told([
        [100, true],
        [101, false],
        [103, true],
        [104, false],
        [106, true],
        [300, false],
        [302, true],
        [303, false],
      ]),
    ).toEqual(['on at 126', 'off at 323'])
  })

  test('a spark shorter than that is no press', () => {
    expect(
      told([
        [100, true],
        [110, false],
      ]),
    ).toEqual([])
  })

  test('both edges of a bounce told as one make it wait anew', () => {
    expect(
      told([
        [100, true],
        [110, true],
        [400, false],
      ]),
    ).toEqual(['on at 130', 'off at 420'])
  })

  test('a side with no time is told at the first edge', () => {
    expect(
      told(
        [
          [100, true],
          [150, false],
          [151, true],
          [152, false],
        ],
        { on: ms(20), off: ms(0) },
      ),
    ).toEqual(['on at 120', 'off at 150'])
  })

  test('thousands of presses with bounce of every kind: none lost, none doubled', () => {
    const random = lcg(7)
    const edges: Array<readonly [number, boolean]> = []
    let at = 0
    const turn = (to: boolean): void => {
      for (let bounces = Math.floor(random() * 6); bounces > 0; bounces--) {
        edges.push([at, to])
        at += 0.1 + random() * 4
        edges.push([at, random() < 0.3 ? to : !to])
        at += 0.1 + random() * 4
      }
      edges.push([at, to])
      at += 20 + random() * 200
    }
    for (let i = 0; i < 5000; i++) {
      turn(true)
      turn(false)
    }
    const words = told(edges).map((word) => word.split(' ')[0])
    expect(words).toHaveLength(10_000)
    expect(words.every((word, i) => word === (i % 2 === 0 ? 'on' : 'off'))).toBe(true)
  })
})

/** The same numbers every time (Numerical Recipes). */
function lcg(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32
    return state / 2 ** 32
  }
}

function button(pins = new FakePins([CHIP])) {
  const clock = new FakeClock()
  const end = new AbortController()
  const heard: string[] = []
  const contact = new Contact({
    pins,
    line: parseLine('GPIO17'),
    onWhenHigh: false,
    steady: STEADY,
    clock,
    onListenerError: (error) => {
      throw error
    },
  })
  contact.on('turned', (on) => heard.push(on ? 'on' : 'off'))
  contact.on('fact', ({ line, why }) => heard.push(why ? `${line}: ${lineEnd(why)}` : line))
  const listening = contact.listen(end.signal)
  return { pins, clock, end, heard, contact, listening }
}
const LINE = 571 + 17

describe('a contact on a line', () => {
  test('tells first how it is found, then each press and release once', async () => {
    const { pins, clock, heard, contact } = button()
    expect(contact.closed).toBe(false)
    for (const high of [false, true, false, true, false]) pins.set(LINE, high)
    await clock.advance(ms(20))
    pins.set(LINE, true)
    await clock.advance(ms(19))
    expect(heard).toEqual(['there', 'off', 'on'])
    await clock.advance(ms(1))
    expect(heard).toEqual(['there', 'off', 'on', 'off'])
  })

  test('an edge that was never told is noticed all the same', async () => {
    const { pins, clock, heard } = button()
    pins.setSilently(LINE, false)
    await clock.advance(ms(2020))
    expect(heard).toEqual(['there', 'off', 'on'])
  })

  test('a level that changed back untold while it was awaited is not believed', async () => {
    const { pins, clock, heard } = button()
    pins.set(LINE, false)
    pins.setSilently(LINE, true)
    await clock.advance(ms(1000))
    expect(heard).toEqual(['there', 'off'])
  })

  test('a line that is not there is a fact, is looked for, and is found when it comes', async () => {
    const { pins, clock, heard, contact } = button(new FakePins([]))
    expect(contact.fact).toEqual({ line: 'missing', why: 'no header' })
    await clock.advance(ms(10_000))
    expect(contact.closed).toBeNull()
    pins.bringBack(LINE, CHIP)
    await clock.advance(ms(2000))
    expect(heard).toEqual(['missing: this board has no header with GPIO pins', 'there', 'off'])
  })

  test('a line that goes is a fact, also when it goes without a sound; and it comes back', async () => {
    const { pins, clock, heard, contact } = button()
    pins.lose(LINE)
    await clock.advance(ms(2000))
    expect(contact.closed).toBeNull()
    pins.bringBack(LINE, CHIP)
    await clock.advance(ms(2000))
    pins.set(LINE, false)
    await clock.advance(ms(20))
    expect(heard).toEqual([
      'there',
      'off',
      'missing: the line went away',
      'missing: this board has no header with GPIO pins',
      'there',
      'off',
      'on',
    ])
  })

  test('listening ends with the signal: the line is given back and no time is counted', async () => {
    const { pins, clock, end, heard, listening } = button()
    pins.set(LINE, false)
    end.abort()
    await listening
    await clock.advance(ms(100))
    expect(heard).toEqual(['there', 'off'])
    expect(pins.open_.size).toBe(0)
    expect(clock.sleeping).toEqual([])
  })

  test('a line that another has is a fact', () => {
    const pins = new FakePins([CHIP])
    pins.open(LINE, 'in')
    expect(button(pins).contact.fact.why).toBe('taken')
  })
})
