// Captions from a pipe to the screens: what comes in by standard input stands under the picture of the viewer's page, in hls.js, and is there again
// when somebody goes back in time.
import { execFile } from 'node:child_process'
import { PassThrough } from 'node:stream'
import { promisify } from 'node:util'
import type Hls from 'hls.js'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Captions } from '../../src/app/captions.ts'
import { carry } from '../../src/app/cli/captions.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { newIdentity } from '../../src/room/identity.ts'
import { readMedia } from '../broadcast/kit/m3u8.ts'
import { hasChromium, openBrowser } from './kit/browser.ts'
import { type LiveProgram, liveProgram } from './kit/live-program.ts'
import { openViewHouse, type ViewHouse } from './kit/view-house.ts'

const run = promisify(execFile)

/** Writes down every caption that ever stands on the page, and when. */
const NOTE = `
  globalThis.seen = []
  let last = ''
  setInterval(() => {
    const text = document.querySelector('[data-testid=caption]')?.innerText ?? ''
    if (text !== last) globalThis.seen.push({ text, at: Date.now() })
    last = text
  }, 20)`
type Seen = { readonly text: string; readonly at: number }
const seenOn = (page: Page): Promise<Seen[]> => page.evaluate(() => (globalThis as unknown as { seen: Seen[] }).seen)

