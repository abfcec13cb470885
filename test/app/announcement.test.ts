import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Announcement, timeMeant } from '../../src/app/announcement.ts'
import { quietLog } from '../fake/quiet.ts'

const NOW = new Date('2026-11-21T12:00:00').getTime()
const HOUR = 3_600_000

describe('an announcement', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'parlor-announced-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))
  const made = (date = () => NOW) => new Announcement(folder, quietLog().log, date)
  /** Opens it anew until it is so: what is kept is written beside. */
  const kept = async (is: string | null) =>
    expect
      .poll(async () => {
        const again = made()
        await again.open()
        return again.now?.title ?? null
      })
      .toBe(is)

  test('is remembered over a restart, until it is called off', async () => {
    const announcement = made()
    let told = 0
    announcement.on('changed', () => told++)
    announcement.set(' A concert ', NOW + HOUR)
    expect(announcement.now).toEqual({ title: 'A concert', begins: NOW + HOUR })
    await kept('A concert')
    announcement.clear()
    announcement.clear()
    expect(announcement.now).toBeNull()
    await kept(null)
    expect(told).toBe(2)
  })

  test('is forgotten an hour after its time', () => {
    let now = NOW
    const announcement = made(() => now)
    announcement.set('', NOW + HOUR)
    now += 1.9 * HOUR
    expect(announcement.now).not.toBeNull()
    now += 0.2 * HOUR
    expect(announcement.now).toBeNull()
  })

  test('is refused for a time that is over, one that never comes, and a title that is none', () => {
    const announcement = made()
    for (const [title, begins] of [
      ['x', NOW - 1],
      ['x', NOW + 400 * 24 * HOUR],
      ['x', Number.NaN],
      ['x'.repeat(81), NOW + HOUR],
      ['a\u202eb', NOW + HOUR],
      [7, NOW + HOUR],
    ])
      expect(() => announcement.set(title, begins)).toThrow(expect.objectContaining({ code: 'bad-request' }))
    expect(announcement.now).toBeNull()
  })

  test('whose file is damaged is none', async () => {
    writeFileSync(join(folder, 'announced.json'), '{"title":7')
    const announcement = made()
    await announcement.open()
    expect(announcement.now).toBeNull()
  })
})

test('a time is meant for today, or tomorrow when it is over, or with its date', () => {
  const now = new Date('2026-11-21T19:00:00')
  const at = (text: string) => new Date(timeMeant(text, now))
  expect(at('20:15')).toEqual(new Date('2026-11-21T20:15:00'))
  expect(at('9:05')).toEqual(new Date('2026-11-22T09:05:00'))
  expect(at('19:00')).toEqual(new Date('2026-11-22T19:00:00'))
  expect(at('2026-12-24 18:00')).toEqual(new Date('2026-12-24T18:00:00'))
  for (const wrong of ['', 'soon', '25:00', '20:60', '2026-13-01 10:00', '20:15 now'])
    expect(() => timeMeant(wrong, now), wrong).toThrow(/say when/)
})
