import { describe, expect, it } from 'vitest'
import { Intake } from '../../../src/media/push/intake.ts'
import type { PushTrack } from '../../../src/media/push/order.ts'

const part = (track: PushTrack, segment: number, isBegin = false, bytes = 10) => ({ track, segment, isBegin, bytes: new Uint8Array(bytes) })

describe('the intake of a line', () => {
  it('begins with a keyframe, and with the sound of the same segment', () => {
    const intake = new Intake(1000)
    expect(intake.lets(part('audio', 4), 0)).toBe(false)
    expect(intake.lets(part('video', 4), 0)).toBe(false)
    expect(intake.lets(part('video', 5, true), 0)).toBe(true)
    expect(intake.lets(part('audio', 4), 0)).toBe(false)
    expect(intake.lets(part('audio', 5, true), 0)).toBe(true)
    expect(intake.lets(part('video', 5), 0)).toBe(true)
    expect(intake.left).toBe(0)
  })
  it('leaves out both tracks when the line is full, up to a keyframe that comes when half of it is gone', () => {
    const intake = new Intake(1000)
    expect(intake.lets(part('video', 1, true), 0)).toBe(true)
    expect(intake.lets(part('video', 1, false, 500), 600)).toBe(false)
    expect(intake.lets(part('audio', 1), 600)).toBe(false)
    expect(intake.lets(part('video', 2, true), 600)).toBe(false)
    expect(intake.lets(part('audio', 2), 300)).toBe(false)
    expect(intake.lets(part('video', 3, true), 300)).toBe(true)
    expect(intake.lets(part('audio', 2), 300)).toBe(false)
    expect(intake.lets(part('audio', 3), 300)).toBe(true)
    expect(intake.left).toBe(4)
  })
  it('begins anew with a keyframe on a new line, and counts nothing of that as left out', () => {
    const intake = new Intake(1000)
    expect(intake.lets(part('video', 1, true), 0)).toBe(true)
    intake.renew()
    expect(intake.lets(part('video', 1), 0)).toBe(false)
    expect(intake.lets(part('video', 2, true), 0)).toBe(true)
    expect(intake.left).toBe(0)
  })
})
