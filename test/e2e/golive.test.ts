// golive.test.ts — one wish turns the call into a broadcast: a viewer who is not in the call sees everybody in it, everybody in it knows, and it ends.
import { execFile } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CAST, hasChromium, type Person } from './kit/browser.ts'
import { artefact } from './kit/folder.ts'
import { BOX, Stage } from './kit/stage.ts'

/** How far a picture holds each of these colours: the share of its points that are near, in per cent. */
const shares = (page: Page, colours: readonly string[]): Promise<number[]> =>
  page.evaluate((wanted) => {
    const video = document.querySelector('video')
    const canvas = document.createElement('canvas')
    const pen = canvas.getContext('2d')
    if (!video || !pen || video.videoWidth === 0) return wanted.map(() => 0)
    ;[canvas.width, canvas.height] = [160, 90]
    pen.drawImage(video, 0, 0, 160, 90)
    const { data } = pen.getImageData(0, 0, 160, 90)
    return wanted.map((colour) => {
      const [r = 0, g = 0, b = 0] = (colour.match(/[0-9a-f]{2}/gi) ?? []).map((hex) => Number.parseInt(hex, 16))
      let near = 0
      for (let i = 0; i < data.length; i += 4)
        if (Math.abs((data[i] ?? 0) - r) + Math.abs((data[i + 1] ?? 0) - g) + Math.abs((data[i + 2] ?? 0) - b) < 60) near++
      return Math.round((near / (160 * 90)) * 1000) / 10
    })
  }, colours)

/** Downloads the newest recording, tells what is in it, and that the link is good no more. */
async function films(box: Stage['box']): Promise<string[]> {
  expect(await box.parlor('recordings')).toHaveLength(1)
  const { link } = (await box.parlor('recordings', 'download', '1')) as { link: string }
  const answer = await fetch(link)
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'video/mp4'])
  const file = artefact('golive', 'film.mp4')
  writeFileSync(file, Buffer.from(await answer.arrayBuffer()))
  expect((await fetch(link)).status).toBe(404)
  const { stdout } = await promisify(execFile)('ffprobe', ['-v', 'error', '-show_streams', '-of', 'json', file])
  const { streams } = JSON.parse(stdout) as { streams: Array<{ codec_name: string; width?: number; height?: number }> }
  return streams.map(({ codec_name, width, height }) => (width ? `${codec_name} ${width}x${height}` : codec_name))
}

