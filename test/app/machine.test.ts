import { describe, expect, test } from 'vitest'
import { Machine } from '../../src/app/machine.ts'
import { textIn } from '../../src/core/text/text.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { Fault } from '../../src/lib/fault.ts'
import { seconds } from '../../src/lib/unit.ts'
import { quietLog } from '../fake/quiet.ts'

const text = textIn('en')

function machine(steward: 'does' | 'fails' | 'away') {
  const clock = new FakeClock()
  const asked: string[] = []
  const woken: string[] = []
  const made = new Machine({
    steward:
      steward === 'away'
        ? null
        : {
            ask: async (name: string) => {
              asked.push(name)
              if (steward === 'fails') throw new Fault('system-refused', 'systemctl reboot: no')
              return {} as never
            },
          },
    text,
    wakeTv: () => void woken.push('tv'),
    onChange: () => {},
    clock,
    log: quietLog().log,
    signal: new AbortController().signal,
  })
  return { machine: made, clock, asked, woken }
}

describe('the machine', () => {
  test('is erased by an order of its own, and the TV says so', async () => {
    const { machine: it, asked } = machine('does')
    await it.order('reset')
    expect(asked).toEqual(['system.reset'])
    expect(it.sentence).toBe(text.machine.going.reset)
  })

  test('a button that is held wakes the TV once and says what comes of it', () => {
    const { machine: it, woken } = machine('does')
    it.hold({ left: 7 })
    it.hold({ left: 6 })
    expect(woken).toEqual(['tv'])
    expect(it.sentence).toBe('Everything is erased if you hold on for 6 s. Let go to stop.')
    it.hold('let go')
    expect(it.sentence).toBe(text.machine.letGo)
    it.hold(null)
    expect(it.sentence).toBeNull()
  })

  test('what does not work is said for a while', async () => {
    const { machine: it, clock } = machine('fails')
    const done = it.order('off')
    await clock.advance(seconds(0))
    expect(it.sentence).toContain('systemctl reboot: no')
    await clock.advance(seconds(15))
    await done
    expect(it.sentence).toBeNull()
  })

  test('on a machine of somebody’s nothing of it is there', async () => {
    const { machine: it, woken } = machine('away')
    it.hold({ left: 7 })
    await it.order('reset')
    expect([it.isOurs, it.sentence, woken]).toEqual([false, null, []])
  })
})
