import { describe, expect, it } from 'vitest'
import { emptied } from '../../../src/media/sound/silence.ts'

describe('an emptied packet', () => {
  it('keeps its place in the stream and not one byte of its sound', () => {
    const secret = Buffer.from('what was said before mute')
    const packet = Buffer.concat([Buffer.from([0xb1, 111, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), secret])
    const empty = emptied(packet)
    expect(empty?.subarray(0, 12)).toEqual(Buffer.from([0x80, 111, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]))
    expect([...(empty?.subarray(12) ?? [])]).toEqual([0xf0, 0xff, 0xfe])
    expect(packet.subarray(12)).toEqual(secret)
  })
  it('is none when it is too short to be RTP', () => {
    expect(emptied(Buffer.alloc(11))).toBeNull()
  })
})
