// The viewer's page in a real browser, before a program that GStreamer makes: it plays at live, goes back in time, talks; and it shows nothing that was
// not signed, whatever lies between it and the box.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OriginAnswer } from '../../src/broadcast/origin.ts'
import { kbps } from '../../src/lib/unit.ts'
import { newIdentity } from '../../src/room/identity.ts'
import { hasChromium, openBrowser } from './kit/browser.ts'
import { EACH_FRAME, type EachFrame } from './kit/frames.ts'
import { type LiveProgram, liveProgram } from './kit/live-program.ts'
import { type Between, openViewHouse, type ViewHouse } from './kit/view-house.ts'

type Seen = { readonly ages: readonly number[]; readonly blue: number; readonly frames: number; readonly moved: number }
type Watched = { readonly put: string[] }

/** Looks at the picture for so long: how old each frame is, how many are of the colour that was sent. */
const look = (page: Page, ms: number): Promise<Seen> =>
  page.evaluate(
    async ({ ms, eyes }) => {
      const eachFrame = new Function(eyes)() as EachFrame
      const video = document.querySelector('video')
      if (!video) throw new Error('no video')
      const ages: number[] = []
      let [blue, frames] = [0, 0]
      const before = video.currentTime
      const stop = eachFrame(video, (age, points) => {
        frames++
        if (age !== null) ages.push(age)
        const [r = 0, g = 0, b = 0] = points.subarray((200 * 640 + 320) * 4)
        if (b > 150 && r < 100 && g < 140) blue++
      })
      await new Promise((done) => setTimeout(done, ms))
      stop()
      return { ages: ages.sort((a, b) => a - b), blue, frames, moved: video.currentTime - before }
    },
    { ms, eyes: EACH_FRAME },
  )
const middle = ({ ages }: Seen): number => ages[Math.floor(ages.length / 2)] ?? Number.NaN

/** Looks again and again until it is so; the last that was seen. */
async function until(page: Page, isSo: (seen: Seen) => boolean, patience = 45_000): Promise<Seen> {
  let seen = await look(page, 1000)
  for (const end = Date.now() + patience; !isSo(seen) && Date.now() < end; ) seen = await look(page, 1000)
  return seen
}
const isMoving = ({ ages, moved }: Seen): boolean => ages.length > 5 && moved > 0.3

