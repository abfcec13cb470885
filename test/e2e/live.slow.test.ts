// A program made by GStreamer, watched in a real browser with hls.js: it plays, at the live edge, and what it shows is what was signed.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type Hls from 'hls.js'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ManifestReader } from '../../src/wire/manifest-reader.ts'
import { hasChromium, openBrowser } from './kit/browser.ts'
import { EACH_FRAME, type EachFrame } from './kit/frames.ts'
import { type LiveProgram, liveProgram } from './kit/live-program.ts'
import { TUNED } from './kit/tuning.ts'

type Seen = {
  readonly ages: readonly number[]
  readonly stalls: number
  /** When it waited, ms after the beginning, and how far behind it meant to be in the end, s. */
  readonly waits: readonly number[]
  readonly target: number
  readonly errors: readonly string[]
  readonly first: number
  readonly played: number
}

/** Watches for so many seconds, and judges the last half. */
async function watch(page: Page, url: string, playlist: string, config: object, seconds: number): Promise<Seen> {
  await page.goto(url)
  return page.evaluate(
    async ({ playlist, config, seconds, eyes }) => {
      const eachFrame = new Function(eyes)() as EachFrame
      const Player = (globalThis as unknown as { Hls: typeof Hls }).Hls
      const video = document.querySelector('video')
      if (!video) throw new Error('no video')
      const [ages, errors, waits, begun]: [Array<[number, number]>, string[], number[], number] = [[], [], [], performance.now()]
      let [stalls, first] = [0, 0]
      eachFrame(video, (age) => {
        first ||= performance.now() - begun
        if (age !== null) ages.push([performance.now() - begun, age])
      })
      const player = new Player(config)
      player.on(Player.Events.ERROR, (_event, { details }) => errors.push(details))
      player.on(Player.Events.MANIFEST_PARSED, () => void video.play())
      video.addEventListener('waiting', () => {
        waits.push(Math.round(performance.now() - begun))
        if (performance.now() - begun > (seconds * 1000) / 2) stalls++
      })
      player.loadSource(playlist)
      player.attachMedia(video)
      await new Promise((done) => setTimeout(done, seconds * 1000))
      const half = ages.filter(([at]) => at > (seconds * 1000) / 2).map(([, ms]) => ms)
      const played = video.currentTime - (video.played.length > 0 ? video.played.start(0) : 0)
      const target = player.targetLatency ?? 0
      player.destroy()
      return { ages: half.sort((a, b) => a - b), stalls, waits, target, errors, first, played }
    },
    { playlist, config, seconds, eyes: EACH_FRAME },
  )
}

describe.runIf(hasChromium)('a live program', () => {
  const reader: { it: ManifestReader | null; refused: string[] } = { it: null, refused: [] }
  let live: LiveProgram
  let browser: Browser
  beforeAll(async () => {
    live = await liveProgram(({ signed }) => {
      reader.it ??= new ManifestReader(live.program.id)
      const read = reader.it.read(signed)
      if (!read.ok) reader.refused.push(read.why)
    })
    browser = await openBrowser()
    const ready = () => live.origin.live.tracks.length === 2 && live.origin.live.tracks.every(({ segments }) => segments.length > 2)
    while (!ready()) await new Promise((done) => setTimeout(done, 100))
  })
  afterAll(async () => {
    await browser?.close()
    live?.close()
  })

  it.each([
    ['its defaults', {}],
    ['a player that is tuned', TUNED],
  ] as const)('plays at the live edge in hls.js with %s', async (name, config) => {
    const page = await browser.newPage()
    const seen = await watch(page, live.url, live.playlist, config, 20)
    await page.close()
    const at = (share: number) => seen.ages[Math.floor(seen.ages.length * share)] ?? Number.NaN
    console.log(
      `${name}: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, least ${seen.ages[0]}, first picture ${Math.round(seen.first)} ms, stalls ${seen.stalls}, waited at ${seen.waits.join(' ')}, target ${seen.target} s, errors ${seen.errors.join(' ')}, odd ${JSON.stringify(live.program.odd)}`,
    )
    expect(seen.ages.length).toBeGreaterThan(60)
    expect(seen.played).toBeGreaterThan(10)
    expect(at(0.5)).toBeLessThan(3000)
    expect(reader.refused).toEqual([])
  })

  it('plays in ffmpeg as ordinary HLS', async () => {
    const args = ['-v', 'error', '-t', '3', '-i', live.playlist, '-map', '0:v', '-f', 'null', '-']
    const { stderr } = await promisify(execFile)('ffmpeg', args, { timeout: 60_000 })
    expect(stderr).toBe('')
  })
})
