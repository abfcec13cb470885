// program.slow.real.test.ts — a program of a real call: real workers, real H.264 and Opus in, and what comes out read back by ffmpeg.
import { createSocket } from 'node:dgram'
import { readdirSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import { kbps } from '../../src/lib/unit.ts'
import { machineTime } from '../../src/media/machine-time.ts'
import { ProgramFeed, type ProgramPlan } from '../../src/media/program.ts'
import type { Scene } from '../../src/media/scene.ts'
import { Screen } from '../../src/media/screen.ts'
import { Sound } from '../../src/media/sound.ts'
import { fork } from '../../src/system/process.ts'
import { keepingLog } from './quiet.ts'
import { aScene } from './scenes.ts'
import { colour, type Stream, stream } from './streams.ts'
import { Taking } from './taking.ts'

const COLOURS = [0x304860, 0xb02020, 0x20a020]
const SIZE = { width: 640, height: 360 }
const plan: ProgramPlan = { picture: { ...SIZE, fps: 30 }, videoRate: kbps(1500), soundRate: kbps(96), beside: [] }
const log = keepingLog()
/** Counts what the TV is given: each picture is one datagram. */
const tv = { socket: createSocket('udp4'), at: [] as number[] }
let [screen, sound, feed, taking]: [Screen, Sound, ProgramFeed, Taking] = [] as never
const running: Array<() => void> = []

beforeAll(async () => {
  await new Promise<void>((bound) => tv.socket.bind(0, '127.0.0.1', bound))
  tv.socket.on('message', () => tv.at.push(machineTime()))
  const { port } = tv.socket.address() as AddressInfo
  const output = `launch:videoscale ! video/x-raw,width=16,height=16 ! udpsink host=127.0.0.1 port=${port} sync=false async=false`
  const parts = { fork, clock: systemClock, log }
  screen = new Screen({ settings: { output, fps: 30 }, ...parts })
  const microphone = 'launch:audiotestsrc is-live=true freq=1000 volume=0.2 samplesperbuffer=480'
  sound = new Sound({ settings: { microphone, speaker: 'launch:fakesink sync=true', cleaning: false }, onRtp: () => {}, ...parts })
  feed = new ProgramFeed({ screen, sound, clock: systemClock, log })
  taking = new Taking(feed)
  await screen.start(AbortSignal.timeout(30_000))
  await sound.open(AbortSignal.timeout(30_000))
}, 60_000)
afterEach(async () => {
  await feed.stop()
  sound.setMuted(false)
  for (const stop of running.splice(0)) stop()
  taking.forget()
})
afterAll(async () => {
  await screen?.stop()
  await sound?.close()
  tv.socket.close()
})

const start = () => feed.start(plan, AbortSignal.timeout(30_000))
async function picture(seat: number, source = colour(COLOURS[seat] ?? 0)): Promise<void> {
  const its: Stream = await stream(source, (packet) => screen.rtp(seat, packet), 15)
  running.push(its.stop)
}
async function until(what: () => boolean | Promise<boolean>, why: string): Promise<void> {
  const end = performance.now() + 20_000
  while (!(await what())) {
    if (performance.now() > end) throw new Error(`not within 20 s: ${why}`)
    await sleep(50)
  }
}
/** Waits until the program's newest picture and sound are from after this moment. */
const past = (at: number) =>
  until(() => (taking.now('video').at(-1)?.at ?? 0) > at && (taking.now('audio').at(-1)?.at ?? 0) > at, 'pictures and sound of now')
/** Waits until the TV itself has pictures of these seats. */
async function shown(scene: Scene): Promise<void> {
  screen.show(scene)
  await sleep(500)
}

test('frames follow one another: times rise, keyframes come every two seconds and when asked for', async () => {
  await shown(aScene(1))
  await picture(1)
  await start()
  await until(() => taking.now('video').length > 130, 'more than four seconds')
  const isKey = ({ bytes }: { bytes: Uint8Array }) =>
    Buffer.from(bytes).indexOf(Buffer.from([0, 0, 1, 0x65])) >= 0 || nals(bytes).includes(5)
  for (const track of ['video', 'audio'] as const) {
    const times = taking.now(track).map(({ at }) => at)
    expect(times.flatMap((at, i) => (i > 0 && at <= (times[i - 1] ?? 0) ? [[i, at - (times[i - 1] ?? 0)]] : []))).toEqual([])
  }
  const keys = taking.now('video').flatMap((frame, i) => (isKey(frame) ? [i] : []))
  expect(keys.slice(0, 3)).toEqual([0, 60, 120])
  const before = taking.now('video').length
  feed.keyframe()
  await until(() => taking.now('video').slice(before).some(isKey), 'a keyframe')
  const packets = taking.now('audio').map(({ at }) => at)
  expect(packets.every((at, i) => i === 0 || Math.abs(at - (packets[i - 1] ?? 0) - 1024 / 48) < 0.01)).toBe(true)
})
const nals = (bytes: Uint8Array): number[] => {
  const types: number[] = []
  for (let i = 0; i + 3 < bytes.length; i++)
    if (bytes[i] === 0 && bytes[i + 1] === 0 && bytes[i + 2] === 1) types.push((bytes[i + 3] ?? 0) & 31)
  return types
}

test('the TV goes on as if nothing were while it begins, runs and ends', async () => {
  const scene = aScene(2)
  await shown(scene)
  for (const seat of [1, 2]) await picture(seat, colour(COLOURS[seat] ?? 0, 640, 360, 30))
  await sleep(2000)
  const rate = async (): Promise<number> => {
    const [from, count] = [machineTime(), tv.at.length]
    await sleep(3000)
    return (tv.at.length - count) / ((machineTime() - from) / 1000)
  }
  const before = await rate()
  const begun = machineTime()
  await start()
  const during = await rate()
  await feed.stop()
  await sleep(500)
  const times = tv.at.filter((at) => at > begun)
  const longest = Math.max(...times.slice(1).map((at, i) => at - (times[i] ?? 0)))
  console.log(
    `the TV: ${before.toFixed(1)} pictures a second without, ${during.toFixed(1)} with a program, longest gap ${longest.toFixed(0)} ms`,
  )
  expect(during).toBeGreaterThan(before / 3)
  expect(longest).toBeLessThan(1000)
})

test('twenty times begun and ended, no file and no thread is left over', async () => {
  await shown(aScene(1))
  await picture(1)
  const count = (pid: number | undefined) => ['fd', 'task'].map((what) => readdirSync(`/proc/${pid}/${what}`).length)
  const both = () => [...count(screen.pid), ...count(sound.pid)]
  for (let i = 0; i < 3; i++) {
    await start()
    await feed.stop()
  }
  await sleep(1000)
  const before = both()
  for (let i = 0; i < 20; i++) {
    await start()
    await until(() => taking.now('video').length > 2, 'pictures')
    await feed.stop()
  }
  await until(() => both().every((n, i) => n <= (before[i] ?? 0) + 1), `as many files and threads as before: ${before}, now ${both()}`)
  const then = taking.bytes
  await sleep(300)
  expect(taking.bytes).toBe(then)
})

test('the worker of sound killed: it is told as lost, begins anew by itself, on the same clock, and the picture goes on', async () => {
  await shown(aScene(1))
  await picture(1)
  await start()
  await past(machineTime() + 500)
  const frames = taking.now('video')
  const before = frames.length
  const killed = machineTime()
  process.kill(sound.pid ?? Number.NaN, 'SIGKILL')
  await until(() => taking.lost.length > 0, 'word of the loss')
  await until(() => (taking.now('audio').at(-1)?.at ?? 0) > killed + 500, 'frames of another worker')
  expect(taking.lost).toEqual(['audio'])
  expect(taking.rows.filter(({ stream }) => stream.track === 'audio').length).toBe(2)
  expect(taking.now('audio')[0]?.at).toBeGreaterThan(killed)
  expect(taking.now('video')).toBe(frames)
  expect(frames.length).toBeGreaterThan(before)
})