describe.skipIf(!hasChromium)('a call that goes live', () => {
  const [ada] = CAST
  let stage: Stage
  let guest: Person | undefined
  let viewer: Page
  let watchPage = ''
  beforeAll(async () => {
    stage = await Stage.open()
    ;[guest] = await stage.call(1, { fps: 15 })
    viewer = await stage.browser.newPage({ viewport: { width: 1280, height: 800 } })
  })
  afterAll(async () => {
    await viewer?.screenshot({ path: artefact('golive', 'viewer.png') })
    await stage?.[Symbol.asyncDispose]()
  })

  test('is seen by who only has the watch link: everybody in the call, moving', async () => {
    expect((await stage.box.status()).live).toBeNull()
    const { link } = (await stage.box.parlor('live', 'on')) as { link: string }
    const asked = Date.now()
    watchPage = `${stage.box.origin}${new URL(link).pathname}`
    await viewer.goto(watchPage)
    await viewer.waitForFunction(
      () => (document.querySelector('video')?.currentTime ?? 0) > 0 && document.querySelector('video')?.videoWidth === 1280,
    )
    console.log(`first picture of the broadcast ${Date.now() - asked} ms after the wish`)
    const both = async () => (await shares(viewer, [ada.colour, BOX.colour])).every((share) => share > 0.5)
    await expect.poll(both, { timeout: 30_000, interval: 300 }).toBe(true)
    const times = await viewer.evaluate(async () => {
      const seen: number[] = []
      for (let i = 0; i < 20; i++) {
        seen.push(document.querySelector('video')?.currentTime ?? 0)
        await new Promise((done) => setTimeout(done, 150))
      }
      return seen
    })
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(0.5)
    await viewer.screenshot({ path: artefact('golive', 'watching.png') })
  })

  test('says so to everybody in it, and counts who watches', async () => {
    await guest?.page.waitForSelector('[data-testid=notice][data-kind=live]')
    expect(await guest?.page.textContent('[data-testid=notice][data-kind=live]')).toContain(BOX.name)
    await expect.poll(async () => (await stage.box.status()).live?.watching, { timeout: 20_000 }).toBe(1)
    await guest?.page.screenshot({ path: artefact('golive', 'guest.png') })
    await stage.box.parlor('tv', artefact('golive', 'tv.jpg'))
  })

  test('is kept on the disk meanwhile', async () => {
    expect((await stage.box.status()).live?.recorded).toBe(true)
    // Beside it stands what the box keeps of its own camera and microphone: a program of its own.
    const programs = readdirSync(join(stage.box.data, 'media'))
    expect(programs.filter((program) => watchPage.endsWith(program))).toHaveLength(1)
    expect(programs).toHaveLength(2)
    for (const program of programs) expect(readdirSync(join(stage.box.data, 'media', program)).length).toBeGreaterThan(0)
  })

  test('is one film for who has the one-time link, also while it goes on', async () => {
    expect(await films(stage.box)).toEqual(['h264 1280x720', 'aac'])
  })

  test('has smaller pictures for poor lines, named in the list, and taken by who chooses them', async () => {
    const index = `${stage.box.origin}${new URL(watchPage).pathname.replace('/w/', '/live/')}/index.m3u8`
    const sizes = [...(await (await fetch(index)).text()).matchAll(/RESOLUTION=(\S+?),/g)].map(([, size]) => size)
    expect(sizes).toEqual(['1280x720', '640x360', '256x144'])
    const pick = async (quality: string, height: number): Promise<void> => {
      // The keys go while nobody touches anything.
      await viewer.locator('video').hover({ force: true })
      await viewer.getByTestId('quality').click()
      await viewer.getByRole('radio', { name: new RegExp(`^${quality}`) }).check()
      await viewer.keyboard.press('Escape')
      await viewer.waitForFunction((wanted) => document.querySelector('video')?.videoHeight === wanted, height)
    }
    await pick('360p', 360)
    await pick('144p', 144)
    await viewer.screenshot({ path: artefact('golive', '144p.png') })
    await pick('720p', 720)
  })

  test('has captions, from whatever program writes them, and they come with the recording', async () => {
    expect(await stage.box.parlorWith('Guten Abend\nund willkommen\n', 'captions', '--lang', 'de')).toEqual({ captions: 2 })
    await viewer.getByTestId('captions').waitFor({ state: 'attached' })
    await viewer.keyboard.press('c')
    await viewer.waitForFunction(() => document.querySelector('[data-testid=caption]')?.textContent?.includes('und willkommen'))
    expect(await viewer.getByTestId('caption').getAttribute('lang')).toBe('de')
    await viewer.screenshot({ path: artefact('golive', 'captions.png') })
    const { link } = (await stage.box.parlor('recordings', 'download', '1', 'captions')) as { link: string }
    expect(await (await fetch(link)).text()).toMatch(/^WEBVTT\n\n(.*\n)*.* --> .*\n(Guten Abend\n)?und willkommen/)
  })

  test('has a caption that somebody types on a paired phone', async () => {
    const phone = await (await stage.browser.newContext({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, locale: 'en' })).newPage() // biome-ignore format: one line
    const { link } = (await stage.box.parlor('pair')) as { link: string }
    await phone.goto(`${stage.box.origin}/remote${new URL(link).hash}`)
    await phone.getByTestId('name').fill('Anna’s phone')
    await phone.getByTestId('pair-by-qr').tap()
    await phone.getByTestId('paired-ok').tap()
    await phone.getByTestId('caption-text').fill('Applaus <b>im</b> Saal')
    await phone.getByTestId('say-caption').tap()
    await viewer.waitForFunction(() => document.querySelector('[data-testid=caption]')?.textContent === 'Applaus <b>im</b> Saal')
    expect(await phone.getByTestId('caption-shown').textContent()).toBe('Shown: Applaus <b>im</b> Saal')
    await phone.getByTestId('caption').scrollIntoViewIfNeeded()
    await phone.screenshot({ path: artefact('golive', 'caption-on-phone.png') })
    await phone.context().close()
  })

  test('ends for all: viewers are told, and the call goes on', async () => {
    await stage.box.parlor('live', 'off')
    await viewer.waitForSelector('[data-card=ended]')
    await guest?.page.waitForSelector('[data-testid=notice][data-kind=live]', { state: 'detached' })
    const status = await stage.box.status()
    expect(status).toMatchObject({ live: null, inCall: true })
    expect(status.people.map(({ name, state }) => `${name} ${state}`)).toEqual([`${ada.name} live`])
  })
})
