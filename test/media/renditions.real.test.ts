// renditions.real.test.ts — the lower pictures of a program, made by real encoders beside its own: in step with it, frame by frame.
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { GdpReader } from '../../src/broadcast/cutter/gdp.ts'
import { pictureIn } from '../../src/broadcast/cutter/h264.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { kbps } from '../../src/lib/unit.ts'
import { ProgramFeed, type ProgramPlan } from '../../src/media/program.ts'
import { Screen } from '../../src/media/screen.ts'
import { fork } from '../../src/system/process.ts'
import { keepingLog } from './quiet.ts'
import { aScene } from './scenes.ts'
import { colour, stream } from './streams.ts'
import { ffmpeg } from './taking.ts'

/** 360 lines at 30 frames a second, and 144 at 15. */
const [MIDDLE, LEAST] = [0, 2]
const plan: ProgramPlan = { picture: { width: 960, height: 540, fps: 30 }, videoRate: kbps(1000), soundRate: kbps(96), beside: [] }
type Frame = { readonly pts: number; readonly isKey: boolean; readonly bytes: Uint8Array }
const log = keepingLog()
/** Nobody listens here. */
const mute = { startProgram: () => {}, stopProgram: () => {}, onProgram: () => () => {} }
let [screen, feed]: [Screen, ProgramFeed] = [] as never
const taken = new Map<'source' | number, { readonly reader: GdpReader; readonly frames: Frame[] }>()
const running: Array<() => void> = []

function take(of: 'source' | number, bytes: Uint8Array): void {
  const held = taken.get(of) ?? { reader: new GdpReader(), frames: [] }
  taken.set(of, held)
  for (const { pts, bytes: unit } of held.reader.take(bytes))
    held.frames.push({ pts, isKey: pictureIn(unit, 'annex b').isKey, bytes: unit })
}
const framesOf = (of: 'source' | number): readonly Frame[] => taken.get(of)?.frames ?? []
const keysOf = (of: 'source' | number): number[] => framesOf(of).flatMap(({ pts, isKey }) => (isKey ? [pts] : []))

beforeAll(async () => {
  screen = new Screen({ settings: { output: 'none', fps: 30 }, fork, clock: systemClock, log })
  feed = new ProgramFeed({ screen, sound: mute, clock: systemClock, log })
  feed.on('began', () => taken.clear())
  feed.on('coded', (_, bytes) => take('source', bytes))
  feed.on('lower', take)
  await screen.start(AbortSignal.timeout(30_000))
  screen.show(aScene(1))
  running.push((await stream(colour(0xb02020, 640, 360, 30), (packet) => screen.rtp(1, packet), 15)).stop)
}, 60_000)
afterEach(() => feed.stop())
afterAll(async () => {
  for (const stop of running) stop()
  await screen?.stop()
})

/** The sound never begins, so this does not wait for it. */
function start(): void {
  taken.clear()
  feed.start(plan, AbortSignal.timeout(60_000)).catch(() => {})
}
async function until(what: () => boolean, why: string): Promise<void> {
  const end = performance.now() + 25_000
  while (!what()) {
    if (performance.now() > end) throw new Error(`not within 25 s: ${why}; ${log.lines.slice(-5).map(({ sentence }) => sentence)}`)
    await sleep(50)
  }
}

/** Every frame has a picture's time of the program, and where a keyframe is, the program has one; and none of those is missing in between. */
function isInStep(rung: number): void {
  const source = framesOf('source')
  const lower = framesOf(rung)
  const times = new Set(source.map(({ pts }) => pts))
  expect(lower.filter(({ pts }) => !times.has(pts)).length).toBe(0)
  const [first, last] = [lower[0]?.pts ?? 0, lower.at(-1)?.pts ?? 0]
  expect(lower[0]?.isKey).toBe(true)
  expect(keysOf(rung)).toEqual(keysOf('source').filter((pts) => pts >= first && pts <= last))
}

test('two of them have their keyframes where the program has its own, also those that are asked for in between, and decode whole', async () => {
  start()
  await until(() => framesOf('source').length > 10, 'a program')
  feed.wantLower([MIDDLE, LEAST])
  await until(() => keysOf(LEAST).length > 0 && keysOf(MIDDLE).length > 0, 'renditions')
  for (let i = 1; i < 4; i++) {
    await sleep(700)
    feed.keyframe()
  }
  const before = keysOf('source').length
  await until(() => keysOf('source').length > before + 1 && keysOf(LEAST).at(-1) === keysOf('source').at(-1), 'more keyframes')
  const usage = readFileSync(`/proc/${screen.pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)?.[1]
  console.log(
    `keyframes ${keysOf('source').length}, frames ${[...taken].map(([of, { frames }]) => `${of}: ${frames.length}`)}, ${Number(usage) / 1024} MB`,
  )
  await feed.stop()
  for (const rung of [MIDDLE, LEAST]) isInStep(rung)
  const [all, few] = [framesOf(MIDDLE), framesOf(LEAST)]
  expect(all.length / few.length).toBeGreaterThan(1.6)
  for (const [rung, width, height] of [
    [MIDDLE, 640, 360],
    [LEAST, 256, 144],
  ] as const) {
    const frames = framesOf(rung)
    const shown = await decoded(frames)
    expect(shown.length).toBe(frames.length * width * height * 1.5)
    // The middle of the only tile there is, in both the same red.
    const middle = (frames.length - 1) * width * height * 1.5 + (height / 2) * width + width / 4
    expect(Math.abs((shown[middle] ?? 0) - RED)).toBeLessThan(12)
  }
}, 60_000)

test('one begins and ends with a keyframe of the program, and begins again; the program does not notice', async () => {
  start()
  await until(() => framesOf('source').length > 10, 'a program')
  feed.wantLower([LEAST])
  await until(() => framesOf(LEAST).length > 3, 'a rendition')
  feed.wantLower([])
  const wanted = keysOf('source').length
  await until(() => keysOf('source').length > wanted + 1, 'keyframes')
  const made = [...framesOf(LEAST)]
  const begun = keysOf('source').filter((pts) => pts > (made.at(-1)?.pts ?? 0))
  expect(begun.length).toBeGreaterThan(0)
  feed.wantLower([LEAST])
  await until(() => framesOf(LEAST).length > made.length + 3, 'it again')
  const again = framesOf(LEAST).slice(made.length)
  expect(again[0]?.isKey).toBe(true)
  expect(keysOf('source')).toContain(again[0]?.pts)
  // It was given up when its two seconds between keyframes had just begun, and ended with their last frame; a busy machine leaves out some.
  const next = begun[0] ?? 0
  expect(next - (made.at(-1)?.pts ?? 0)).toBeLessThan(1e9)
  const source = framesOf('source')
  expect(source.every(({ pts }, i) => i === 0 || pts > (source[i - 1]?.pts ?? 0))).toBe(true)
}, 60_000)

/** Luma of 0xb02020 in bt601. */
const RED = 76

/** Planes of I420. */
const decoded = (frames: readonly Frame[]): Promise<Buffer> =>
  ffmpeg(['-f', 'h264', '-i', 'pipe:0', '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-fps_mode', 'passthrough'], frames)
