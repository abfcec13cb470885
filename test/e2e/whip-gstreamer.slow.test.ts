// whip-gstreamer.slow.test.ts — GStreamer publishes into the room by WHIP, with its own ICE, DTLS and RTP: a Chromium in the call sees its picture move
// and hears its tone, and it goes in good order.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasChromium, type Person } from './kit/browser.ts'
import { artefact } from './kit/folder.ts'
import type { Stage } from './kit/stage.ts'
import { openToPublisher, toneHeard } from './kit/whip.ts'
import { GstreamerPublisher, whyNoGstreamer } from './kit/whip-gstreamer.ts'

const SOON = { timeout: 30_000, interval: 300 }
const [NAME, HZ] = ['Stage camera', 2350]

/** Where in the picture the ball is, as shares of it; null: no picture, or no ball. */
const ballIn = (guest: Person): Promise<readonly [x: number, y: number] | null> =>
  guest.page.evaluate((selector) => {
    const video = document.querySelector<HTMLVideoElement>(selector)
    const canvas = document.createElement('canvas')
    const pen = canvas.getContext('2d')
    if (!video || !pen || video.videoWidth === 0) return null
    ;[canvas.width, canvas.height] = [160, 90]
    pen.drawImage(video, 0, 0, 160, 90)
    const { data } = pen.getImageData(0, 0, 160, 90)
    let [count, x, y] = [0, 0, 0]
    for (let i = 0; i < data.length; i += 4) {
      if ((data[i + 2] ?? 0) < 120 || (data[i] ?? 0) > 120) continue
      count++
      x += (i / 4) % 160
      y += Math.floor(i / 4 / 160)
    }
    return count < 10 ? null : ([x / count / 160, y / count / 90] as const)
  }, guest.videoOf(NAME))

const why = whyNoGstreamer()
if (why) console.warn(why)
describe.skipIf(!hasChromium || why !== null)('GStreamer as a publisher', () => {
  let stage: Stage
  let guest: Person
  let [endpoint, token] = ['', '']
  beforeAll(async () => {
    ;({ stage, guest, endpoint, token } = await openToPublisher(NAME))
  })
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]()
  })

  test('without its token is refused', async () => {
    await using publisher = new GstreamerPublisher(endpoint, 'x'.repeat(40), HZ)
    await expect.poll(() => publisher.said.find(({ answered }) => answered)?.answered, SOON).toBe(401)
  })

  test('is one more person in the call: its picture moves, its tone is heard, and it goes as it says', async () => {
    {
      await using publisher = new GstreamerPublisher(endpoint, token, HZ)
      await expect.poll(() => publisher.state ?? publisher.tale, SOON).toBe('connected')
      expect(publisher.said.find(({ answered }) => answered)).toMatchObject({ answered: 201 })
      await guest.sees(NAME, 'live')
      const places = new Set<string>()
      const look = async () => {
        const ball = await ballIn(guest)
        if (ball) places.add(ball.map((share) => share.toFixed(2)).join())
        return places.size
      }
      await expect.poll(look, SOON).toBeGreaterThan(10)
      await expect.poll(await toneHeard(guest, NAME, HZ), SOON).toBeGreaterThan(20)
      await guest.page.screenshot({ path: artefact('whip-gstreamer', 'guest.png') })
      await stage.box.parlor('tv', artefact('whip-gstreamer', 'tv.jpg'))
      expect((await stage.box.status()).people.map(({ name, state }) => `${name} ${state}`)).toContain(`${NAME} live`)
      expect(await stage.box.parlor('whip')).toMatchObject({ publishers: [{ name: NAME, publishing: true }] })
    }
    await guest.losesSightOf(NAME)
    expect(await stage.box.parlor('whip')).toMatchObject({ publishers: [{ name: NAME, publishing: false }] })
  })
})
