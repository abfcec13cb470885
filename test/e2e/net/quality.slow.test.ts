// quality.slow.test.ts — a call on bad lines: what is still seen and heard where a tenth or a third of all packets vanish, and where there are
// but 200 kb/s each way. With `scripts/test --all`; `npm run bench -- adapt` has the exact figures of lines that change.
//
// Frames and sounds are counted against those that were sent, never against time: a machine that is busy sends less and shows less.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { prepare } from '../../../bench/adapt/ground.ts'
import { Box } from '../kit/box.ts'
import { CAST, hasChromium, openBrowser, type Person, person } from '../kit/browser.ts'
import { BarcodeCamera } from '../kit/fifo.ts'
import { artefact } from '../kit/folder.ts'
import { whyNoNamespaces } from '../kit/net.ts'
import { BOX } from '../kit/stage.ts'
import { BadCable, whyNoBadCables } from './cable.ts'
import { numbers, until } from './meeting.ts'
import { addNamespace, ip, nameOf, removeNamespace, tidy } from './netns.ts'

const [ada] = CAST
const ADDRESS = '10.78.0.1'
/** Frames a second of the box's camera and of the page's. */
const FPS = 30
const LOOK = 15_000

const why = whyNoNamespaces() ?? whyNoBadCables()
if (why) console.warn(`\n!!!! SKIPPED: NO BAD LINES ON THIS MACHINE: ${why}\n`)

/** What has come to the page of pictures and sound, counted since it came. */
type Come = { readonly frames: number; readonly samples: number; readonly made: number; readonly sounds: number; readonly lost: number }

const come = (page: Person): Promise<Come> =>
  page.page.evaluate(async () => {
    const sum = { frames: 0, samples: 0, made: 0, sounds: 0, lost: 0 }
    for (const connection of (window as unknown as { adaptConnections: RTCPeerConnection[] }).adaptConnections) {
      if (connection.connectionState === 'closed') continue
      for (const [, one] of await connection.getStats()) {
        const line = one as Record<string, number> & { type: string; kind: string }
        if (line.type !== 'inbound-rtp') continue
        if (line.kind === 'video') sum.frames += line.framesDecoded ?? 0
        else {
          sum.samples += line.totalSamplesReceived ?? 0
          sum.made += (line.concealedSamples ?? 0) - (line.silentConcealedSamples ?? 0)
          sum.sounds += line.packetsReceived ?? 0
          sum.lost += line.packetsLost ?? 0
        }
      }
    }
    return sum
  })

/** What came while it was looked. */
async function during(page: Person, ms: number): Promise<Come> {
  const before = await come(page)
  await new Promise((done) => setTimeout(done, ms))
  const after = await come(page)
  return {
    frames: after.frames - before.frames,
    samples: after.samples - before.samples,
    made: after.made - before.made,
    sounds: after.sounds - before.sounds,
    lost: after.lost - before.lost,
  }
}

/** Sounds of the page that came to the box. */
async function heardByBox(box: Box): Promise<number> {
  return Number(/^parlor_packets_total\{way="audio received"\} (\d+)/m.exec(await numbers(box))?.[1] ?? 0)
}

