// remote.test.ts — a real phone browser as the remote of a real box: paired by code and by QR link, it controls a call, sees at once
// what changes at the box, outlives its restart, and is turned away when it should be.
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Box } from './kit/box.ts'
import { CAST, hasChromium, openBrowser, type Person, person, THRIFTY } from './kit/browser.ts'
import { artefact, temporaryFolder } from './kit/folder.ts'

const BOUND = { timeout: 15_000, interval: 50 }
const [ADA] = CAST
type Paired = { readonly link: string; readonly code: string | null }

describe.skipIf(!hasChromium)('a phone as the remote', () => {
  const data = temporaryFolder('box')
  const contexts: BrowserContext[] = []
  let browser: Browser
  let box: Box
  let anna: Page
  let ben: Page
  let ada: Person
  beforeAll(async () => {
    ;[box, browser] = await Promise.all([Box.start({}, { join: false, data }), openBrowser()])
  })
  afterAll(async () => {
    await browser?.close()
    await box?.stop()
  })

  const phone = async (locale = 'en-GB'): Promise<Page> => {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, locale })
    contexts.push(context)
    return context.newPage()
  }
  const pair = async () => (await box.parlor('pair')) as Paired
  const remote = () => `${box.origin}/remote`
  const press = (page: Page, testId: string) => page.getByTestId(testId).tap({ timeout: 15_000 })
  const shows = (page: Page, selector: string) => page.locator(selector).waitFor({ timeout: 15_000 })
  const photo = (page: Page, file: string) => page.screenshot({ path: artefact('remote', file), animations: 'disabled' })
  const actual = async () => (await box.status()).actual
  const typeCode = async (page: Page, code: string) => {
    await page.getByTestId('code').fill(code)
    await press(page, 'pair-by-code')
  }

  test('it is paired by the six digits, after somebody at the box has compared the words', async () => {
    anna = await phone()
    await anna.goto(remote())
    expect(await anna.getByTestId('code').evaluate((field) => field === document.activeElement)).toBe(true)
    await photo(anna, 'pair.png')
    await anna.getByTestId('name').fill('Anna’s phone')
    const { code } = await pair()
    await typeCode(anna, code ?? '')
    await shows(anna, '[data-testid="words"]')
    expect(await anna.getByTestId('words').locator('li').count()).toBe(4)
    await photo(anna, 'compare.png')
    await box.parlor('pair', 'yes')
    await shows(anna, '[data-testid="remote"][data-now="connected"]')
    await press(anna, 'paired-ok')
    expect(await anna.getByTestId('title').textContent()).toBe('Living room')
    await photo(anna, 'home.png')
  })

  test('the page can be installed', async () => {
    const devtools = await anna.context().newCDPSession(anna)
    const { errors } = await devtools.send('Page.getAppManifest')
    expect(errors).toEqual([])
    const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors')
    // The windows of tests are private ones; that is all that Chromium has against it.
    expect(installabilityErrors.map(({ errorId }) => errorId)).toEqual(['in-incognito'])
  })

  test('another one is paired by the QR link with one tap, and the secret leaves the address', async () => {
    ben = await phone('de-DE')
    const { link } = await pair()
    await ben.goto(`${remote()}${new URL(link).hash}`)
    await ben.getByTestId('name').fill('Bens Telefon')
    await press(ben, 'pair-by-qr')
    await shows(ben, '[data-testid="remote"][data-now="connected"]')
    expect(ben.url()).toBe(remote())
    expect(await box.parlor('phones')).toMatchObject([{ name: 'Anna’s phone' }, { name: 'Bens Telefon' }])
    await photo(ben, 'paired-german.png')
    await press(ben, 'paired-ok')
  })

  test('somebody rings: it shows who, and answers', async () => {
    ada = await person(browser, ADA, { ...THRIFTY, camera: false })
    await ada.open(await box.room())
    await ada.press('join')
    await shows(anna, '[data-testid="ringing"]')
    expect(await anna.getByTestId('cried').textContent()).toBe('It rings: Ada')
    await photo(anna, 'ringing.png')
    await press(anna, 'answer')
    await shows(anna, '[data-testid="person"][data-name="Ada"]')
    await expect.poll(() => anna.getByTestId('line').textContent(), BOUND).toBe('In a call with Ada')
    await expect.poll(async () => (await box.status()).people.map(({ name }) => name), BOUND).toEqual(['Ada'])
  })

  test('it mutes, sets volume and layout: done at the box, and shown because it is done', async () => {
    await press(anna, 'mute')
    await shows(anna, '[data-testid="mute"][data-muted="true"]')
    expect((await actual()).muted).toBe(true)
    expect(await anna.getByTestId('said').textContent()).toBe('Muted.')
    await press(anna, 'louder')
    await shows(anna, '[data-testid="volume-is"][data-percent="85"]')
    await anna.getByTestId('volume').fill('40')
    await shows(anna, '[data-testid="volume-is"][data-percent="40"]')
    expect((await actual()).volume).toBe(40)
    await press(anna, 'layout-grid')
    await shows(anna, '[data-testid="layout"][data-layout="grid"]')
    expect((await box.status()).wanted).toMatchObject({ layout: 'grid' })
    await photo(anna, 'call.png')
    // The other phone sees the same, without having asked.
    await shows(ben, '[data-testid="mute"][data-muted="true"]')
    expect(await ben.getByTestId('volume-is').textContent()).toBe('40 %')
  })

  test('what changes at the box is seen at once', async () => {
    await box.parlor('unmute')
    await shows(anna, '[data-testid="mute"][data-muted="false"]')
    await box.parlor('quiet', 'on')
    await shows(anna, '[data-testid="quiet"][aria-checked="true"]')
    await box.parlor('quiet', 'off')
    await shows(anna, '[data-testid="quiet"][aria-checked="false"]')
  })

  test('it hangs up', async () => {
    await press(anna, 'hang-up')
    await shows(anna, '[data-testid="call"]')
    await expect.poll(async () => (await box.status()).inCall, BOUND).toBe(false)
    await ada.close()
  })

  test('it looks at the TV, at the settings and at what the doctor says', async () => {
    await press(anna, 'look')
    await anna.locator('img[data-testid="tv-picture"]').waitFor()
    await press(anna, 'to-more')
    await press(anna, 'to-settings')
    await anna.getByTestId('section-box').locator('summary').tap()
    await anna.getByTestId('box-name').fill('Parlour')
    await anna.getByTestId('box-name').blur()
    await shows(anna, '[data-testid="setting-box.name"][data-outcome="saved"]')
    await photo(anna, 'settings.png')
  })

  test('while the box is away nothing can be asked; after its restart it is there again, with the new name', async () => {
    await press(anna, 'to-home')
    const port = new URL(box.origin).port
    await box.stop()
    await shows(anna, '[data-testid="away"]')
    expect(await anna.locator('.middle button:enabled, .dock button:enabled').count()).toBe(0)
    await photo(anna, 'away.png')
    box = await Box.start({ PARLOR_WEB__HTTP: port }, { join: false, data })
    await shows(anna, '[data-testid="remote"][data-now="connected"]')
    expect(await anna.getByTestId('title').textContent()).toBe('Parlour')
    await shows(ben, '[data-testid="remote"][data-now="connected"]')
  })

  test('a phone that was removed is turned away at once', async () => {
    await box.parlor('phones', 'remove', 'Bens Telefon')
    await shows(ben, '[data-testid="removed"]')
    await ben.reload()
    await shows(ben, '[data-testid="code"]')
  })

  test('three wrong codes lock the code, and it is said how many tries are left', async () => {
    const { code } = await pair()
    const wrong = code === '123456' ? '654321' : '123456'
    const told: Array<string | null> = []
    for (let tries = 0; tries < 4; tries++) {
      await typeCode(ben, wrong)
      await shows(ben, '[data-testid="pair-trouble"]')
      told.push(await ben.getByTestId('pair-trouble').textContent())
    }
    expect(told.map((sentence) => /Zu viele|Ein|2|Kein/.exec(sentence ?? '')?.[0])).toEqual(['2', 'Ein', 'Kein', 'Zu viele'])
    expect(((await pair()) as Paired).code).toBe(null)
    await photo(ben, 'locked-german.png')
  })
})
