// view.test.ts — the pure half of the viewer's page: what it believes, where things lie in time, how near to live it goes, what stands on the stage.
import { describe, expect, test } from 'vitest'
import type { Update } from '../../../src/broadcast/program.ts'
import { Feed, type FeedNews, type ManifestAnswer } from '../../../src/broadcast/reading/feed.ts'
import { Larder, type ObjectWay } from '../../../src/broadcast/reading/larder.ts'
import { FakeClock } from '../../../src/lib/clock.ts'
import { ms } from '../../../src/lib/unit.ts'
import { identityFrom } from '../../../src/room/identity.ts'
import { isAllShown } from '../../../src/web/pages/view/ending.ts'
import { calm, PACE, type Pace, stalled, step } from '../../../src/web/pages/view/pace.ts'
import { arrivalAt } from '../../../src/web/pages/view/place.ts'
import type { PlayerNow } from '../../../src/web/pages/view/player.ts'
import { choose, renditionsOf } from '../../../src/web/pages/view/quality.ts'
import { clockText, leftOf, sceneOf } from '../../../src/web/pages/view/scene.ts'
import { Tail } from '../../../src/web/pages/view/tail.ts'
import { EPOCH, emptyTimeline, place, secondOf, wallOf } from '../../../src/web/pages/view/timeline.ts'
import { de } from '../../../src/web/pages/view/words/de.ts'
import { en } from '../../../src/web/pages/view/words/en.ts'
import { lineOf, type TrackPart } from '../../../src/wire/manifest.ts'
import { unit } from '../../broadcast/kit/coded.ts'
import { making, NOW } from '../../broadcast/kit/making.ts'

/** A way that gives these answers, one after the other, then waits for ever; and what it was asked. */
function wayOf(...answers: ReadonlyArray<ManifestAnswer | readonly string[]>) {
  const asked: string[] = []
  const left = [...answers]
  async function* lines(all: readonly string[]) {
    yield* all
  }
  const manifest = async (query: string, signal: AbortSignal): Promise<ManifestAnswer> => {
    asked.push(query)
    const next = left.shift()
    if (next === undefined) return new Promise((_, no) => signal.addEventListener('abort', () => no(signal.reason)))
    return 'is' in next ? next : { is: 'lines', lines: lines(next) }
  }
  return { asked, way: { manifest } }
}
const texts = (updates: readonly Update[]): string[] => updates.map(({ signed }) => lineOf(signed))

/** Everything a feed tells of these answers. */
async function told(answers: ReadonlyArray<ManifestAnswer | readonly string[]>, from: number | null = null) {
  const { program } = making()
  const { asked, way } = wayOf(...answers)
  const clock = new FakeClock()
  const over = new AbortController()
  const feed = new Feed({ program: program.id, way, clock, from, seat: '00' })
  const news: FeedNews[] = []
  const follow = async (): Promise<void> => {
    for await (const each of feed.follow(over.signal)) news.push(each)
  }
  const done = follow().catch(() => {})
  for (let i = 0; i < 12; i++) await clock.advance(ms(1000))
  over.abort()
  await done
  const said = news.map((each) => (each.is === 'entry' ? each.entry.number : each.is === 'refused' ? each.why : each.is))
  return { said, asked, news }
}

