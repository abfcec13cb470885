// join.test.ts — the pure half of the join page: places, speech, stages, sentences.
import { describe, expect, test } from 'vitest'
import type { CallTrouble } from '../../../src/call/trouble.ts'
import { hear, SILENCE, type Speech } from '../../../src/lib/speech.ts'
import { codeOf, newSecret } from '../../../src/room/link.ts'
import { noticesOf } from '../../../src/web/pages/join/notice.ts'
import { type Box, fills, place, selfFloats } from '../../../src/web/pages/join/place.ts'
import { loudness, meter } from '../../../src/web/pages/join/speech.ts'
import { doorOf, next, type Stage } from '../../../src/web/pages/join/stage.ts'
import { comings, countWords, initials, personSentence, troubleSentence, whyOf } from '../../../src/web/pages/join/words.ts'

const LAPTOP = { width: 1260, height: 660 }
const PHONE = { width: 366, height: 650 }
const secret = newSecret()

describe('places', () => {
  const inside = (box: Box, area: { width: number; height: number }) =>
    box.x >= 0 && box.y >= 0 && box.x + box.width <= area.width + 1 && box.y + box.height <= area.height + 1
  const apart = (a: Box, b: Box) => a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y

  for (const area of [LAPTOP, PHONE, { width: 700, height: 300 }])
    for (const share of [false, true])
      for (const count of [1, 2, 3, 4, 5, 6])
        test(`${count} tiles${share ? ' and a screen' : ''} stand in ${area.width}x${area.height} and do not touch`, () => {
          const { share: screen, tiles } = place(count, area, 10, share)
          const all = screen ? [screen, ...tiles] : tiles
          expect(tiles).toHaveLength(count)
          expect(screen !== null).toBe(share)
          for (const box of all) expect(inside(box, area) && box.width > 0 && box.height > 0).toBe(true)
          for (const [at, box] of all.entries()) for (const other of all.slice(at + 1)) expect(apart(box, other)).toBe(true)
        })

  test('two people stand beside each other on a laptop and below each other on a phone', () => {
    const [a, b] = place(2, LAPTOP, 10, false).tiles
    expect(a?.y).toBe(b?.y)
    const [c, d] = place(2, PHONE, 10, false).tiles
    expect(c?.x).toBe(d?.x)
  })
  test('an incomplete last row stands in the middle', () => {
    const tiles = place(5, LAPTOP, 10, false).tiles
    expect(tiles.map((t) => t.y)).toEqual([tiles[0]?.y, tiles[0]?.y, tiles[0]?.y, tiles[3]?.y, tiles[3]?.y])
    const [left, right] = [tiles[3], tiles[4]]
    expect(Math.abs((left?.x ?? 0) - (LAPTOP.width - (right?.x ?? 0) - (right?.width ?? 0)))).toBeLessThanOrEqual(2)
  })
  test('a shared screen gets most of the room', () => {
    const { share, tiles } = place(5, LAPTOP, 10, true)
    expect((share?.width ?? 0) * (share?.height ?? 0)).toBeGreaterThan(0.6 * LAPTOP.width * LAPTOP.height)
    expect(tiles.every((t) => t.x > (share?.width ?? 0))).toBe(true)
  })
  test('an area that is not measured yet gives boxes without size, not nonsense', () => {
    for (const box of place(3, { width: 0, height: 0 }, 10, true).tiles) expect(box.width * box.height).toBe(0)
  })
  test('our own picture floats until it would hide somebody', () => {
    expect([0, 1, 2, 3, 5].map(selfFloats)).toEqual([true, true, true, false, false])
  })
  test('a picture is cut while enough of it stays', () => {
    expect(fills({ width: 1280, height: 720 }, { width: 366, height: 406 }, 0.5)).toBe(true)
    expect(fills({ width: 1280, height: 720 }, { width: 366, height: 406 }, 0.75)).toBe(false)
    expect(fills({ width: 720, height: 1280 }, { width: 600, height: 330 }, 0.5)).toBe(false)
  })
})

describe('speech', () => {
  const run = (levels: readonly number[], from: Speech = SILENCE, start = 0) => {
    let speech = from
    return levels.map((level, at) => {
      speech = hear(speech, level, start + at * 80, 80)
      return speech.speaking
    })
  }
  test('begins within a syllable, and not at a click', () => {
    expect(run([-70, -70, -20, -70, -70])).toEqual([false, false, false, false, false])
    expect(run([-70, -25, -25, -25])).toEqual([false, false, true, true])
  })
  test('holds over the pause between two words, and ends after it', () => {
    const heard = run([-70, -25, -25, ...Array.from({ length: 12 }, () => -70)])
    expect(heard.slice(2, 10)).toEqual(Array.from({ length: 8 }, () => true))
    expect(heard.at(-1)).toBe(false)
  })
  test('a fan that runs for a while is quiet', () => {
    const heard = run(Array.from({ length: 200 }, () => -42))
    expect(heard.at(-1)).toBe(false)
  })
  test('loudness and meter', () => {
    expect(loudness(new Float32Array(64))).toBe(-100)
    expect(loudness(new Float32Array([1, -1, 1, -1]))).toBeCloseTo(0)
    expect(loudness(new Float32Array([0.1, -0.1]))).toBeCloseTo(-20)
    expect([meter(-90), meter(-33), meter(0)]).toEqual([0, 0.5, 1])
  })
})

