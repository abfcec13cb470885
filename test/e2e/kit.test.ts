// kit.test.ts — the measuring tools measure true: before they judge a call, they are tried on pages and pipelines of our own.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pairGlass, pairSetup } from '../../bench/peer/pair.ts'
import { barcode } from './kit/barcode.ts'
import { CAST, hasChromium, openBrowser, type Person, person } from './kit/browser.ts'
import { BarcodeCamera, BarcodeTv, Loudspeaker, readIn, type TvFrame } from './kit/fifo.ts'
import { Cable, whyNoNamespaces } from './kit/net.ts'
import { level } from './kit/tone.ts'

const started: ChildProcess[] = []
/** A pipeline of GStreamer's own, as the box would run it. */
function pipeline(text: string): ChildProcess {
  const child = spawn('gst-launch-1.0', ['-q', ...text.split(' ')], { stdio: ['ignore', 'ignore', 'inherit'] })
  started.push(child)
  return child
}
const source = (setting: string) => setting.slice('launch:'.length)
afterAll(() => {
  for (const child of started) child.kill('SIGKILL')
})

test('the camera draws the time, and the TV shows it soon after', async () => {
  using camera = new BarcodeCamera([200, 40, 40])
  using tv = new BarcodeTv()
  const frames: TvFrame[] = []
  tv.watch((frame) => frames.push(frame))
  pipeline(`${source(camera.source)} ! ${source(tv.output)}`)
  for (let i = 0; i < 100 && frames.length < 40; i++) await sleep(100)
  const times = frames.slice(10).map((frame) => ({ at: frame.at, time: readIn(frame, [0, 0, 1, 1]) }))
  expect(times.length).toBeGreaterThan(20)
  expect(times.filter(({ time }) => time === null)).toEqual([])
  expect(new Set(times.map(({ time }) => time)).size).toBeGreaterThan(5)
  for (const { at, time } of times) expect(barcode.age(time ?? 0, at)).toBeLessThan(2000)
})

test('the loudspeaker hears which tone is played', async () => {
  using speaker = new Loudspeaker()
  pipeline(`audiotestsrc is-live=true freq=1500 volume=0.5 ! ${source(speaker.sink)}`)
  for (let i = 0; i < 100 && speaker.last(500).length < 24_000; i++) await sleep(100)
  const heard = speaker.last(500)
  expect(level(heard, Loudspeaker.rate, 1500)).toBeGreaterThan(-9)
  expect(level(heard, Loudspeaker.rate, 1875)).toBeLessThan(-50)
})

describe.skipIf(!hasChromium)('a pair of browsers', () => {
  const web = createServer((_, answer) => answer.setHeader('content-type', 'text/html').end('<!doctype html><title>pair</title>'))
  let ada: Person
  beforeAll(async () => {
    web.listen(0)
    await once(web, 'listening')
    const address = web.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    ada = await person(await openBrowser(), CAST[0])
    await ada.page.goto(`http://localhost:${address.port}/`)
  })
  afterAll(async () => {
    await ada.page.context().browser()?.close()
    web.close()
  })

  test('opens a channel before it shows a picture', async () => {
    const setup = await pairSetup(ada.page)
    expect(setup.channel).toBeGreaterThan(0)
    expect(setup.frame).toBeGreaterThan(setup.channel / 2)
  })

  test('sees pictures whose age can be read', async () => {
    const ages = await pairGlass(ada.page, 3000)
    expect(ages.length).toBeGreaterThan(5)
    expect(Math.min(...ages)).toBeLessThan(2000)
  })

  test('gives a page a camera and a tone instead of real ones, and the page can tell what they are', async () => {
    await ada.page.evaluate(async () => {
      const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: true })
      for (const [type, tracks] of [
        ['video', media.getVideoTracks()],
        ['audio', media.getAudioTracks()],
      ] as const) {
        const element = document.createElement(type)
        element.id = `own-${type}`
        element.srcObject = new MediaStream(tracks)
        document.body.append(element)
        await element.play()
      }
    })
    const sight = await ada.look('#own-video', 1500)
    expect(sight.size).toEqual([640, 360])
    expect(sight.frames.filter(({ time }) => time !== null).length).toBeGreaterThan(3)
    expect(sight.band.map((part) => Math.round(part / 32))).toEqual([7, 1, 1])
    const last = (await ada.hear('#own-audio', 800, 200, [1125, 1500])).at(-1)
    expect(last?.db[1125]).toBeGreaterThan(-20)
    expect(last?.db[1500]).toBeLessThan(-50)
  })
})

const why = whyNoNamespaces()
if (why) console.warn(`no network namespaces here, so the cable is not tried: ${why}`)
test.skipIf(why !== null || !hasChromium)('a browser at the other end of a cable reaches us, until the cable is pulled', async () => {
  using cable = new Cable()
  const web = createServer((_, answer) => answer.end('hello')).listen(0, '0.0.0.0')
  await once(web, 'listening')
  const address = web.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const browser = await openBrowser(cable.namespace)
  try {
    const page = await browser.newPage()
    const url = `http://${cable.here}:${address.port}/`
    expect(await (await page.goto(url))?.text()).toBe('hello')
    cable.pull()
    await expect(page.goto(url, { timeout: 1500 })).rejects.toThrow()
    cable.plug()
    await expect
      .poll(
        () =>
          page.goto(url, { timeout: 2000 }).then(
            (answer) => answer?.text(),
            () => 'away',
          ),
        { timeout: 30_000 },
      )
      .toBe('hello')
  } finally {
    await browser.close()
    web.closeAllConnections()
    web.close()
  }
})