describe('the feed', () => {
  const { live } = making()
  const updates = live(4)
  const lines = texts(updates)
  const foreign = texts(making({ identity: identityFrom(new Uint8Array(32).fill(99)) }).live(2))
  const other = making()
  // A second story under the same key: the same numbers, other content.
  const forked = texts(other.live(4, (i) => unit(i + 1000, i % 60 === 0)))
  const flip = (line: string): string => `${line.slice(0, 40)}${line[40] === 'A' ? 'B' : 'A'}${line.slice(41)}`

  test('takes entries in their order, and asks for what follows', async () => {
    const { said, asked } = await told([lines.slice(0, 5), lines.slice(5, 8)])
    expect(said).toEqual([0, 1, 2, 3, 4, 'all there', 5, 6, 7, 'all there'])
    expect(asked[0]).toBe('seat=00')
    expect(asked[1]).toMatch(/^after=\d+\.4&from=\d+&seat=00$/)
  })
  test('begins at a time when it is asked to', async () => {
    const { asked } = await told([], NOW)
    expect(asked[0]).toBe(`from=${NOW}&seat=00`)
  })
  const wrong: ReadonlyArray<readonly [string, readonly string[], string]> = [
    ['flipped', [flip(lines[5] ?? '')], 'entry with a wrong signature'],
    ['replayed', [lines[3] ?? ''], 'entry replayed'],
    ['left out', [lines[7] ?? ''], 'entry ahead of what is here'],
    ['of another key', foreign.slice(0, 1), "entry with another broadcaster's key"],
    ['no entry at all', ['<script>alert(1)</script>'], 'line that is no entry'],
    ['cut short', [(lines[5] ?? '').slice(0, 200)], 'entry with a wrong signature'],
    ['forked', forked.slice(5, 6), 'entry forked'],
  ]
  for (const [what, bad, why] of wrong)
    test(`refuses what is ${what}, and goes on with what is right`, async () => {
      const { said } = await told([lines.slice(0, 5), bad, lines.slice(5, 7)])
      const refused = said.filter((each) => typeof each === 'string' && each !== 'all there')
      expect(refused.length).toBe(1)
      if (what !== 'cut short' && what !== 'flipped') expect(refused).toEqual([why])
      expect(said.filter((each) => typeof each === 'number')).toEqual([0, 1, 2, 3, 4, 5, 6])
    })
  test('begins anew where what is between is gone, but never with what is older', async () => {
    const gap = lines.slice(20, 23)
    const { said } = await told([lines.slice(0, 5), gap, gap, gap, gap])
    expect(said.filter((each) => typeof each === 'number')).toEqual([0, 1, 2, 3, 4, 20, 21, 22])
    const old = await told([lines.slice(3, 8), gap, gap, gap, lines.slice(0, 3), lines.slice(20, 22)])
    expect(old.said).toContain('entry of an earlier run')
    expect(old.said.filter((each) => typeof each === 'number')).toEqual([3, 4, 5, 6, 7, 20, 21])
  })
  test('says that the box is full, has nothing, or is away; and asks again', async () => {
    const { said } = await told([{ is: 'full', wait: ms(2000) }, { is: 'nothing' }, { is: 'away' }, lines.slice(0, 1)])
    expect(said).toEqual(['full', 'nothing', 'away', 0, 'all there'])
  })
})

describe('the tail', () => {
  test('knows where live is, and gives what is needed to begin there', async () => {
    const { program, live } = making()
    const lines = texts(live(11))
    const { way } = wayOf(lines)
    const clock = new FakeClock()
    const over = new AbortController()
    const tail = new Tail({ clock, now: () => NOW + 11_000 + clock.now(), heard: () => {}, refused: () => {} })
    const run = tail.run(new Feed({ program: program.id, way, clock, from: null, seat: '00' }), over.signal).catch(() => {})
    await clock.advance(ms(100))
    expect(tail.isWhole).toBe(true)
    expect(Math.abs((tail.edge ?? 0) - (NOW + 11_000))).toBeLessThan(500)
    const seen: number[] = []
    for await (const { entry, isNewest } of tail.entries(over.signal)) {
      seen.push(...entry.parts.map(({ segment }) => segment))
      if (isNewest) break
    }
    expect(new Set(seen).size).toBeLessThanOrEqual(2)
    over.abort()
    await run
  })
})

describe('the larder', () => {
  const objects = making()
    .live(1)
    .flatMap((update) => update.objects)
  const [one] = objects
  if (!one) throw new Error('no object')
  const { promise, bytes } = one
  const bad = bytes.map((byte, i) => (i === 100 ? byte ^ 4 : byte))
  const larderOf = (way: Partial<ObjectWay>) => {
    const refused: string[] = []
    const clock = new FakeClock()
    const nothing: ObjectWay = { part: async () => null, object: async () => null }
    return { refused, clock, larder: new Larder({ ...nothing, ...way }, clock, (why) => refused.push(why)) }
  }
  const signal = new AbortController().signal
  const where = { track: 'v0', sequence: 7 }

  test('gives what was promised, had by its name', async () => {
    const { larder } = larderOf({ object: async () => bytes })
    expect(await larder.get(promise, where, signal)).toBe(bytes)
  })
  test('gives a hinted part, once it is known to be the right one', async () => {
    const { larder, refused } = larderOf({ part: async () => bytes })
    larder.hint('v0', 7, signal)
    expect(await larder.get(promise, where, signal)).toBe(bytes)
    expect(refused).toEqual([])
  })
  test('throws away what was changed on the way, and has it by its name, past every cache', async () => {
    const asked: boolean[] = []
    const object = async (_name: string, anew: boolean) => {
      asked.push(anew)
      return asked.length === 1 ? bad : bytes
    }
    const { larder, refused, clock } = larderOf({ part: async () => bad, object })
    larder.hint('v0', 7, signal)
    const got = larder.get(promise, where, signal)
    await clock.advance(ms(1000))
    expect(await got).toBe(bytes)
    expect(refused).toEqual(['object with a flipped block', 'object with a flipped block'])
    expect(asked).toEqual([true, true])
  })
  test.each([
    ['flipped', bad],
    ['longer', new Uint8Array([...bytes, 0])],
    ['empty', new Uint8Array()],
  ])('never gives what is %s', async (_what, always) => {
    const { larder, refused, clock } = larderOf({ object: async () => always })
    const got = larder.get(promise, null, signal)
    await clock.advance(ms(5000))
    expect(await got).toBeNull()
    expect(refused.length).toBe(3)
  })
})

