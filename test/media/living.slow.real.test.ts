// Guests come and go for years: nothing of GStreamer's may stay behind them. Counted in objects, because memory alone proves nothing.
import { type ChildProcess, fork as forkNode } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { systemClock } from '../../src/lib/clock.ts'
import type { Log } from '../../src/lib/log.ts'
import { Camera } from '../../src/media/capture.ts'
import { Screen } from '../../src/media/screen.ts'
import { fork } from '../../src/system/process.ts'
import { countable, living, partsOf, sumOf } from './living.ts'
import { aScene, aTile } from './scenes.ts'
import { colour, stream } from './streams.ts'

const log: Log = { debug() {}, info() {}, warn() {}, error() {}, part: () => log }
const clock = systemClock
const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms))
const closing: Array<() => unknown> = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** As fork(), with more in the child's environment. */
const counted =
  (env: Record<string, string>): typeof fork =>
  (module, options) =>
    fork(module, { env: { ...options.env, ...env } })

test('guests who come and go leave nothing of GStreamer behind on the screen', async () => {
  const { env, file } = countable()
  const screen = new Screen({ settings: { output: 'none', fps: 30 }, fork: counted(env), clock, log })
  closing.push(() => screen.stop())
  await screen.start(AbortSignal.timeout(20_000))
  let source = 0
  let seen = 0
  const camera = await stream(colour(0xb02020, 320, 180), (packet) => {
    packet.writeUInt32BE(source, 8)
    screen.rtp(1, packet)
  })
  closing.push(() => camera.stop())
  const signs = ['🐶', '🐱', '🦁', '🐷']
  const guests = async (many: number) => {
    for (let i = 0; i < many; i++) {
      source++ // another sender, as every guest is
      screen.show(aScene(0, { people: [aTile(1, { name: `Guest ${source % 3}`, emoji: signs, speaking: i % 2 === 0 })] }))
      await sleep(150)
      screen.show(aScene(0))
      seen++
      await sleep(50)
    }
    await sleep(500)
  }
  await guests(10)
  const first = await living(screen.pid ?? 0, file)
  await guests(40)
  const then = await living(screen.pid ?? 0, file)
  expect(seen).toBe(50)
  expect(then.GstPipeline).toBeGreaterThan(7)
  expect(partsOf(then)).toEqual(partsOf(first))
  // Of what is on its way there may be a little more or less at any moment, but not one for each guest.
  expect(sumOf(then) - sumOf(first)).toBeLessThan(40)
})

test('keyframes and rates that were asked for leave nothing behind in the camera', async () => {
  const { env, file } = countable()
  const settings = { source: 'test', standIn: true, width: 320, height: 180, fps: 15, kbps: 300 }
  const camera = new Camera({ settings, onRtp: () => {}, fork: counted(env), clock, log })
  closing.push(() => camera.close())
  await camera.open(AbortSignal.timeout(20_000))
  const asking = async (many: number) => {
    for (let i = 0; i < many; i++) {
      camera.askKeyframe()
      camera.setRate((200_000 + 1000 * i) as Parameters<Camera['setRate']>[0])
      await sleep(50)
    }
    await sleep(500)
  }
  await asking(20)
  const first = await living(camera.pid ?? 0, file)
  await asking(80)
  const then = await living(camera.pid ?? 0, file)
  expect(then.GstPipeline).toBe(1)
  expect(sumOf(then) - sumOf(first)).toBeLessThan(40)
})

test('pipelines that were dropped are gone, and so are their open files', async () => {
  const { env, file } = countable()
  const module = fileURLToPath(new URL('./worker/dropper.ts', import.meta.url))
  const child: ChildProcess = forkNode(module, { execArgv: [], env: { ...process.env, ...env, UV_THREADPOOL_SIZE: '24' } })
  closing.push(() => child.kill('SIGKILL'))
  const heard = () => new Promise((done) => child.once('message', done))
  await heard()
  const drop = async (times: number) => {
    const done = heard()
    child.send(times)
    await done
    const pid = child.pid ?? 0
    return { parts: partsOf(await living(pid, file)), files: readdirSync(`/proc/${pid}/fd`).length }
  }
  const first = await drop(5)
  expect(await drop(30)).toEqual(first)
})
