import { expect, test } from 'vitest'
import { Following } from '../../../../src/media/screen/program/following.ts'

const FRAME = 33_333_333n
const at = (i: number): bigint => BigInt(i) * FRAME
/** A rendition's way: what is encoded after each frame of the program and each picture, by number; keyframes with a `!`. */
function way(every: number) {
  const following = new Following(every)
  const due: string[] = []
  const take = (): void => {
    for (let next = following.next(); next; next = following.next()) due.push(`${next.bytes[0]}${next.isKey ? '!' : ''}`)
  }
  return {
    following,
    due,
    picture: (i: number) => {
      following.picture({ at: at(i), bytes: Uint8Array.of(i) })
      take()
    },
    lead: (i: number, isKey = false, time = at(i)) => {
      following.lead({ at: at(i), time, isKey })
      take()
    },
  }
}

test('a picture is encoded when the frame of the program is out, as a keyframe where that is one', () => {
  const { picture, lead, due } = way(1)
  picture(0)
  expect(due).toEqual([])
  lead(0, true)
  expect(due).toEqual(['0!'])
  picture(1)
  picture(2)
  lead(1)
  lead(2, true)
  expect(due).toEqual(['0!', '1', '2!'])
  // An encoder may also be quicker than the way of the picture.
  lead(3)
  picture(3)
  expect(due.at(-1)).toBe('3')
})

test('it begins with a keyframe', () => {
  const { picture, lead, due } = way(1)
  for (let i = 57; i < 63; i++) {
    picture(i)
    lead(i, i === 60)
  }
  expect(due).toEqual(['60!', '61', '62'])
})

test('one of two frames: always the keyframe, and every second one after it, wherever keyframes come', () => {
  const { picture, lead, due } = way(2)
  for (let i = 0; i < 12; i++) {
    picture(i)
    lead(i, i === 0 || i === 7)
  }
  expect(due).toEqual(['0!', '2', '4', '6', '7!', '9', '11'])
})

test('what the program left out is left out', () => {
  const { picture, lead, due } = way(1)
  for (let i = 0; i < 6; i++) {
    picture(i)
    if (i !== 2 && i !== 3) lead(i, i === 0)
  }
  expect(due).toEqual(['0!', '1', '4', '5'])
})

test('a picture that was lost on the way here leaves a hole; where it was a keyframe, nothing is encoded before the next', () => {
  const lost = (missing: number) => {
    const { picture, lead, due } = way(2)
    for (let i = 0; i < 16; i++) {
      if (i !== missing) picture(i)
      lead(i, i % 6 === 0)
    }
    return due.join(' ')
  }
  expect(lost(2)).toBe('0! 4 6! 8 10 12! 14')
  expect(lost(3)).toBe('0! 2 4 6! 8 10 12! 14')
  expect(lost(6)).toBe('0! 2 4 12! 14')
})

test('the time is the one that the frame of the program was given', () => {
  const { following } = way(1)
  following.picture({ at: 5n, bytes: Uint8Array.of(1) })
  following.lead({ at: 4n, time: 77n, isKey: true })
  expect(following.next()).toMatchObject({ time: 77n, isKey: true })
})

test('nothing grows while the other way stands still', () => {
  const { picture, lead, due } = way(1)
  for (let i = 0; i < 200; i++) picture(i)
  lead(190, true)
  lead(191)
  expect(due).toEqual(['190!', '191'])
  for (let i = 200; i < 400; i++) lead(i, i === 200)
  picture(399)
  expect(due.length).toBe(2)
})