describe('the timeline', () => {
  const part = (start: number, at: number, duration = 200): TrackPart =>
    ({
      start,
      at,
      duration,
      track: 0,
      sequence: 0,
      segment: 0,
      independent: true,
      firstOfSegment: true,
      afterBreak: false,
    }) as unknown as TrackPart
  test('keeps parts of a run as far apart as they say, and finds wall-clock times again', () => {
    let line = emptyTimeline
    const offsets = [0, 200, 400].map((start) => {
      const placed = place(line, part(start, NOW + start), 1, 1000)
      line = placed.line
      return placed.offset + start / 1000
    })
    expect(offsets).toEqual([EPOCH, EPOCH + 0.2, EPOCH + 0.4])
    expect(wallOf(line, EPOCH + 0.5)).toBe(NOW + 500)
    expect(secondOf(line, NOW + 300)).toBeCloseTo(EPOCH + 0.3)
  })
  test('puts a new run where its date says, but never over what is there', () => {
    const first = place(emptyTimeline, part(0, NOW, 5000), 1, 1000)
    expect(place(first.line, part(0, NOW + 60_000), 2, 1000).offset).toBe(EPOCH + 60)
    expect(place(first.line, part(0, NOW - 60_000), 2, 1000).offset).toBe(EPOCH + 5)
  })
})

describe('the pace', () => {
  test('catches up and slows down unheard, and leaves alone what is nearly right', () => {
    expect(step(PACE, PACE.margin + 0.02, 1)).toEqual({ rate: 1 })
    expect(step(PACE, PACE.margin + 0.5, 1)).toEqual({ rate: 1.05 })
    expect(step(PACE, PACE.margin + 0.1, 1)).toEqual({ rate: 1.025 })
    expect(step(PACE, PACE.margin - 0.1, 1)).toEqual({ rate: 0.975 })
    expect(step(PACE, PACE.margin - 0.001, 1.05)).toEqual({ rate: 1 })
    expect(step(PACE, PACE.margin + 5, 1)).toEqual({ jump: 5 })
  })
  test('keeps further away after a standstill, comes nearer in a long calm, never so near again', () => {
    let pace: Pace = stalled(PACE)
    const [after, floor] = [pace.margin, pace.floor]
    expect(after).toBeGreaterThan(PACE.margin)
    for (let s = 0; s < 3600; s++) pace = calm(pace, 1)
    expect(pace.margin).toBe(floor)
    expect(floor).toBeGreaterThan(PACE.floor)
    for (let i = 0; i < 100; i++) pace = stalled(pace)
    expect(pace.margin).toBeLessThanOrEqual(1.5)
  })
})

