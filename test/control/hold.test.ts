import { describe, expect, test } from 'vitest'
import { Hold } from '../../src/control/hold.ts'
import type { Key } from '../../src/core/key.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { ms, seconds } from '../../src/lib/unit.ts'

function button() {
  const clock = new FakeClock()
  const said: string[] = []
  let erased = 0
  const hold = new Hold({
    clock,
    onChange: (holding) => void said.push(holding === null ? 'nothing' : holding === 'let go' ? 'let go' : String(holding.left)),
    onHeld: () => void erased++,
  })
  const edge = (down: boolean, key: Key = 'button', from = 'box') => hold.edge({ key, down, from })
  return { clock, hold, edge, said, erased: () => erased }
}

describe('the button, held', () => {
  test('says nothing for three seconds, then counts, and erases when it is let go after ten', async () => {
    const { clock, edge, said, erased } = button()
    edge(true)
    await clock.advance(ms(2999))
    expect(said).toEqual([])
    await clock.advance(ms(1))
    expect(said).toEqual(['7'])
    await clock.advance(seconds(7))
    expect(said).toEqual(['7', '6', '5', '4', '3', '2', '1', 'let go'])
    expect(erased()).toBe(0)
    edge(false)
    expect(erased()).toBe(1)
    expect(said.at(-1)).toBe('nothing')
  })

  test.each([100, 2000, 3500, 9900])('let go after %i ms it erases nothing, then or later', async (time) => {
    const { clock, edge, erased, said } = button()
    edge(true)
    await clock.advance(ms(time))
    edge(false)
    await clock.advance(seconds(60))
    expect(erased()).toBe(0)
    expect(said.at(-1) ?? 'nothing').toBe('nothing')
  })

  test('a button that is stuck erases nothing, nor does it when it comes free at last', async () => {
    const { clock, edge, erased, said } = button()
    edge(true)
    await clock.advance(seconds(3600))
    expect(said.at(-1)).toBe('nothing')
    edge(false)
    expect(erased()).toBe(0)
  })

  test('a device that goes away has not let go', async () => {
    const { clock, edge, hold, erased } = button()
    edge(true)
    await clock.advance(seconds(11))
    hold.forget('box')
    edge(false)
    expect(erased()).toBe(0)
  })

  test('another key, or another device, neither counts nor lets go', async () => {
    const { clock, edge, erased, said } = button()
    edge(true, 'ok')
    await clock.advance(seconds(11))
    edge(false, 'ok')
    expect(said).toEqual([])
    edge(true)
    await clock.advance(seconds(11))
    edge(false, 'button', 'remote')
    expect(erased()).toBe(0)
    edge(false)
    expect(erased()).toBe(1)
  })

  test('after one that was stopped the next counts from the beginning', async () => {
    const { clock, edge, said, erased } = button()
    edge(true)
    await clock.advance(seconds(6))
    edge(false)
    edge(true)
    await clock.advance(seconds(4))
    expect(said).toEqual(['7', '6', '5', '4', 'nothing', '7', '6'])
    edge(false)
    expect(erased()).toBe(0)
  })
})