describe.skipIf(why !== null || !hasChromium)('a box and a page on a bad line', () => {
  const [here, there] = [nameOf('here'), nameOf('there')]
  let line: BadCable
  let camera: BarcodeCamera
  let box: Box
  let browser: Browser
  let page: Person
  beforeAll(async () => {
    tidy()
    addNamespace(here)
    addNamespace(there)
    line = new BadCable(here, 'eth0', there, 'eth0', { delay: 20, queue: 300 })
    ip([`addr add ${ADDRESS}/24 dev eth0`], here)
    ip(['addr add 10.78.0.2/24 dev eth0'], there)
    camera = new BarcodeCamera([232, 232, 232])
    box = await Box.start(
      {
        PARLOR_BOX__NAME: BOX.name,
        PARLOR_CAMERA__SOURCE: camera.source,
        PARLOR_CAMERA__WIDTH: '640',
        PARLOR_CAMERA__HEIGHT: '360',
        PARLOR_CAMERA__FPS: String(FPS),
        PARLOR_SOUND__MICROPHONE: 'test',
      },
      { namespace: here },
    )
    browser = await openBrowser(there)
    page = await person(browser, ada, { fps: FPS })
    await prepare(page.page)
    await page.join(await box.room(`https://${ADDRESS}:${box.httpsPort}`))
    await page.sees(BOX.name, 'live')
    await until('the first pictures', async () => (await come(page)).frames > FPS)
  })
  afterAll(async () => {
    await browser?.close()
    await box?.stop()
    camera?.[Symbol.dispose]()
    line?.[Symbol.dispose]()
    for (const one of [here, there]) removeNamespace(one)
  })

  test('a tenth of all packets vanish: pictures move, and nothing of what is said is missed', async () => {
    // What is lost on the way is missed at all times; what a busy machine plays too late is missed with and without loss, at some.
    const [usual, looks]: [Come[], Come[]] = [[], []]
    let heard = 0
    for (let i = 0; i < 3; i++) {
      line.loss = 0
      await during(page, 2000)
      usual.push(await during(page, LOOK / 3))
      line.loss = 10
      await during(page, i === 0 ? 8000 : 2000)
      heard = await heardByBox(box)
      looks.push(await during(page, LOOK / 3))
    }
    for (const look of usual) tell('without loss', look, LOOK / 3)
    for (const look of looks) tell('a tenth lost', look, LOOK / 3)
    const sum = (of: (come: Come) => number, all: readonly Come[]) => all.reduce((so, come) => so + of(come), 0)
    const frames = ({ frames }: Come) => frames
    expect(sum(frames, looks), 'half of what is seen without loss').toBeGreaterThan(sum(frames, usual) / 2)
    expect(
      sum(({ lost }) => lost, looks),
      'packets of sound',
    ).toBeGreaterThan(0.05 * sum(({ sounds }) => sounds, looks))
    expect(Math.min(...looks.map(madeUp)), 'of the sound').toBeLessThan(0.02 + 2 * Math.max(...usual.map(madeUp)))
    expect((await heardByBox(box)) - heard, 'sounds of the page').toBeGreaterThan(0)
  })

  test('a third of all packets vanish: sound goes on both ways, and nobody is shown as gone', async () => {
    line.loss = 30
    await during(page, 5000)
    const heard = await heardByBox(box)
    const seen = await during(page, LOOK)
    tell('a third lost', seen)
    expect(seen.sounds, 'on the same link').toBeGreaterThan(seen.lost)
    expect(madeUp(seen), 'of the sound').toBeLessThan(0.2)
    expect((await heardByBox(box)) - heard, 'sounds of the page').toBeGreaterThan(0)
  })

  test('200 kb/s each way are a call: sound without gaps, and a picture', async () => {
    line.loss = 0
    line.rate = 200
    await during(page, 20_000)
    const seen = await during(page, LOOK)
    await page.page.screenshot({ path: artefact('quality', '200-kbps.png') })
    tell('200 kb/s', seen)
    expect(seen.sounds, 'sounds of the box').toBeGreaterThan(0)
    expect(seen.lost, 'for want of room').toBeLessThan(seen.sounds / 20)
    expect(seen.frames, 'pictures of the box').toBeGreaterThan(LOOK / 1000)
  })
})

/** The share of the sound that had to be made up because it was missing. */
const madeUp = ({ made, samples }: Come): number => made / Math.max(1, samples)

const tell = (what: string, seen: Come, ms = LOOK): void =>
  console.info(
    `${what}: ${(seen.frames / (ms / 1000)).toFixed(1)} pictures a second, ${(100 * madeUp(seen)).toFixed(1)} % of the sound made up, ` +
      `${seen.lost} of ${seen.sounds + seen.lost} sounds lost`,
  )