describe('the stage', () => {
  const playing: PlayerNow = {
    tail: 'there',
    fit: 'yes',
    isOver: false,
    hasEnded: false,
    hasPicture: true,
    isPlaying: true,
    isWaiting: false,
    isLive: true,
    needsTouch: false,
    behind: 0.4,
    position: NOW,
    edge: NOW + 400,
    from: NOW - 60_000,
    renditions: [{ track: 0, name: 'v0', width: 640, height: 360, bandwidth: 1e6 }],
    choice: 'auto',
    shown: 0,
    stalls: 0,
  }
  const dark: PlayerNow = { ...playing, hasPicture: false, position: null }
  const about = { title: 'x', begins: NOW + 5000, viewers: 1, from: null, at: NOW }
  test.each([
    ['the picture', playing, 'picture'],
    ['a picture whose line is lost for a moment', { ...playing, tail: 'away' as const }, 'picture'],
    ['a picture that stands still because its line is lost', { ...playing, tail: 'away' as const, isWaiting: true }, 'away'],
    ['nothing, while it comes', { ...dark, tail: 'looking' as const }, 'looking'],
    ['the box at its budget', { ...dark, tail: 'full' as const }, 'full'],
    ['its end, when it went without a farewell', { ...playing, tail: 'nothing' as const, isWaiting: true }, 'ended'],
    ['the box at its budget, in the middle', { ...playing, tail: 'full' as const, isWaiting: true }, 'full'],
    ['nothing yet', { ...dark, tail: 'nothing' as const }, 'soon'],
    ['its end', { ...playing, hasEnded: true }, 'ended'],
    ['a browser that waits for a touch', { ...playing, needsTouch: true }, 'touch'],
    ['a codec that is not known here', { ...dark, renditions: [] }, 'unplayable'],
    ['a private program to who has no key', { ...dark, fit: 'no key' as const }, 'locked'],
    [
      'a private program to who has that of another, also when its line is lost',
      { ...dark, fit: 'another key' as const, tail: 'away' as const },
      'locked',
    ],
  ])('shows %s', (_what, now, is) => expect(sceneOf(now, null).is).toBe(is))
  const over = { isOver: true, isAllIn: true, isSought: false, left: 0.1, isWaiting: false }
  test.each([
    ['the last of it is shown', over, true],
    ['it stands still a little before its last', { ...over, left: 0.6, isWaiting: true }, true],
    ['nothing of what was to come could be shown', { ...over, isSought: true, left: 0 }, true],
    ['it goes on', { ...over, isOver: false }, false],
    ['its last is under way', { ...over, isAllIn: false }, false],
    ['some of it lies ahead', { ...over, left: 0.6 }, false],
    ['it stands still far from its last', { ...over, left: 5, isWaiting: true }, false],
  ])('knows whether it is over, where %s', (_where, now, is) => expect(isAllShown(now)).toBe(is))
  test('counts down to what was announced', () => {
    expect(sceneOf({ ...dark, tail: 'nothing' }, about)).toEqual({ is: 'soon', begins: NOW + 5000 })
    expect(leftOf(90_061_000)).toEqual({ days: 1, hours: 1, minutes: 1, seconds: 1 })
    expect([0, 59.6, 61, 3661].map(clockText)).toEqual(['0:00', '1:00', '1:01', '1:01:01'])
  })
})

test('the best picture that plays here, or the one that was chosen', () => {
  const init = making().live(1).flatMap(({ entry }) => entry.inits).find(({ description }) => description.kind === 'video') // biome-ignore format: one line
  if (!init) throw new Error('no picture')
  const low = { ...init, track: 5, description: { ...init.description, bandwidth: 200_000 } }
  const all = renditionsOf([low, init], () => true)
  expect(all.map(({ track }) => track)).toEqual([0, 5])
  expect([choose(all, 'auto', 0), choose(all, 'auto', 1), choose(all, 'auto', 7), choose(all, 5, 0), choose(all, 99, 0)]).toEqual([
    0, 5, 5, 5, 0,
  ])
  expect(choose(renditionsOf([init], () => false), 'auto', 0)).toBeNull() // biome-ignore format: one line
})

test('the address names a program, and a moderator by what stands behind the #', () => {
  const id = '0123456789abcdefghjkmnpqrs'
  expect(arrivalAt(`/w/${id}`, '')).toEqual({ program: id, shared: null, key: null, secret: null })
  const both = arrivalAt(`/w/${id}`, '#000G40R40M30E209185GR38E1W&moderator=00000R40M30E209185GR38E1W0')
  expect([both?.shared, both?.key?.lock.length, both?.secret?.length]).toEqual(['000G40R40M30E209185GR38E1W', 32, 16])
  expect(arrivalAt(`/w/${id.toUpperCase()}/`, '')?.program).toBe(id)
  expect(arrivalAt(`/w/${id}`, '#moderator=000G40R40M30E209185GR38E1W')?.secret?.length).toBe(16)
  for (const odd of ['/w/', '/w/short', `/w/${id}x`, `/x/${id}`, `/w/${id.replace('a', 'u')}`]) expect(arrivalAt(odd, '')).toBeNull()
})

test('German says everything that English says', () => {
  const keys = (table: object): string[] => Object.keys(table).sort()
  expect(keys(de)).toEqual(keys(en))
  expect(keys(de.refusal)).toEqual(keys(en.refusal))
})