describe('stages', () => {
  const door: Stage = { at: 'door', secret }
  test('a whole link leads to the door, with the secret in hand', () => {
    expect(doorOf(`https://box.local/r#${codeOf(secret)}`)).toEqual(door)
    expect(doorOf(`https://box.local/r#${codeOf(secret).toLowerCase()}`)).toEqual(door)
  })
  test('a link that is not complete says which part is missing or wrong', () => {
    const why = (href: string) => {
      const stage = doorOf(href)
      return stage.at === 'astray' ? stage.why : ''
    }
    expect(why('https://box.local/r')).toContain('the part that begins with #')
    expect(why('https://box.local/r#K7QF-12')).toContain('“K7QF-12”')
    const long = why(`https://box.local/r#${codeOf(secret)}-AAAA`)
    expect(long).toContain('This link is not complete')
    expect(long).not.toContain(codeOf(secret))
  })
  test('a visit goes from the door into the call and out', () => {
    const joining = next(door, { is: 'asked in' })
    const call = next(joining, { is: 'let in' })
    expect([joining.at, call.at, next(call, { is: 'left' }).at]).toEqual(['joining', 'call', 'left'])
    expect(next(joining, { is: 'turned away', full: true })).toEqual({ at: 'full', secret })
    expect(next(joining, { is: 'turned away', full: false })).toEqual(door)
    expect(next(call, { is: 'turned away', full: true }).at).toBe('full')
    expect(next({ at: 'full', secret }, { is: 'asked in' }).at).toBe('joining')
  })
  test('a turn that makes no sense changes nothing', () => {
    expect(next(door, { is: 'let in' })).toBe(door)
    expect(next({ at: 'astray', why: 'x' }, { is: 'asked in' })).toEqual({ at: 'astray', why: 'x' })
    const call: Stage = { at: 'call', secret }
    expect(next(call, { is: 'link', href: 'https://box.local/r#nonsense' })).toBe(call)
    expect(next(call, { is: 'asked in' })).toBe(call)
  })
})

describe('sentences', () => {
  test('every trouble of every device has its own', () => {
    const whys = ['refused', 'none', 'busy', 'insecure', 'gone', 'odd'] as const
    const all = (['camera', 'microphone'] as const).flatMap((device) => whys.map((why) => troubleSentence({ device, why })))
    expect(new Set(all).size).toBe(12)
    for (const sentence of all) expect(sentence).toMatch(/^[A-Z].*\.$/)
  })
  test('the browser’s errors are understood', () => {
    const named = (name: string) => Object.assign(new Error('x'), { name })
    expect(
      ['NotAllowedError', 'NotFoundError', 'NotReadableError', 'OverconstrainedError', 'TypeError'].map((n) => whyOf(named(n))),
    ).toEqual(['refused', 'none', 'busy', 'none', 'odd'])
    expect(whyOf('no error at all')).toBe('odd')
  })
  test('a person in one line', () => {
    const ann = { name: 'Ann', kind: 'browser', state: 'live', muted: false, camera: true, screen: false, speaking: true } as const
    expect(personSentence(ann)).toBe('Ann, speaking')
    expect(personSentence({ ...ann, kind: 'box', muted: true, camera: false, state: 'reconnecting' })).toBe(
      'Ann, a TV, reconnecting…, muted, camera off',
    )
  })
  test('who came and who went', () => {
    const [ann, ben] = [
      { peer: 'a', name: 'Ann' },
      { peer: 'b', name: 'Ben' },
    ] as unknown as Parameters<typeof comings>[0]
    expect(comings([], ann ? [ann] : [])).toBe('Ann is here.')
    expect(comings(ann ? [ann] : [], ben ? [ben] : [])).toBe('Ben is here. Ann has left.')
    expect(comings(ann ? [ann] : [], ann ? [ann] : [])).toBe('')
  })
  test('counts and initials', () => {
    expect([countWords(0, 6), countWords(2, 6)]).toEqual(['Only you', '3 of 6 here'])
    expect(['ann', 'Ann von Berg', '', '  ', '👵 Oma'].map(initials)).toEqual(['A', 'AB', '?', '?', '👵O'])
  })
})

describe('notices', () => {
  const none = {
    speaksMuted: false,
    liveBy: null,
    brokerAway: false,
    call: null,
    devices: [],
    forgetCall: () => {},
    forgetDevices: () => {},
  }
  test('nothing to say, nothing said', () => expect(noticesOf(none)).toEqual([]))
  test('the most urgent comes first, and only what a person can settle can be put away', () => {
    const call = { kind: 'stranger', sentence: 'S.' } as CallTrouble
    const all = noticesOf({ ...none, speaksMuted: true, brokerAway: true, call, devices: [{ device: 'camera', why: 'none' }] })
    expect(all.map((n) => n.kind)).toEqual(['muted', 'stranger', 'camera', 'broker-away'])
    expect(all.map((n) => n.dismiss !== undefined)).toEqual([false, true, true, false])
  })
  test('that the call is broadcast stays said, with the name of who does it', () => {
    const [notice] = noticesOf({ ...none, liveBy: 'Living room' })
    expect(notice).toMatchObject({ kind: 'live', urgent: false })
    expect(notice?.sentence).toContain('Living room sends this call out')
    expect(notice?.dismiss).toBeUndefined()
  })
})
