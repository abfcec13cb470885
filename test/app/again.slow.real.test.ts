// What was said, once more, on a real TV picture: a film whose grey tells its second, out of a real store, beside somebody who is red and live.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Again, playOn } from '../../src/app/again.ts'
import type { Store } from '../../src/broadcast/store/store.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { layout } from '../../src/media/layout.ts'
import { REPLAY } from '../../src/media/scene.ts'
import { Screen } from '../../src/media/screen.ts'
import { Sound } from '../../src/media/sound.ts'
import { fork } from '../../src/system/process.ts'
import { coded } from '../broadcast/kit/coded.ts'
import { FPS, H, recording, W } from '../broadcast/kit/film.ts'
import { NOW } from '../broadcast/kit/making.ts'
import { keepingLog } from '../media/quiet.ts'
import { aScene, aTile } from '../media/scenes.ts'
import { pixels } from '../media/still.ts'
import { colour, type Stream, stream } from '../media/streams.ts'

const SECONDS = 40
const RED = 0xb02020
const log = keepingLog()
const folder = mkdtempSync(join(tmpdir(), 'parlor-again-'))
const media = { fork, clock: systemClock, log }
const screen = new Screen({ settings: { output: 'none', fps: 30 }, ...media })
const sound = new Sound({ settings: { microphone: 'none', speaker: 'launch:fakesink sync=true' }, onRtp: () => {}, ...media })
const past = aTile(REPLAY, { name: 'As it was' })
const showing = aScene(1, { replay: past })
let person: Stream
let again: Again
let store: Store
let loudest = -100

/** A grey for each second, and a tone. */
async function film() {
  const made = await recording()
  const greys = Array.from({ length: SECONDS * FPS }, (_, i) =>
    Buffer.alloc((W * H * 3) / 2, 128).fill(40 + 4 * Math.floor(i / FPS), 0, W * H),
  )
  const file = join(folder, 'film.i420')
  writeFileSync(file, Buffer.concat(greys))
  const x264 = 'x264enc tune=zerolatency speed-preset=ultrafast bframes=0 key-int-max=60 option-string=scenecut=0'
  const pictures = await coded(
    `filesrc location=${file} ! rawvideoparse width=${W} height=${H} format=i420 framerate=${FPS}/1 ! ${x264} ! video/x-h264,stream-format=byte-stream,alignment=au,profile=constrained-baseline`,
  )
  const tones = await coded(
    `audiotestsrc num-buffers=${(SECONDS * 48_000) / 960} samplesperbuffer=960 freq=700 volume=0.3 ! audio/x-raw,rate=48000,channels=2 ! audioconvert ! avenc_aac bitrate=96000 ! aacparse ! audio/mpeg,stream-format=adts`,
  )
  const frames = [...pictures.map((frame) => ({ track: 0, ...frame })), ...tones.map((frame) => ({ track: 1, ...frame }))]
  for (const { track, pts, bytes } of frames.sort((a, b) => a.pts - b.pts)) {
    made.clock.now = NOW + pts / 1e6 + 40
    for (const update of made.program.take(track, { pts, bytes })) made.store.update(update)
  }
  while (made.store.acknowledged === 0) await sleep(20)
  return made.store
}

beforeAll(async () => {
  store = await film()
  await Promise.all([screen.start(AbortSignal.timeout(30_000)), sound.open(AbortSignal.timeout(30_000), false)])
  person = await stream(colour(RED), (packet) => screen.rtp(1, packet), 15)
  sound.on('levels', ({ seats }) => {
    loudest = Math.max(loudest, seats[REPLAY] ?? -100)
  })
  again = new Again({
    recorded: () => store,
    play: playOn({ screen, sound, ...media }),
    date: () => NOW + SECONDS * 1000,
    clock: systemClock,
    log,
  })
}, 60_000)
afterAll(async () => {
  await again?.end()
  person?.stop()
  await screen.stop()
  await sound.close()
  rmSync(folder, { recursive: true, force: true })
})

/** What the middle of a seat's picture is, red, green and blue; of the past, also which second that is. */
async function seen(seat: number, scene = showing): Promise<{ rgb: readonly number[]; second: number }> {
  const at = layout(scene).find((place) => place.seat === seat)
  if (!at) throw new Error(`seat ${seat} has no place`)
  const look = pixels(await screen.jpeg(), folder)
  const rgb = look(Math.round(at.x + at.width * 0.4), Math.round(at.y + at.height * 0.4))
  // Luma of video is 16 to 235, and a JPEG has all of it.
  return { rgb, second: Math.round(((((rgb[1] ?? 0) * 219) / 255 + 16 - 40) / 4) * 10) / 10 }
}
const isRed = ({ rgb: [r = 0, g = 0, b = 0] }: { rgb: readonly number[] }): boolean => r > 140 && g < 70 && b < 70

test('the TV shows what was half a minute ago, aloud, beside the call as it is; then half a minute more; then the call', async () => {
  screen.show(showing)
  await again.begin(1, AbortSignal.timeout(30_000))
  await expect.poll(async () => (await seen(REPLAY)).second).toBeGreaterThan(7.5)
  const first = await seen(REPLAY)
  expect(first.second).toBeLessThan(14)
  await expect.poll(async () => isRed(await seen(1))).toBe(true)
  await expect.poll(async () => (await seen(REPLAY)).second).toBeGreaterThan(first.second + 2)
  await expect.poll(() => loudest).toBeGreaterThan(-30)
  if (process.env.PARLOR_TEST_PICTURES) writeFileSync(join(process.env.PARLOR_TEST_PICTURES, 'again.jpg'), await screen.jpeg())
  await again.begin(2, AbortSignal.timeout(30_000))
  await expect.poll(async () => (await seen(REPLAY)).second).toBeLessThan(5)
  await again.end()
  const now = aScene(1)
  screen.show(now)
  await expect.poll(async () => isRed(await seen(1, now))).toBe(true)
})

test('a stretch that was played to its end is over by itself, and without a recording there is none', async () => {
  screen.show(showing)
  const short = new Again({
    recorded: () => store,
    play: playOn({ screen, sound, ...media }),
    date: () => NOW + 6000,
    clock: systemClock,
    log,
  })
  let ended = 0
  short.on('ended', () => ended++)
  await short.begin(1, AbortSignal.timeout(30_000))
  await expect.poll(async () => (await seen(REPLAY)).second).toBeGreaterThan(3)
  await expect.poll(() => ended).toBe(1)
  await short.end()
  const nothing = new Again({
    recorded: () => null,
    play: () => Promise.reject(new Error('never')),
    date: () => NOW,
    clock: systemClock,
    log,
  })
  await expect(nothing.begin(1, AbortSignal.timeout(1000))).rejects.toThrow('otherwise nothing is kept')
  expect(log.lines.filter(({ level }) => level !== 'info' && level !== 'debug')).toEqual([])
})
