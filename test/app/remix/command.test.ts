import { describe, expect, it } from 'vitest'
import { meantBy } from '../../../src/app/remix/command.ts'

const at = (day: number, hour: number, minute: number) => new Date(2026, 10, day, hour, minute).getTime()
const recording = (from: number, live = false) => ({
  ...{ run: from, from, to: from + 60_000, bytes: 1, kept: false, live, whole: true, pieces: [], captions: false, own: 1, alone: false },
})
const all = [recording(at(21, 20, 15), true), recording(at(21, 18, 5)), recording(at(21, 9, 30)), recording(at(20, 12, 0))]
const meant = (text: string) => meantBy(text.split(' '), 'Living room', all)

describe('which recording is meant', () => {
  it('says its day, and its time where there are several', () => {
    expect(meant('living room 2026-11-20').recording.from).toBe(at(20, 12, 0))
    expect(meant('Living room 2026-11-21 18:05').recording.from).toBe(at(21, 18, 5))
    expect(meant('Living room 2026-11-21 09.30 ann.tracks bob.tracks')).toMatchObject({
      recording: { from: at(21, 9, 30) },
      files: ['ann.tracks', 'bob.tracks'],
    })
    expect(() => meant('Living room 2026-11-21')).toThrow('18.05, 09.30')
  })
  it('is not one that goes on, of another day, or of another room', () => {
    expect(() => meant('Living room 2026-11-21 20:15')).toThrow('nothing was recorded')
    expect(() => meant('Living room 2026-11-22')).toThrow('nothing was recorded')
    expect(() => meant('Kitchen 2026-11-20')).toThrow('"Living room"')
    expect(() => meant('Kitchen')).toThrow('say `parlor remix ROOM DATE`')
    expect(() => meant('2026-11-20')).toThrow('say `parlor remix ROOM DATE`')
  })
})
