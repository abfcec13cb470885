// network.test.ts — a participant whose network dies is shown as reconnecting and comes back without anybody's help; one who
// closes the tab is gone. Promised are 3 s and 2 s; the bounds here are wide, `npm run bench -- recovery` has the figures.
import { execFileSync } from 'node:child_process'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Box } from './kit/box.ts'
import { CAST, hasChromium, openBrowser, type Person, person } from './kit/browser.ts'
import { artefact } from './kit/folder.ts'
import { Cable, whyNoNamespaces } from './kit/net.ts'
import { BOX } from './kit/stage.ts'
import { tvPicture } from './kit/tv.ts'

const stateOf = async (box: Box, name: string) => (await box.status()).people.find((p) => p.name === name)?.state ?? 'gone'
const BOUND = { timeout: 10_000, interval: 100 }
const ada = CAST[0]

const why = whyNoNamespaces()
if (why) console.warn(`no network namespaces here, so no cable is pulled: ${why}`)
describe.skipIf(why !== null || !hasChromium)('a page on the other end of a cable', () => {
  let cable: Cable
  let box: Box
  let browser: Browser
  let page: Person
  beforeAll(async () => {
    cable = new Cable()
    box = await Box.start()
    browser = await openBrowser(cable.namespace)
    page = await person(browser, ada)
    await page.join(await box.room(`https://${cable.here}:${box.httpsPort}`))
    await page.sees(BOX.name, 'live')
  })
  afterAll(async () => {
    await browser?.close()
    await box?.stop()
    cable?.[Symbol.dispose]()
  })

  test('is shown as reconnecting when the cable is pulled, and is back by itself when it is plugged in', async () => {
    await expect.poll(() => stateOf(box, ada.name), BOUND).toBe('live')
    cable.pull()
    await expect.poll(() => stateOf(box, ada.name), BOUND).toBe('reconnecting')
    await tvPicture(box.origin, artefact('network', 'tv-reconnecting.jpg'))
    await page.sees(BOX.name, 'reconnecting', 10_000)
    cable.plug()
    await expect.poll(() => stateOf(box, ada.name), { timeout: 30_000, interval: 100 }).toBe('live')
    await page.sees(BOX.name, 'live')
    const pictures = async () => (await page.look(page.videoOf(BOX.name), 1000)).frames.length
    await expect.poll(pictures, { timeout: 20_000 }).toBeGreaterThan(2)
    await tvPicture(box.origin, artefact('network', 'tv-back.jpg'))
  })

  test('is back also after a second time', async () => {
    cable.pull()
    await expect.poll(() => stateOf(box, ada.name), BOUND).toBe('reconnecting')
    cable.plug()
    await expect.poll(() => stateOf(box, ada.name), { timeout: 30_000, interval: 100 }).toBe('live')
  })
})

describe.skipIf(!hasChromium)('a page on this machine', () => {
  let box: Box
  let browser: Browser
  let page: Person
  beforeAll(async () => {
    box = await Box.start()
    browser = await openBrowser()
    page = await person(browser, ada)
    await page.join(await box.room())
    await page.sees(BOX.name, 'live')
  })
  afterAll(async () => {
    await browser?.close()
    await box?.stop()
  })

  test('that freezes is shown as reconnecting, and is live again when it thaws', async () => {
    await expect.poll(() => stateOf(box, ada.name), BOUND).toBe('live')
    const frozen = processesOf(browser)
    expect(frozen.length).toBeGreaterThan(2)
    try {
      for (const pid of frozen) process.kill(pid, 'SIGSTOP')
      await expect.poll(() => stateOf(box, ada.name), BOUND).toBe('reconnecting')
    } finally {
      for (const pid of frozen) process.kill(pid, 'SIGCONT')
    }
    await expect.poll(() => stateOf(box, ada.name), { timeout: 30_000, interval: 100 }).toBe('live')
  })

  test('that is closed is gone', async () => {
    await page.close()
    await expect.poll(() => stateOf(box, ada.name), BOUND).toBe('gone')
    await tvPicture(box.origin, artefact('network', 'tv-gone.jpg'))
  })
})

/** The processes of a browser: all that descend from this one and carry Chromium's name. */
function processesOf(browser: Browser): number[] {
  if (!browser.isConnected()) throw new Error('the browser has gone')
  const all = execFileSync('ps', ['-e', '-o', 'pid=,ppid=,comm='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .map(([pid, parent, ...name]) => ({ pid: Number(pid), parent: Number(parent), name: name.join(' ') }))
  const below = (pid: number): typeof all => all.filter((p) => p.parent === pid).flatMap((p) => [p, ...below(p.pid)])
  return below(process.pid)
    .filter(({ name }) => name.startsWith('chrom'))
    .map(({ pid }) => pid)
}
