// program.test.ts — who stands where in a program, what viewers read there, and which encoder is tried with which picture.
import { expect, test } from 'vitest'
import { kbps } from '../../../src/lib/unit.ts'
import { programPictures } from '../../../src/media/budget.ts'
import { REPLAY, SELF, SHARE } from '../../../src/media/scene.ts'
import { attempts } from '../../../src/media/screen/program/attempt.ts'
import { programGround, programLabel } from '../../../src/media/screen/program/card.ts'
import { programLaunch } from '../../../src/media/screen/program/launch.ts'
import { forViewers, programPlaces, scaled } from '../../../src/media/screen/program/place.ts'
import { aScene, aShare, aTile } from '../scenes.ts'

const hd = { width: 1280, height: 720, fps: 30 }

test.each([0, 1, 2, 3, 4, 5])('with %i others everybody is seen alike, ourselves among them, and nobody covers anybody', (people) => {
  const places = programPlaces(aScene(people))
  expect(places.map(({ seat }) => seat).toSorted()).toEqual([SELF, ...aScene(people).people.map(({ seat }) => seat)].toSorted())
  expect(new Set(places.map(({ width, height }) => `${width}x${height}`)).size).toBe(1)
  expect(places.every(({ z }) => z === 10)).toBe(true)
  for (const [i, a] of places.entries())
    for (const b of places.slice(i + 1))
      expect(a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y).toBe(true)
})

test('a shared screen is large, and we stand in the strip beside it', () => {
  const [share, ...strip] = programPlaces(aScene(2, { share: aShare() }))
  expect(share).toMatchObject({ seat: SHARE, fit: 'letterbox' })
  expect(strip.map(({ seat }) => seat)).toEqual([1, 2, SELF])
})

test('the past that this room looks at is not in it', () => {
  const scene = aScene(2, { share: aShare() })
  expect(programPlaces({ ...scene, replay: aTile(REPLAY) })).toEqual(programPlaces(scene))
})

test('outside a call there is nobody in it', () => {
  expect(programPlaces(aScene(3, { show: 'idle' }))).toEqual([])
  expect(programPlaces(aScene(3, { show: 'ringing' }))).toEqual([])
})

test.each([hd, { width: 640, height: 360 }, { width: 320, height: 180 }])('in %o all places are even and inside', (size) => {
  for (const place of programPlaces(aScene(5)).map((at) => scaled(at, size))) {
    expect([place.x, place.y, place.width, place.height].every((n) => n % 2 === 0 && n >= 0)).toBe(true)
    expect(place.x + place.width).toBeLessThanOrEqual(size.width)
    expect(place.y + place.height).toBeLessThanOrEqual(size.height)
  }
})

test('viewers see names, not who is muted, nor the signs by which people of the call know each other; and the box has its name', () => {
  const scene = aScene(1, { people: [aTile(1, { muted: true, speaking: true, emoji: ['🐢', '🎈', '🍋', '🚲'] })] })
  const labels = programPlaces(scene).map((place) => programLabel(scene, place, hd))
  expect(labels.map((label) => /<text[^>]*>([^<]+)</.exec(label?.svg ?? '')?.[1])).toEqual(['Ada', 'Living room'])
  expect(labels.map((label) => label?.svg).join()).not.toMatch(/🐢|muted|path/i)
  expect(forViewers(aTile(SELF)).seat).not.toBe(SELF)
})

test('neither the menu nor the link nor a notice is in it', () => {
  const secret = 'https://192.168.1.20:8443/r#K7QF'
  for (const show of ['idle', 'ringing', 'call'] as const) {
    const scene = aScene(0, { show, link: secret, notice: 'The camera is gone', caller: 'Mallory', self: null, missed: ['Eve'] })
    const svg = programGround(scene, programPlaces(scene), () => 'none', hd)
    expect(svg).toContain('Living room')
    expect(svg).not.toMatch(/K7QF|192\.168|gone|Mallory|Eve/)
    expect(svg).toMatch(
      /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" width="1280" height="720" preserveAspectRatio="none" viewBox="0 0 1920 1080">/,
    )
  }
})

test('what strangers call themselves stays text', () => {
  const scene = aScene(1, { people: [aTile(1, { name: '<image href="http://evil/"/>' })], self: null })
  const svg = programPlaces(scene)
    .map((place) => programLabel(scene, place, hd)?.svg ?? '')
    .join('')
  expect(svg).not.toContain('<image')
})

test('the hardware is tried first where it has room, and software gets a smaller picture on a machine that has hardware', () => {
  const pictures = programPictures(hd, [hd, { width: 640, height: 360, fps: 30 }])
  expect(attempts(pictures, true)).toMatchObject([
    { kind: 'v4l2', picture: hd },
    { kind: 'x264', picture: { width: 640, height: 360, fps: 30 } },
    { kind: 'openh264', picture: { width: 640, height: 360, fps: 30 } },
  ])
  expect(attempts({ ...pictures, hardware: null }, true).map(({ kind }) => kind)).toEqual(['x264', 'openh264'])
  expect(attempts(pictures, false).map(({ kind, picture }) => [kind, picture])).toEqual([
    ['x264', hd],
    ['openh264', hd],
  ])
})

test('each encoder has the renditions that it has room for', () => {
  const pictures = programPictures(hd, [hd, { width: 640, height: 360, fps: 30 }])
  const rungs = (hasHardware: boolean) => attempts(pictures, hasHardware).map(({ kind, lower }) => [kind, lower.map(({ rung }) => rung)])
  expect(rungs(true)).toEqual([
    ['v4l2', [2]],
    ['x264', [2]],
    ['openh264', [2]],
  ])
  expect(rungs(false)).toEqual([
    ['x264', [0, 2]],
    ['openh264', [0, 2]],
  ])
})

test('small pictures come out of the board behind valves, and where there are no renditions nothing is different', () => {
  const { software } = programPictures(hd, []).lower
  expect(programLaunch('x264', hd, kbps(2000))).not.toMatch(/tee|valve/)
  const text = programLaunch('x264', hd, kbps(2000), software)
  expect(text.match(/valve name=gate\d drop=true/g)).toEqual(['valve name=gate0 drop=true', 'valve name=gate2 drop=true'])
  expect(text).toMatch(/width=640,height=360 .*appsink name=raw0 .*width=256,height=144 .*appsink name=raw2 /)
})

test('a keyframe every two seconds, no B-frames, whatever encodes it', () => {
  expect(programLaunch('x264', hd, kbps(2000))).toMatch(/bframes=0 key-int-max=60 .*scenecut=0/)
  expect(programLaunch('v4l2', hd, kbps(2000))).toContain('h264_i_frame_period=60')
  expect(programLaunch('openh264', hd, kbps(2000))).toContain('gop-size=60')
})