async function open(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  // The names of all bytes that are ever given to the player.
  await page.addInitScript(() => {
    const watched: Watched = { put: [] }
    Object.assign(globalThis, { parlorWatched: watched })
    const append = SourceBuffer.prototype.appendBuffer
    SourceBuffer.prototype.appendBuffer = function (bytes) {
      const copy = bytes instanceof ArrayBuffer ? bytes.slice(0) : bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
      void crypto.subtle.digest('SHA-256', copy as ArrayBuffer).then((hash) => {
        watched.put.push([...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join(''))
      })
      append.call(this, bytes)
    }
  })
  await page.goto(url)
  return page
}
const putIn = (page: Page): Promise<string[]> =>
  page.evaluate(() => (globalThis as unknown as { parlorWatched: Watched }).parlorWatched.put)
const card = (page: Page, is: string) => page.locator(`[data-testid=card][data-card=${is}]`)

describe.runIf(hasChromium)('the page of a program', () => {
  const identity = newIdentity()
  const signed = new Set<string>()
  let house: ViewHouse
  let live: LiveProgram
  let browser: Browser
  beforeAll(async () => {
    house = await openViewHouse(identity)
    live = await liveProgram((update) => {
      for (const { promise } of update.objects) signed.add(promise.name)
      house.take([update])
    }, identity)
    browser = await openBrowser()
    while (!house.origin.live.tracks.every(({ segments }) => segments.length > 2) || house.origin.live.tracks.length < 2)
      await new Promise((done) => setTimeout(done, 100))
  })
  afterAll(async () => {
    await browser?.close()
    live?.close()
    house?.close()
  })

  it('plays at live, goes back in time while the program goes on, and comes back to live', async () => {
    const page = await open(browser, house.url)
    const seen = await until(page, (each) => isMoving(each) && middle(each) < 3000)
    expect(middle(seen)).toBeLessThan(3000)
    expect(seen.blue).toBeGreaterThan(seen.frames * 0.9)
    await page.locator('[data-testid=live][data-live=true]').waitFor()
    await page.getByTestId('viewers').waitFor()
    await page.getByTestId('checked').waitFor()
    // There is something to go back to.
    while (house.origin.live.tracks.some(({ segments }) => segments.length < 12)) await new Promise((done) => setTimeout(done, 200))
    await page.keyboard.press('ArrowLeft')
    const back = await until(page, (each) => isMoving(each) && middle(each) > 8000)
    expect(middle(back)).toBeGreaterThan(8000)
    expect(middle(back)).toBeLessThan(20_000)
    expect(await page.getByTestId('live').getAttribute('data-live')).toBe('false')
    await page.keyboard.press('l')
    const again = await until(page, (each) => isMoving(each) && middle(each) < 3000)
    expect(middle(again)).toBeLessThan(3000)
    expect(await page.getByTestId('refused').count()).toBe(0)
    const put = await putIn(page)
    expect(put.length).toBeGreaterThan(50)
    expect(put.filter((name) => !signed.has(name))).toEqual([])
    await page.close()
  })

  it('pauses, and goes on where it was', async () => {
    const page = await open(browser, house.url)
    await until(page, isMoving)
    await page.keyboard.press(' ')
    await page.waitForFunction(() => document.querySelector('video')?.paused)
    const at = await page.evaluate(() => document.querySelector('video')?.currentTime ?? 0)
    await page.waitForTimeout(1500)
    await page.getByTestId('play').click()
    await until(page, isMoving)
    const then = await page.evaluate(() => document.querySelector('video')?.currentTime ?? 0)
    expect(then).toBeGreaterThan(at)
    await page.close()
  })

  it('carries what one viewer says to the other as mere text, until a moderator takes it back', async () => {
    const page = await open(browser, house.url)
    const second = await (await browser.newContext()).newPage()
    await second.goto(house.moderatorUrl)
    expect(new URL(second.url()).hash).toBe('')
    const words = 'Bravo! <img src=x onerror="document.title=1"> <script>document.title=2</script>'
    await page.getByTestId('chat-name').fill('Ada')
    await page.getByTestId('chat-text').fill(words)
    await page.getByTestId('send').click()
    for (const each of [page, second]) {
      const message = each.getByTestId('message')
      await message.waitFor()
      expect(await message.locator('.said-text').textContent()).toBe(words)
      expect(await message.locator('img, script').count()).toBe(0)
      expect(await each.title()).toContain('A concert in the kitchen')
    }
    // One's own can be taken back, others' only by moderators.
    expect(await page.getByTestId('mute-person').count()).toBe(0)
    await second.getByTestId('mute-person').click()
    for (const each of [page, second]) await each.getByTestId('message').waitFor({ state: 'detached' })
    await page.getByTestId('chat-text').fill('I am still here')
    await page.getByTestId('send').click()
    await page.getByTestId('chat-trouble').waitFor()
    expect(await page.getByTestId('chat-text').inputValue()).toBe('I am still here')
    expect(await second.getByTestId('message').count()).toBe(0)
    await second.context().close()
    await page.close()
  })

  const bodyOf = ({ body }: OriginAnswer): Uint8Array => (typeof body === 'string' ? new TextEncoder().encode(body) : body)
  const flip = (answer: OriginAnswer): OriginAnswer => {
    const body = Uint8Array.from(bodyOf(answer))
    const at = Math.floor(body.length / 2)
    body[at] = (body[at] ?? 0) ^ 16
    return { ...answer, body }
  }
  const isObject = (path: string): boolean => path.startsWith('/o/') || path.endsWith('.m4s')
  let first: string | null = null
  const evils: ReadonlyArray<readonly [string, Between]> = [
    ['flips a bit in every object', (path, answer) => (isObject(path) && answer.status === 200 ? flip(answer) : answer)],
    [
      'changes entries',
      (path, answer) => {
        if (!path.endsWith('/manifest') || answer.status !== 200) return answer
        const lines = String(answer.body).split('\n').filter(Boolean)
        const body = lines.map((line) => `${line.slice(0, 120)}${line[120] === 'A' ? 'B' : 'A'}${line.slice(121)}\n`).join('')
        return { ...answer, body }
      },
    ],
    [
      'replays an entry in the place of new ones',
      (path, answer) => {
        if (!path.endsWith('/manifest') || answer.status !== 200 || String(answer.body) === '') return answer
        first ??= String(answer.body).split('\n')[0] ?? ''
        return { ...answer, body: `${first}\n` }
      },
    ],
    [
      "gives another broadcaster's objects for ours",
      (path, answer) =>
        isObject(path) && answer.status === 200 ? { ...answer, body: new Uint8Array(bodyOf(answer).length).fill(7) } : answer,
    ],
  ]
  for (const [what, between] of evils)
    it(`shows nothing of a way that ${what}, says so, and goes on when the way is honest again`, async () => {
      const page = await open(browser, house.url)
      await until(page, isMoving)
      try {
        house.between = between
        await page.getByTestId('refused').waitFor({ timeout: 45_000 })
        expect(await page.getByTestId('refused').textContent()).toContain('What was changed is not shown')
        await page.waitForTimeout(1500)
      } finally {
        house.between = null
      }
      const after = await until(page, (each) => isMoving(each) && middle(each) < 4000, 60_000)
      expect(middle(after)).toBeLessThan(4000)
      const put = await putIn(page)
      expect(put.length).toBeGreaterThan(10)
      expect(put.filter((name) => !signed.has(name))).toEqual([])
      await page.close()
    })

  it('says that the line is lost, and goes on by itself', async () => {
    const page = await open(browser, house.url)
    await until(page, isMoving)
    house.between = () => null
    await card(page, 'away').waitFor({ timeout: 45_000 })
    house.between = null
    const after = await until(page, (each) => isMoving(each) && middle(each) < 4000, 60_000)
    expect(middle(after)).toBeLessThan(4000)
    expect(await card(page, 'away').count()).toBe(0)
    await page.close()
  })

  it('says when the program has ended, and plays it again from the beginning', async () => {
    const page = await open(browser, house.url)
    await until(page, isMoving)
    house.take(live.program.end())
    await card(page, 'ended').waitFor({ timeout: 45_000 })
    // Who comes only now is told so as well.
    const late = await open(browser, house.url)
    await card(late, 'ended').waitFor({ timeout: 45_000 })
    await late.getByTestId('from-start').click()
    const again = await until(late, (each) => isMoving(each) && middle(each) > 8000)
    expect(middle(again)).toBeGreaterThan(8000)
    await late.close()
    await page.close()
  })
})

describe.runIf(hasChromium)('the page of a program that is not there', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
  })

  it('counts down to what was announced', async () => {
    const house = await openViewHouse(newIdentity())
    house.said.begins = Date.now() + 3_600_000
    const page = await open(browser, house.url)
    await card(page, 'soon').waitFor()
    await page.getByTestId('countdown').waitFor()
    expect(await page.getByTestId('countdown').textContent()).toMatch(/^(1:00:00|59:\d\d)$/)
    await page.close()
    house.close()
  })

  it('says that every seat is taken', async () => {
    const identity = newIdentity()
    const house = await openViewHouse(identity, { limits: { egress: kbps(100_000), seats: 0 } })
    const page = await open(browser, house.url)
    await card(page, 'full').waitFor()
    await page.close()
    house.close()
  })

  it('says of an address that names none that it leads nowhere', async () => {
    const house = await openViewHouse(newIdentity())
    const page = await open(browser, house.url.replace(/[^/]*$/, 'nonsense'))
    await page.getByRole('alert').waitFor()
    await page.close()
    house.close()
  })
})
