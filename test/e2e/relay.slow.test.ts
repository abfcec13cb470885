// relay.slow.test.ts — `parlor relay` before a real program: two browsers at home watch by it, at live, and far away there is one viewer. When far away is
// silent they wait; when it comes back they go on; when it ends they are told.
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasChromium, openBrowser } from './kit/browser.ts'
import { ROOT } from './kit/folder.ts'
import { EACH_FRAME, type EachFrame } from './kit/frames.ts'
import { line } from './kit/line.ts'
import { type LiveProgram, liveProgram } from './kit/live-program.ts'

type Seen = { readonly age: number; readonly moved: number }

/** How old the frames of a second are, and how far it played. */
const look = (page: Page): Promise<Seen> =>
  page.evaluate(async (eyes) => {
    const eachFrame = new Function(eyes)() as EachFrame
    const video = document.querySelector('video')
    if (!video) throw new Error('no video')
    const ages: number[] = []
    const before = video.currentTime
    const stop = eachFrame(video, (age) => age !== null && ages.push(age))
    await new Promise((done) => setTimeout(done, 1000))
    stop()
    ages.sort((a, b) => a - b)
    return { age: ages[Math.floor(ages.length / 2)] ?? Number.POSITIVE_INFINITY, moved: video.currentTime - before }
  }, EACH_FRAME)
async function until(page: Page, isSo: (seen: Seen) => boolean): Promise<Seen> {
  let seen = await look(page)
  for (const end = Date.now() + 45_000; !isSo(seen) && Date.now() < end; ) seen = await look(page)
  return seen
}

describe.runIf(hasChromium)('parlor relay', () => {
  let live: LiveProgram
  let browser: Browser
  let relay: ChildProcess
  let far: Awaited<ReturnType<typeof line>>
  let said = ''
  let address = ''
  beforeAll(async () => {
    live = await liveProgram()
    far = await line(Number(new URL(live.url).port))
    const link = `http://127.0.0.1:${far.port}/w/${live.program.id}`
    relay = spawn(process.execPath, [join(ROOT, 'src/app/cli.ts'), 'relay', link, '0'], { stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [relay.stdout, relay.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        said += text
      })
    browser = await openBrowser()
    while (!said.includes('passes on the broadcast')) await new Promise((done) => setTimeout(done, 100))
    address = `http://127.0.0.1:${/:(\d+)\/w\//.exec(said.slice(said.indexOf('On any screen')))?.[1]}/w/${live.program.id}`
  })
  afterAll(async () => {
    await browser?.close()
    relay?.kill('SIGKILL')
    far?.close()
    live?.close()
  })
  const open = async (): Promise<Page> => {
    const page = await browser.newPage({ viewport: { width: 960, height: 600 } })
    await page.goto(address)
    return page
  }

  it('shows two browsers the program at live, waits and goes on with the line, and ends with it', async () => {
    const pages = [await open(), await open()]
    for (const page of pages) {
      const seen = await until(page, ({ age, moved }) => moved > 0.3 && age < 4000)
      expect(seen.age).toBeLessThan(4000)
      await page.getByTestId('checked').waitFor()
      expect(await page.getByTestId('refused').count()).toBe(0)
    }
    expect(live.origin.viewers).toBe(1)

    far.cut()
    const [page] = pages
    if (!page) return
    const still = await until(page, ({ moved }) => moved === 0)
    expect(still.moved).toBe(0)
    far.join()
    const again = await until(page, ({ age, moved }) => moved > 0.3 && age < 5000)
    expect(again.age).toBeLessThan(5000)

    for (const update of live.program.end()) live.origin.update(update)
    for (const each of pages) await each.locator('[data-testid=card][data-card=ended]').waitFor({ timeout: 45_000 })
  })

  it('ends in good order when it is told so', async () => {
    const ended = new Promise<number | null>((done) => relay.once('exit', (code) => done(code)))
    relay.kill('SIGINT')
    expect(await ended).toBe(0)
  })
})