describe.runIf(hasChromium)('captions', () => {
  const identity = newIdentity()
  const stdin = new PassThrough()
  let house: ViewHouse
  let live: LiveProgram
  let browser: Browser
  beforeAll(async () => {
    house = await openViewHouse(identity)
    live = await liveProgram((update) => house.take([update]), identity)
    browser = await openBrowser()
    while (house.origin.live.tracks.length < 2 || !house.origin.live.tracks.every(({ segments }) => segments.length > 1))
      await new Promise((done) => setTimeout(done, 100))
    // As the box does it: what the command reads is asked of the box, and goes into its program.
    const onAir = {
      caption: (caption: Parameters<typeof live.program.caption>[0]) => {
        live.program.caption(caption)
        return true
      },
    }
    const captions = new Captions({ broadcast: onAir, language: 'en', clock: systemClock })
    void carry(stdin, { ask: async (_order, more) => captions.say(more as { text: string }) }, 'de', systemClock)
  })
  afterAll(async () => {
    stdin.end()
    await browser?.close()
    live?.close()
    house?.close()
  })
  const type = (text: string): number => {
    stdin.write(`${text}\n`)
    return Date.now()
  }

  it('that are piped in stand on the page within two seconds, and again when one goes back; the choice is remembered', async () => {
    const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en' })).newPage()
    await page.addInitScript(NOTE)
    await page.goto(house.url)
    await page.locator('[data-testid=live][data-live=true]').waitFor()
    expect(await page.getByTestId('captions').count()).toBe(0)
    type('Es geht los')
    await page.getByTestId('captions').waitFor()
    expect(await page.getByTestId('caption').count()).toBe(0)
    await page.keyboard.press('c')
    expect(await page.getByTestId('captions').getAttribute('aria-pressed')).toBe('true')
    await page.getByTestId('caption').waitFor()
    const lines = ['Guten Abend', '<img src=x onerror="document.title=1"> & <b>alle</b>', 'Das war es', 'Bis morgen']
    const typed: number[] = []
    for (const line of lines) {
      typed.push(type(line))
      await page.waitForFunction((text) => document.querySelector('[data-testid=caption]')?.textContent === text, line, { polling: 20 })
      await page.waitForTimeout(700)
    }
    const seen = await seenOn(page)
    const late = lines.map((line, i) => (seen.find(({ text }) => text === line)?.at ?? Number.NaN) - (typed[i] ?? 0))
    console.log(`seen on the page after ${late.join(', ')} ms; live ${await page.getByTestId('live').getAttribute('data-behind')} s behind`)
    for (const ms of late) expect(ms).toBeLessThan(2500)
    expect(late.filter((ms) => ms < 2000).length).toBeGreaterThanOrEqual(3)
    expect(await page.locator('.stage img').count()).toBe(0)
    // A screen reader finds it once, and is not interrupted.
    expect(await page.locator('[aria-live], [role=status], [role=alert], track').filter({ hasText: 'Bis morgen' }).count()).toBe(0)
    expect(await page.getByTestId('caption').getAttribute('lang')).toBe('de')
    // It is gone by itself, and there again for who goes back.
    await page.waitForFunction(() => document.querySelector('[data-testid=caption]') === null)
    await page.keyboard.press('ArrowLeft')
    await page.waitForFunction(() => /Bis morgen|Das war es/.test(document.querySelector('[data-testid=caption]')?.textContent ?? ''))
    expect(await page.getByTestId('live').getAttribute('data-live')).toBe('false')
    expect(await page.getByTestId('refused').count()).toBe(0)
    await page.reload()
    await page.getByTestId('captions').waitFor()
    expect(await page.getByTestId('captions').getAttribute('aria-pressed')).toBe('true')
    await page.context().close()
  })

  it('are shown by hls.js, each once and one at a time', async () => {
    const page = await browser.newPage()
    await page.goto(live.url)
    await page.evaluate(async (playlist) => {
      const Player = (globalThis as unknown as { Hls: typeof Hls }).Hls
      const video = document.querySelector('video')
      if (!video) throw new Error('no video')
      const player = new Player()
      const errors: string[] = []
      Object.assign(globalThis, { player, errors })
      player.on(Player.Events.ERROR, (_event, { details }) => errors.push(details))
      player.on(Player.Events.MANIFEST_PARSED, () => void video.play())
      player.loadSource(playlist)
      player.attachMedia(video)
      const shown: Array<{ text: string; at: number; second: number; many: number }> = []
      Object.assign(globalThis, { shown })
      setInterval(() => {
        const active = [...video.textTracks].filter(({ mode }) => mode === 'showing').flatMap(({ activeCues }) => [...(activeCues ?? [])])
        const text = active.map((cue) => (cue as VTTCue).text).join('|')
        if (text !== (shown.at(-1)?.text ?? '')) shown.push({ text, at: Date.now(), second: video.currentTime, many: active.length })
      }, 20)
    }, live.playlist)
    await page.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 0 && !document.querySelector('video')?.paused)
    // As the browser's own menu does it.
    await page.evaluate(() => {
      for (const track of document.querySelector('video')?.textTracks ?? []) track.mode = 'showing'
    })
    const label = await page.evaluate(() => (globalThis as unknown as { player: Hls }).player.subtitleTracks.map(({ name, lang }) => `${name} ${lang}`)) // biome-ignore format: one line
    expect(label).toEqual(['Deutsch de'])
    const late: number[] = []
    for (const line of ['eins', 'zwei', 'drei', 'vier']) {
      const at = type(line)
      await page.waitForFunction((text) => (globalThis as unknown as { shown: Array<{ text: string }> }).shown.at(-1)?.text === text, line)
      const shown = await page.evaluate(() => (globalThis as unknown as { shown: Array<{ at: number }> }).shown.at(-1)?.at ?? 0)
      late.push(shown - at)
      await page.waitForTimeout(1500)
    }
    const [shown, errors] = await page.evaluate(() => {
      const { shown, errors } = globalThis as unknown as { shown: Array<{ text: string; many: number }>; errors: string[] }
      return [shown, errors]
    })
    console.log(
      `seen in hls.js after ${late.join(', ')} ms; shown ${shown.map(({ text }) => text).join(' > ')}; errors ${errors.join(' ')}`,
    )
    for (const { many } of shown) expect(many).toBeLessThanOrEqual(1)
    // A caption that was seen does not go and come back.
    for (const line of ['zwei', 'drei', 'vier']) expect(shown.filter(({ text }) => text === line).length).toBe(1)
    for (const ms of late) expect(ms).toBeLessThan(5000)
    await page.close()
  })

  it('do not disturb ffmpeg, whether it knows what to do with them or not', async () => {
    type('Untertitel für alle')
    const { stdout, stderr } = await run('ffprobe', ['-v', 'error', '-show_entries', 'stream=codec_name', '-of', 'csv=p=0', live.playlist], { timeout: 60_000 }) // biome-ignore format: one line
    expect(stderr).toBe('')
    const streams = new Set(stdout.trim().split(/\s+/))
    streams.delete('webvtt')
    expect(streams).toEqual(new Set(['h264', 'aac']))
    const played = await run('ffmpeg', ['-v', 'error', '-t', '3', '-i', live.playlist, '-map', '0:v', '-f', 'null', '-'], { timeout: 60_000 }) // biome-ignore format: one line
    expect(played.stderr).toBe('')
    // A segment of them is a file of WebVTT to it.
    const list = live.playlist.replace('index', 'captions')
    const [segment] = readMedia(await (await fetch(list)).text()).segments
    const file = new URL(segment?.uri ?? '', list).href
    const alone = await run('ffprobe', ['-v', 'error', '-show_entries', 'stream=codec_name', '-of', 'csv=p=0', file], { timeout: 60_000 })
    expect(alone.stdout.trim()).toBe('webvtt')
  })
})
