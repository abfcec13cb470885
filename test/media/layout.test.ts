import { describe, expect, test } from 'vitest'
import type { Ms } from '../../src/lib/unit.ts'
import { emphasis, nobodyLarge } from '../../src/media/emphasis.ts'
import { fitPicture } from '../../src/media/fit.ts'
import { layout, type Placement, safeArea } from '../../src/media/layout.ts'
import { REPLAY, type Scene, SELF, SHARE } from '../../src/media/scene.ts'
import { aScene, aShare, aTile } from './scenes.ts'

const scenes: [string, Scene][] = [0, 1, 2, 3, 4, 5].flatMap((people) =>
  [true, false].flatMap((self) =>
    [true, false].flatMap((share) =>
      [null, 1, 2].map((large): [string, Scene] => [
        `${people} people${self ? ', us' : ''}${share ? ', a shared screen' : ''}${large ? `, ${large} large` : ''}`,
        aScene(people, { large, ...(self ? {} : { self: null }), ...(share ? { share: aShare() } : {}) }),
      ]),
    ),
  ),
)
const sizes = [
  { width: 1920, height: 1080 },
  { width: 1280, height: 720 },
  { width: 960, height: 540 },
]
const overlap = (a: Placement, b: Placement) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
const of = (placements: Placement[], seat: number): Placement => {
  const found = placements.find((p) => p.seat === seat)
  if (!found) throw new Error(`no tile for seat ${seat}`)
  return found
}

describe.each(scenes)('%s', (_, scene) => {
  test.each(sizes)('every picture has one place, even, on the screen ($width x $height)', (size) => {
    const placed = layout(scene, size)
    const wanted = [...(scene.share ? [SHARE] : []), ...scene.people.map((t) => t.seat), ...(scene.self ? [SELF] : [])]
    expect(placed.map((p) => p.seat).toSorted()).toEqual(wanted.toSorted())
    for (const p of placed) {
      for (const n of [p.x, p.y, p.width, p.height]) expect(n % 2).toBe(0)
      expect(p.x).toBeGreaterThanOrEqual(0)
      expect(p.y).toBeGreaterThanOrEqual(0)
      expect(p.x + p.width).toBeLessThanOrEqual(size.width)
      expect(p.y + p.height).toBeLessThanOrEqual(size.height)
      expect(p.width).toBeGreaterThanOrEqual(size.width / 8)
    }
  })

  test('nothing overlaps but the small self-view, which is in front', () => {
    const placed = layout(scene)
    for (const a of placed) for (const b of placed) if (a !== b && overlap(a, b)) expect(Math.max(a.z, b.z)).toBe(20)
    expect(placed.filter((p) => p.z === 20).every((p) => p.seat === SELF)).toBe(true)
  })

  test('every tile has room for its name inside what all TVs show', () => {
    const safe = safeArea()
    for (const p of layout(scene)) {
      const width = Math.min(p.x + p.width, safe.x + safe.width) - Math.max(p.x, safe.x)
      const height = Math.min(p.y + p.height, safe.y + safe.height) - Math.max(p.y, safe.y)
      expect(width).toBeGreaterThanOrEqual(240)
      expect(height).toBeGreaterThanOrEqual(100)
    }
  })
})

test('one person fills the screen, and we are a small tile bottom right inside the safe area', () => {
  const placed = layout(aScene(1))
  expect(of(placed, 1)).toMatchObject({ x: 0, y: 0, width: 1920, height: 1080, fit: 'crop' })
  expect(of(placed, SELF)).toMatchObject({ x: 1440, y: 810, width: 384, height: 216, z: 20 })
})

test.each([2, 3, 4, 5])('%i people have tiles of the same size', (n) => {
  const tiles = layout(aScene(n)).filter((p) => p.z === 10)
  expect(new Set(tiles.map((p) => `${p.width}x${p.height}`)).size).toBe(1)
})

test('two stand side by side; three are two and one in the middle below; five and we are three by two', () => {
  const two = layout(aScene(2))
  expect(of(two, 1).y).toBe(of(two, 2).y)
  const three = layout(aScene(3))
  expect(of(three, 3).y).toBeGreaterThan(of(three, 1).y)
  expect(of(three, 3).x + of(three, 3).width / 2).toBe(960)
  const six = layout(aScene(5))
  expect(new Set(six.map((p) => p.x)).size).toBe(3)
  expect(new Set(six.map((p) => p.y)).size).toBe(2)
})

test('a shared screen is large, whole, and all people stand beside it', () => {
  const placed = layout(aScene(5, { share: aShare() }))
  const share = of(placed, SHARE)
  expect(share.fit).toBe('letterbox')
  expect(share.width * share.height).toBeGreaterThan(0.6 * 1920 * 1080)
  for (const p of placed) if (p.seat !== SHARE) expect(p.x).toBeGreaterThan(share.x + share.width)
})

