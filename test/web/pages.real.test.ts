// pages.real.test.ts — the pages in a real browser, over the box's own web server and broker: pages in one room see and hear each
// other, people are told what is the matter, and who closes the tab is gone.
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { codeOf, linkOf, newSecret } from '../../src/room/link.ts'
import { CAST, hasChromium, openBrowser, type Person, person, type Role } from '../e2e/kit/browser.ts'
import type { FakeMedia } from '../e2e/kit/fake-media.ts'
import { type House, openHouse } from './pages/house.ts'

const [ADA, BEN, CLEO] = CAST
/** The smallest JPEG there is room for: one grey dot. */
const DOT = Buffer.from(
  '/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AN//Z',
  'base64',
)

describe.skipIf(!hasChromium)('the pages', () => {
  let browser: Browser
  let house: House
  const here: Person[] = []

  beforeAll(async () => {
    browser = await openBrowser()
    house = await openHouse({ link: 'http://localhost/r#HOME', picture: DOT })
  })
  afterEach(async () => {
    await Promise.all(here.splice(0).map((one) => one.close()))
  })
  afterAll(async () => {
    await browser?.close()
    await house?.close()
  })

  const newLink = () => linkOf(house.origin, newSecret())
  const arrive = async (role: Role, media: Partial<FakeMedia> = {}): Promise<Person> => {
    const one = await person(browser, role, { width: 640, fps: 15, ...media })
    here.push(one)
    return one
  }
  const emojiOf = (one: Person, name: string) =>
    one.page.locator(`[data-testid="tile"][data-name="${name}"] [data-testid="emoji"]`).getAttribute('data-emoji')
  /** Frames that show a time later than the frame before: the picture moves. */
  const moves = async (one: Person, name: string) => {
    const { frames } = await one.look(one.videoOf(name), 8000, Date.now() + 500)
    const times = new Set(frames.flatMap(({ time }) => (time === null ? [] : [time])))
    return times.size
  }
  const loudest = async (one: Person, name: string, asked: readonly number[]) => {
    const [hearing] = (await one.hear(await one.soundOf(name), 3000, 3000, asked)).slice(-1)
    return asked.toSorted((a, b) => (hearing?.db[b] ?? -200) - (hearing?.db[a] ?? -200))[0]
  }

  test('two pages in one room see and hear each other, with the same four emoji', async () => {
    const link = newLink()
    const ada = await arrive(ADA)
    const ben = await arrive(BEN)
    await ada.join(link)
    await ben.join(link)
    await Promise.all([ada.sees('Ben', 'live'), ben.sees('Ada', 'live')])
    expect(await moves(ada, 'Ben')).toBeGreaterThan(1)
    expect(await moves(ben, 'Ada')).toBeGreaterThan(1)
    expect(await loudest(ada, 'Ben', [ADA.hz, BEN.hz, CLEO.hz])).toBe(BEN.hz)
    const emoji = await emojiOf(ada, 'Ben')
    expect(emoji?.split(' ')).toHaveLength(4)
    expect(await emojiOf(ben, 'Ada')).toBe(emoji)
    expect(await ada.page.getByTestId('notice').allTextContents()).toEqual([])
    const secret = link.slice(link.indexOf('#') + 1)
    expect(house.heard.length).toBeGreaterThan(0)
    expect(house.heard.some((bytes) => bytes.includes(secret) || bytes.includes(secret.replaceAll('-', '')))).toBe(false)
  })

  test('muting, the camera and a shared screen are seen at the other end', async () => {
    const link = newLink()
    const ada = await arrive(ADA)
    const ben = await arrive(BEN)
    await ada.join(link)
    await ben.join(link)
    await ada.sees('Ben', 'live')
    const tile = ada.page.locator('[data-testid="tile"][data-name="Ben"]')
    await ben.press('mute')
    await ada.page.locator('[data-testid="tile"][data-name="Ben"][data-muted="true"]').waitFor()
    // A tone at his microphone is speech to the page: it tells him that nobody hears it.
    await ben.page.locator('[data-testid="notice"][data-kind="muted"]').waitFor()
    await ben.page.keyboard.press('m')
    await ada.page.locator('[data-testid="tile"][data-name="Ben"][data-muted="false"]').waitFor()
    await ben.page.keyboard.press('v')
    await ada.page.locator('[data-testid="tile"][data-name="Ben"][data-camera="false"]').waitFor()
    expect(await tile.textContent()).toContain('Camera off')
    await ben.press('camera')
    await ada.page.locator('[data-testid="tile"][data-name="Ben"][data-camera="true"]').waitFor()
    expect(await moves(ada, 'Ben')).toBeGreaterThan(1)
    await ben.press('share')
    await ada.page.getByTestId('shared-video').waitFor()
    expect((await ada.look('[data-testid="shared-video"]', 10_000, Date.now())).size[0]).toBeGreaterThan(0)
    await ben.press('share')
    await ada.page.getByTestId('shared').waitFor({ state: 'detached' })
  })

  test('who closes the tab is gone, and who leaves too', async () => {
    const link = newLink()
    const [ada, ben, cleo] = [await arrive(ADA), await arrive(BEN), await arrive(CLEO)]
    for (const one of [ada, ben, cleo]) await one.join(link)
    await Promise.all([ada.sees('Ben', 'live'), ada.sees('Cleo', 'live')])
    await cleo.page.goto('about:blank')
    await ada.losesSightOf('Cleo', 8000)
    await ben.press('leave')
    await ada.losesSightOf('Ben', 8000)
    expect(await ben.page.getByTestId('left').count()).toBe(1)
    await ada.page.getByText('Nobody else is here yet').waitFor()
  })

  test('without a camera one joins with sound, and is told', async () => {
    const link = newLink()
    const ada = await arrive(ADA, { camera: false })
    const ben = await arrive(BEN)
    await ada.join(link)
    await ben.join(link)
    await ben.sees('Ada', 'live')
    expect(await ada.page.getByTestId('notice').textContent()).toContain('No camera was found')
    await ben.page.locator('[data-testid="tile"][data-name="Ada"][data-camera="false"][data-muted="false"]').waitFor()
    expect(await loudest(ben, 'Ada', [ADA.hz, BEN.hz])).toBe(ADA.hz)
  })

  test('without camera and microphone one watches', async () => {
    const ada = await arrive(ADA, { camera: false, microphone: false })
    await ada.open(newLink())
    await ada.press('with-camera')
    await ada.press('with-microphone')
    expect(await ada.page.getByTestId('join').textContent()).toBe('Join just to watch and listen')
    await ada.press('join')
    await ada.page.getByTestId('leave').waitFor()
    expect(await ada.page.getByTestId('notice').count()).toBe(0)
  })

  test('a camera that is refused is explained at the door, and the way in stays open', async () => {
    const ada = await arrive(ADA)
    await ada.page.addInitScript(() => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'))
    })
    await ada.open(newLink())
    await ada.press('join')
    await ada.page.getByText('This page may not use the camera.').waitFor()
    await ada.press('join')
    await ada.page.getByTestId('leave').waitFor()
  })

  test('the broker goes and comes back: those who are here stay, and people are told', async () => {
    const link = newLink()
    const ada = await arrive(ADA)
    const ben = await arrive(BEN)
    await ada.join(link)
    await ben.join(link)
    await ada.sees('Ben', 'live')
    house.setBroker(false)
    await ada.page.locator('[data-testid="notice"][data-kind="broker-away"]').waitFor()
    expect(await moves(ada, 'Ben')).toBeGreaterThan(1)
    house.setBroker(true)
    await ada.page.locator('[data-testid="notice"][data-kind="broker-away"]').waitFor({ state: 'detached' })
    await ada.sees('Ben', 'live')
  })

  test('a link that is not complete gets a sentence, and a whole one a door', async () => {
    const ada = await arrive(ADA)
    await ada.page.goto(`${house.origin}/r`)
    expect(await ada.page.getByRole('alert').textContent()).toContain('the part that begins with # is missing')
    await ada.page.goto(`${house.origin}/r#K7QF-12`)
    await ada.page.getByText('is not the code of a room').waitFor()
    await ada.page.goto(`${house.origin}/?from=test`)
    await ada.page.getByTestId('link').fill('nonsense')
    await ada.press('go')
    await ada.page.getByRole('alert').waitFor()
    expect(await ada.page.getByTestId('call-this-box').getAttribute('href')).toBe('http://localhost/r#HOME')
    await ada.page.getByTestId('link').fill(codeOf(newSecret()).toLowerCase())
    await ada.press('go')
    await ada.page.getByTestId('join').waitFor()
  })

  test('the TV’s picture comes by itself', async () => {
    const ada = await arrive(ADA)
    await ada.page.goto(`${house.origin}/tv`)
    await ada.page.locator('[data-testid="tv"][data-state="live"]').waitFor()
    expect(await ada.page.getByTestId('notice').count()).toBe(0)
  })
})
