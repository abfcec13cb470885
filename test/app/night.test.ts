import { describe, expect, it } from 'vitest'
import { isNight } from '../../src/app/night.ts'

const at = (time: string) => new Date(`2026-03-04T${time}:00`)

describe('quiet hours', () => {
  it('go over midnight', () => {
    const hours = { from: '22:30', to: '07:00' }
    expect(['22:29', '22:30', '23:59', '00:00', '06:59', '07:00', '12:00'].map((time) => isNight(hours, at(time)))).toEqual([
      false,
      true,
      true,
      true,
      true,
      false,
      false,
    ])
  })
  it('lie within a day', () => {
    const hours = { from: '13:00', to: '15:00' }
    expect(['12:59', '13:00', '14:59', '15:00'].map((time) => isNight(hours, at(time)))).toEqual([false, true, true, false])
  })
  it('are none unless both times are set', () => {
    for (const hours of [
      { from: '', to: '' },
      { from: '22:00', to: '' },
      { from: '', to: '07:00' },
    ])
      expect(isNight(hours, at('23:00'))).toBe(false)
  })
})
