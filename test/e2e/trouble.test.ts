// trouble.test.ts — what goes wrong on people's tables: a box that runs already, a port that is taken, a setting that is
// wrong, and a machine that has nothing plugged in. Each is told in a sentence that helps.
import { createServer } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { Box, runToEnd } from './kit/box.ts'
import { CAST, hasChromium, openBrowser, person } from './kit/browser.ts'
import { artefact } from './kit/folder.ts'
import { BOX } from './kit/stage.ts'
import { tvPicture } from './kit/tv.ts'

const boxes: Box[] = []
const started = async (...options: Parameters<typeof Box.start>) => {
  const box = await Box.start(...options)
  boxes.push(box)
  return box
}
afterEach(async () => {
  for (const box of boxes.splice(0)) await box.stop()
})

describe('a box that cannot start says why', () => {
  test('a second one on the same data folder is refused, and the first goes on', async () => {
    const first = await started({}, { join: false })
    const second = await runToEnd({}, first.data)
    expect(second.code).not.toBe(0)
    expect(second.text).toMatch(/already running/)
    expect(second.text).toContain(String(first.pid))
    expect((await first.status()).pid).toBe(first.pid)
  })

  test.for(['HTTP', 'HTTPS'])('a taken %s port is named, and how to choose another', async (which) => {
    const other = createServer().listen(0, '::')
    const address = other.address()
    const port = typeof address === 'object' && address ? String(address.port) : ''
    const { code, text } = await runToEnd({ [`PARLOR_WEB__${which}`]: port })
    other.close()
    expect(code).not.toBe(0)
    expect(text).toContain(port)
    expect(text).toMatch(new RegExp(`PARLOR_WEB__${which}|web\\.${which.toLowerCase()}|\\[web\\]`))
  })

  test('a wrong setting is named with what is wrong about it', async () => {
    const { code, text } = await runToEnd({ PARLOR_CAMERA__FPS: 'fast' })
    expect(code).not.toBe(0)
    expect(text).toMatch(/camera\.fps/)
    expect(text).not.toMatch(/\n\s+at /)
  })

  test('a setting that does not exist is named', async () => {
    const { code, text } = await runToEnd({ PARLOR_CAMERA__ZOOM: '3' })
    expect(code).not.toBe(0)
    expect(text).toMatch(/there is no setting \\?"camera\.zoom/)
  })
})

describe('a box with nothing plugged in', () => {
  const nothing = {
    PARLOR_CAMERA__SOURCE: '/dev/video99',
    PARLOR_SOUND__MICROPHONE: 'hw:77',
    PARLOR_SOUND__SPEAKER: 'hw:77',
    PARLOR_TV__OUTPUT: 'hdmi',
  }

  test('runs, says in its status what is missing, and shows the TV picture to a browser', async () => {
    const box = await started(nothing)
    await expect.poll(async () => (await box.status()).notices.join(' '), { timeout: 20_000 }).toMatch(/camera/i)
    await expect.poll(async () => (await box.status()).notices.join(' '), { timeout: 20_000 }).toMatch(/microphone|sound/i)
    await expect.poll(async () => (await box.status()).inCall, { timeout: 20_000 }).toBe(true)
    await expect
      .poll(() => tvPicture(box.origin, artefact('trouble', 'tv.jpg')).then((p) => p.width, String), { timeout: 20_000 })
      .toBe(1920)
    const findings = JSON.stringify(await box.parlor('doctor').catch(String))
    expect(findings).toMatch(/camera/i)
  })

  test.skipIf(!hasChromium)('can still be called', async () => {
    const box = await started({ ...nothing, PARLOR_TV__OUTPUT: 'none' })
    const browser = await openBrowser()
    try {
      const ada = await person(browser, CAST[0])
      await ada.join(await box.room())
      await ada.sees(BOX.name, 'live')
      await ada.page.screenshot({ path: artefact('trouble', 'page.png') })
    } finally {
      await browser.close()
    }
  })
})

describe.skipIf(!hasChromium)('a page', () => {
  test('says it when a link is wrong', async () => {
    const box = await started({}, { join: false })
    const browser = await openBrowser()
    try {
      const { page } = await person(browser, CAST[0])
      await page.goto(`${box.origin}/r#NOT-A-LINK`)
      const notice = page.getByTestId('notice')
      await notice.first().waitFor()
      expect((await notice.first().innerText()).length).toBeGreaterThan(10)
      await page.screenshot({ path: artefact('trouble', 'wrong-link.png') })
    } finally {
      await browser.close()
    }
  })

  test('without camera and microphone still joins, and sees the box', async () => {
    const box = await started()
    const browser = await openBrowser()
    try {
      const ada = await person(browser, CAST[0], { camera: false, microphone: false })
      await ada.join(await box.room())
      await ada.sees(BOX.name, 'live')
      const pictures = async () => (await ada.look(ada.videoOf(BOX.name), 1000)).frames.length
      await expect.poll(pictures, { timeout: 20_000 }).toBeGreaterThan(2)
    } finally {
      await browser.close()
    }
  })
})