test('the past is large and whole, and the call of now, a shared screen too, goes on beside it', () => {
  const placed = layout(aScene(5, { share: aShare(), replay: aTile(REPLAY) }))
  const past = of(placed, REPLAY)
  expect(past.fit).toBe('letterbox')
  expect(past.width * past.height).toBeGreaterThan(0.6 * 1920 * 1080)
  expect(placed.map(({ seat }) => seat).toSorted()).toEqual([SELF, 1, 2, 3, 4, 5, SHARE, REPLAY])
  for (const p of placed) if (p.seat !== REPLAY) expect(p.x).toBeGreaterThan(past.x + past.width)
})

test('who speaks long is large, but a person alone already is, and one who left is not', () => {
  expect(of(layout(aScene(4, { large: 3 })), 3).width).toBeGreaterThan(1300)
  expect(layout(aScene(1, { large: 1 }))).toEqual(layout(aScene(1)))
  expect(layout(aScene(3, { large: 5 }))).toEqual(layout(aScene(3)))
})

test('without a call there are no tiles', () => {
  expect(layout(aScene(0, { show: 'idle' }))).toEqual([])
  expect(layout(aScene(0, { show: 'ringing', caller: 'Ada' }))).toEqual([])
})

const pictures = [
  { width: 1920, height: 1080 },
  { width: 640, height: 360 },
  { width: 640, height: 480 },
  { width: 720, height: 1280 },
  { width: 320, height: 180 },
  { width: 1280, height: 1280 },
  { width: 2560, height: 1080 },
  { width: 50, height: 4000 },
  { width: 4000, height: 2 },
]
const tiles = scenes
  .flatMap(([, scene]) => layout(scene))
  .filter((p, i, all) => all.findIndex((q) => q.width === p.width && q.height === p.height) === i)

describe.each(pictures)('a picture of $width x $height', (picture) => {
  test.each(['crop', 'letterbox'] as const)('is never stretched, never out of its tile (%s)', (how) => {
    for (const tile of tiles) {
      const { scaled, crop, box } = fitPicture(picture, tile, how)
      expect(scaled.width - crop.left - crop.right).toBe(box.width)
      expect(scaled.height - crop.top - crop.bottom).toBe(box.height)
      for (const n of [scaled.width, scaled.height, crop.left, crop.right, crop.top, crop.bottom, box.x, box.y, box.width, box.height]) {
        expect(n % 2).toBe(0)
        expect(n).toBeGreaterThanOrEqual(0)
      }
      expect(box.x + box.width).toBeLessThanOrEqual(tile.width)
      expect(box.y + box.height).toBeLessThanOrEqual(tile.height)
      if (picture.height >= 180 && picture.width >= 320) {
        const stretched = scaled.width / scaled.height / (picture.width / picture.height)
        expect(Math.abs(stretched - 1)).toBeLessThan(0.02)
        expect(crop.top).toBeLessThanOrEqual(0.12 * scaled.height + 2)
      }
      expect(crop.top).toBeLessThanOrEqual(crop.bottom)
      if (how === 'letterbox') expect(crop).toEqual({ left: 0, right: 0, top: 0, bottom: 0 })
    }
  })
})

test('a camera of 16:9 fills every tile of people; a phone held upright is shown between free sides', () => {
  for (const [, scene] of scenes)
    for (const p of layout(scene)) {
      if (p.fit !== 'crop') continue
      expect(fitPicture({ width: 1280, height: 720 }, p, 'crop').box).toEqual({ x: 0, y: 0, width: p.width, height: p.height })
      expect(fitPicture({ width: 720, height: 1280 }, p, 'crop').box.width).toBeLessThan(p.width)
    }
  expect(fitPicture({ width: 720, height: 1280 }, { width: 400, height: 600 }, 'crop').box.width).toBe(400)
})

describe('emphasis', () => {
  const at = (n: number) => n as Ms
  const run = (steps: [time: number, speaking: number[]][], present = [1, 2, 3]) =>
    steps.reduce((was, [time, speaking]) => emphasis(was, new Set(speaking), present, at(time)), nobodyLarge)

  test('a cough changes nothing', () => {
    expect(
      run([
        [0, [1]],
        [900, []],
        [1000, [2]],
        [1500, []],
        [5000, []],
      ]).large,
    ).toBe(null)
  })
  test('two seconds of speech make one large, and silence leaves it so', () => {
    expect(
      run([
        [0, [1]],
        [1000, [1]],
        [2000, [1]],
      ]).large,
    ).toBe(1)
    expect(
      run([
        [0, [1]],
        [2000, [1]],
        [9000, []],
        [99000, []],
      ]).large,
    ).toBe(1)
  })
  test('as long as the large one speaks, nobody takes over', () => {
    expect(
      run([
        [0, [1]],
        [2000, [1]],
        [3000, [1, 2]],
        [9000, [1, 2]],
      ]).large,
    ).toBe(1)
    expect(
      run([
        [0, [1]],
        [2000, [1]],
        [3000, [2]],
        [5000, [2]],
      ]).large,
    ).toBe(2)
  })
  test('who leaves is large no more', () => {
    const was = run([
      [0, [1]],
      [2000, [1]],
    ])
    expect(emphasis(was, new Set(), [2, 3], at(2100)).large).toBe(null)
  })
})
