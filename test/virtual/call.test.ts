// call.test.ts — a box as it is installed, on the virtual Pi, in a call with a real Chromium beside it on its network: first with the test
// picture, then with the kernel's camera. That the page decodes moving pictures, and what they show, is kept in artefacts/virtual.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CAST, hasChromium, openBrowser, type Person, person, THRIFTY } from '../e2e/kit/browser.ts'
import { artefact } from '../e2e/kit/folder.ts'
import { bootVirtualPi, type VirtualPi, whyNot } from './kit/pi.ts'

const NAME = 'Living room'
/** A picture of a size that one processor can encode without a codec; no TV, whose picture is another test's, and takes half of it. */
const settings = (camera: string) => `[camera]
source = "${camera}"
width = 640
height = 360
fps = 15
[sound]
microphone = "none"
speaker = "none"
[tv]
output = "none"
`

/** Of who calls it, ms: it may not be the only board on a busy machine. */
const PATIENCE = 150_000

describe.skipIf(whyNot !== null || !hasChromium)('a box on the virtual Pi, called from a browser', { timeout: 500_000 }, () => {
  let pi: VirtualPi
  let browser: Browser
  let ada: Person
  beforeAll(async () => {
    pi = await bootVirtualPi({ name: 'call', files: { '/etc/parlor/parlor.toml': settings('test') } })
    browser = await openBrowser(pi.namespace)
    ada = await person(browser, CAST[0], THRIFTY)
    ada.page.setDefaultTimeout(PATIENCE)
  })
  afterAll(async () => {
    await browser?.close()
    await pi?.[Symbol.asyncDispose]()
  })

  const parlor = async (words: string): Promise<unknown> => {
    const text = await pi.must(`parlor --json ${words}`)
    return text.trim() === '' ? null : JSON.parse(text)
  }
  /** The page of the box's room, over https as a phone at home has it. */
  const room = async (): Promise<string> => {
    const { here } = (await parlor('link')) as { here: string }
    return `https://${pi.address}:8443/r#${here.split('#')[1]}`
  }
  /** Frames that the page has decoded of the box, and their size. */
  const decoded = () =>
    ada.page.evaluate((selector) => {
      const video = document.querySelector(selector)
      if (!(video instanceof HTMLVideoElement)) return { frames: 0, width: 0 }
      return { frames: video.getVideoPlaybackQuality().totalVideoFrames, width: video.videoWidth }
    }, ada.videoOf(NAME))
  const seesItMove = async (): Promise<void> => {
    const { frames } = await decoded()
    await expect.poll(async () => (await decoded()).frames - frames, { timeout: PATIENCE, interval: 500 }).toBeGreaterThan(20)
  }

  test('is installed and runs: both services are up, and nothing has failed', async () => {
    expect(await pi.must('systemctl --failed --plain --no-legend')).toBe('')
    expect(await pi.must('systemctl is-active parlor parlor-media')).toBe('active\nactive\n')
  })

  test('is joined by link over https, and its test picture is seen moving', async () => {
    await parlor('join')
    await ada.join(await room())
    await ada.sees(NAME, 'live', PATIENCE)
    await seesItMove()
    await ada.page.screenshot({ path: artefact('virtual', 'call-test-picture.png') })
    expect((await decoded()).width).toBeGreaterThan(0)
  })

  test('the camera of the kernel, in the hardware encoder, is seen moving by the same page', async () => {
    const link = await room()
    await pi.write('/etc/parlor/parlor.toml', settings('auto'))
    await pi.must('systemctl restart parlor')
    await parlor('join')
    expect(await room()).toBe(link)
    await ada.sees(NAME, 'live', PATIENCE)
    await seesItMove()
    await ada.page.screenshot({ path: artefact('virtual', 'call-vivid.png') })
    expect(Number(await pi.file('/sys/kernel/debug/vh264enc/frames_out'))).toBeGreaterThan(20)
  })
})
