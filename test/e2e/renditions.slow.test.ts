// renditions.slow.test.ts — a program with two pictures in a real browser: on a poor line the page goes down to the small one and comes back up,
// hls.js plays both, and ffprobe finds both in the list.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newIdentity } from '../../src/room/identity.ts'
import { hasChromium, openBrowser } from './kit/browser.ts'
import { artefact } from './kit/folder.ts'
import { type LiveProgram, liveProgram } from './kit/live-program.ts'
import { openViewHouse, type ViewHouse } from './kit/view-house.ts'

/** Bits a second: less than the large picture has, more than the small one and the sound. */
const POOR = 500_000

const [PHONE, DESK] = [
  { width: 390, height: 844 },
  { width: 1280, height: 800 },
]
const LOOKS = [
  ['phone-light', 'light', PHONE],
  ['desk-light', 'light', DESK],
  ['desk-dark', 'dark', DESK],
  ['phone-dark', 'dark', PHONE],
] as const

/** What the element shows. */
const height = (page: Page): Promise<number> => page.evaluate(() => document.querySelector('video')?.videoHeight ?? 0)
const second = (page: Page): Promise<number> => page.evaluate(() => document.querySelector('video')?.currentTime ?? 0)
/** Waits until the picture has so many lines, and moves. */
async function shows(page: Page, lines: number, patience: number): Promise<void> {
  await expect.poll(() => height(page), { timeout: patience, interval: 200 }).toBe(lines)
  const before = await second(page)
  await expect.poll(() => second(page), { timeout: 20_000, interval: 100 }).toBeGreaterThan(before + 1)
}
/** A line of so many bits a second; 0: as it is. */
async function narrow(page: Page, bits: number): Promise<void> {
  const line = await page.context().newCDPSession(page)
  await line.send('Network.enable')
  const limits = { downloadThroughput: bits === 0 ? -1 : bits / 8, uploadThroughput: -1 }
  await line.send('Network.emulateNetworkConditions', { offline: false, latency: bits === 0 ? 0 : 40, ...limits })
}
/** Stretches of the program that the element has: a hole between two renditions would make one more. */
const stretches = (page: Page): Promise<number> => page.evaluate(() => document.querySelector('video')?.buffered.length ?? 0)

describe.runIf(hasChromium)('a program with two pictures', () => {
  const identity = newIdentity()
  let [house, live, browser]: [ViewHouse, LiveProgram, Browser] = [] as never
  beforeAll(async () => {
    house = await openViewHouse(identity)
    live = await liveProgram((update) => house.take([update]), identity, { lower: true })
    browser = await openBrowser()
    while (house.origin.live.tracks.length < 3 || house.origin.live.tracks.some(({ segments }) => segments.length === 0))
      await new Promise((done) => setTimeout(done, 100))
  })
  afterAll(async () => {
    await browser?.close()
    live?.close()
    house?.close()
  })

  it('goes down on a poor line, by itself, and comes back up when that is good again', async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    await page.goto(house.url)
    await shows(page, 360, 30_000)
    expect(await page.getByTestId('quality').count()).toBe(1)
    await narrow(page, POOR)
    const begun = Date.now()
    await shows(page, 144, 90_000)
    console.log(`the small picture ${((Date.now() - begun) / 1000).toFixed(1)} s after the line became poor`)
    // It is as near to live as ever: nothing of what was too much is still waited for.
    await expect.poll(async () => Number(await page.getByTestId('live').getAttribute('data-behind')), { timeout: 30_000 }).toBeLessThan(4)
    await narrow(page, 0)
    const good = Date.now()
    await shows(page, 360, 90_000)
    expect(await stretches(page)).toBe(1)
    console.log(`the large one ${((Date.now() - good) / 1000).toFixed(1)} s after it was good again`)
    expect(await page.getByTestId('refused').count()).toBe(0)
    await page.close()
  }, 200_000)

  it('is chosen by name, without a reload', async () => {
    const page = await browser.newPage({ viewport: PHONE })
    await page.goto(house.url)
    await shows(page, 360, 30_000)
    for (const [quality, lines] of [
      ['144p', 144],
      ['360p', 360],
    ] as const) {
      // The keys go while nobody touches anything.
      await page.locator('video').hover({ force: true })
      await page.getByTestId('quality').click()
      await page.getByRole('radio', { name: new RegExp(`^${quality}`) }).check()
      for (const [look, colorScheme, size] of LOOKS) {
        await page.emulateMedia({ colorScheme })
        await page.setViewportSize(size)
        await page.screenshot({ path: artefact('renditions', `${quality}-${look}.png`) })
      }
      await page.keyboard.press('Escape')
      await shows(page, lines, 30_000)
      expect(await stretches(page)).toBe(1)
    }
    await page.close()
  })

  it('plays in hls.js with its defaults, which begins with the small one and goes up by itself, and to either when it is told', async () => {
    const page = await browser.newPage()
    await page.goto(live.url)
    await page.evaluate((playlist) => {
      const { Hls } = globalThis as unknown as {
        Hls: new (
          config: object,
        ) => {
          loadSource(url: string): void
          attachMedia(video: Element | null): void
          on(event: 'hlsError', hear: (event: string, error: { readonly details: string }) => void): void
        }
      }
      const hls = new Hls({})
      const errors: string[] = []
      hls.on('hlsError', (_, { details }) => errors.push(details))
      Object.assign(globalThis, { hls, errors })
      const video = document.querySelector('video')
      hls.loadSource(playlist)
      hls.attachMedia(video)
      void video?.play()
    }, live.playlist)
    const begun = Date.now()
    await shows(page, 360, 30_000)
    console.log(
      `hls.js shows the large one after ${((Date.now() - begun) / 1000).toFixed(1)} s; it says: ${await page.evaluate(() => (globalThis as unknown as { errors: string[] }).errors.join())}`,
    )
    const level = (to: number) =>
      page.evaluate((next) => Object.assign((globalThis as unknown as { hls: object }).hls, { nextLevel: next }), to)
    expect(
      await page.evaluate(() =>
        (globalThis as unknown as { hls: { levels: Array<{ height: number }> } }).hls.levels.map((each) => each.height),
      ),
    ).toEqual([144, 360])
    await level(0)
    await shows(page, 144, 40_000)
    await level(1)
    await shows(page, 360, 40_000)
    await page.close()
  })

  it('has both in its list, for any other reader', async () => {
    const args = ['-v', 'error', '-show_streams', '-show_programs', '-of', 'json', live.playlist]
    const { stdout } = await promisify(execFile)('ffprobe', args, { timeout: 60_000 })
    const { programs } = JSON.parse(stdout) as {
      programs: Array<{ streams: Array<{ codec_name: string; width?: number; height?: number }> }>
    }
    const names = programs.map(({ streams }) =>
      streams.map(({ codec_name, width, height: lines }) => (width ? `${codec_name} ${width}x${lines}` : codec_name)).sort(),
    )
    expect(names).toEqual([['aac', 'h264 640x360'], ['aac', 'h264 256x144'].sort()])
  })
})
