// whep.slow.test.ts — a real Chromium watches by WebRTC what the call broadcasts: moving pictures, everybody's sound, and nothing left when it goes.
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { look, placesOfBox } from '../../bench/llhls/look.ts'
import { CAST, hasChromium } from './kit/browser.ts'
import type { Eyes } from './kit/eyes.ts'
import { BOX, Stage } from './kit/stage.ts'
import { blank, connection, figure, play, restartIce } from './kit/whep.ts'

describe.skipIf(!hasChromium)('by WebRTC', () => {
  let stage: Stage
  let viewer: Page
  let endpoint = ''
  beforeAll(async () => {
    stage = await Stage.open()
    await stage.call(1, { fps: 15 })
    const { link } = (await stage.box.parlor('live', 'on')) as { link: string }
    endpoint = `${stage.box.origin}${new URL(link).pathname}/whep`
    viewer = await stage.browser.newPage({ viewport: { width: 1280, height: 800 } })
    await blank(viewer)
  })
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]()
  })

  test('a page of somebody else shows the program, moving', async () => {
    const asked = Date.now()
    expect(await play(viewer, endpoint)).toMatchObject({ status: 201, sentence: '' })
    await viewer.waitForFunction(() => document.querySelector('video')?.videoWidth === 1280)
    console.log(`first picture ${Date.now() - asked} ms after it was asked for`)
    // As many as it takes: on a machine that has much to do they come slowly.
    const ages: number[] = []
    for (let looks = 0; ages.length <= 20 && looks < 15; looks++)
      ages.push(...(await look(viewer, placesOfBox(), 2000)).shown.map(({ age }) => age))
    ages.sort((a, b) => a - b)
    console.log(`${ages.length} pictures read, p50 ${ages[ages.length >> 1]} ms old`)
    expect(ages.length).toBeGreaterThan(20)
    expect(await figure(viewer, 'inbound-rtp', 'video', 'keyFramesDecoded')).toBeGreaterThan(0)
  })

  test('everybody is heard, those of the call and the box', async () => {
    const [ada] = CAST
    const pitches = [BOX.hz, ada.hz, 6100]
    const isClear = async () => {
      const heard = await viewer.evaluate(
        (pitches) => (globalThis as unknown as { parlorEyes: Eyes }).parlorEyes.hear('video', 700, 350, pitches),
        pitches,
      )
      const db = heard.at(-1)?.db ?? {}
      const [box = -200, guest = -200, nobody = 0] = pitches.map((hz) => db[hz] ?? -200)
      return Math.min(box, guest) - nobody
    }
    await expect.poll(isClear, { timeout: 30_000, interval: 200 }).toBeGreaterThan(20)
  })

  test('the watching are counted, and ICE begins anew without a stop', async () => {
    await expect.poll(async () => (await stage.box.status()).live?.watching, { timeout: 20_000 }).toBe(1)
    const { status, etag } = await restartIce(viewer)
    expect([status, /-2"$/.test(etag)]).toEqual([200, true])
    const before = await figure(viewer, 'inbound-rtp', 'video', 'framesDecoded')
    await expect.poll(() => figure(viewer, 'inbound-rtp', 'video', 'framesDecoded'), { timeout: 20_000 }).toBeGreaterThan(before + 60)
    expect(await connection(viewer)).toBe('connected')
  })

  test('who says goodbye gives the seat back at once; and with the program all is over', async () => {
    const { location } = (await viewer.evaluate(() => {
      const { location } = (globalThis as unknown as { parlorWhep: { location: string } }).parlorWhep
      return { location }
    })) as { location: string }
    expect((await fetch(location, { method: 'DELETE' })).status).toBe(200)
    await expect.poll(async () => (await stage.box.status()).live?.watching, { timeout: 20_000 }).toBe(0)
    expect((await play(viewer, endpoint)).status).toBe(201)
    await expect.poll(() => figure(viewer, 'inbound-rtp', 'video', 'framesDecoded'), { timeout: 20_000 }).toBeGreaterThan(30)
    await stage.box.parlor('live', 'off')
    await expect.poll(() => connection(viewer), { timeout: 20_000 }).not.toBe('connected')
    expect(await play(viewer, endpoint)).toMatchObject({ status: 503 })
  })
})
