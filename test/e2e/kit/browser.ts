// browser.ts — a headless Chromium, and people in it: each a page of their own with a barcode camera and a tone.
import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { barcodeKit } from './barcode.ts'
import { type Eyes, eyes, type Hearing, type Sight } from './eyes.ts'
import { type FakeMedia, fakeMedia } from './fake-media.ts'
import { temporaryFolder } from './folder.ts'

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
export const hasChromium = existsSync(CHROMIUM)

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
  '--autoplay-policy=no-user-gesture-required',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
]

/**
 * Starts a browser; close it with browser.close().
 * @param namespace the network namespace it lives in (see net.ts); none: this machine's own network
 * @param more further switches
 */
export function openBrowser(namespace?: string, more: readonly string[] = []): Promise<Browser> {
  let executablePath = CHROMIUM
  if (namespace) {
    executablePath = join(temporaryFolder('chromium'), 'chromium')
    writeFileSync(executablePath, `#!/bin/sh\nexec ip netns exec ${namespace} ${CHROMIUM} "$@"\n`)
    chmodSync(executablePath, 0o755)
  }
  return chromium.launch({ executablePath, args: [...ARGS, ...more], headless: true, handleSIGINT: false, handleSIGTERM: false })
}

/** The people of our tests: far enough apart in colour and in pitch to survive H.264 and Opus. */
export const CAST = [
  { name: 'Ada', colour: '#e02020', hz: 1125 },
  { name: 'Ben', colour: '#20c020', hz: 1500 },
  { name: 'Cleo', colour: '#3040f0', hz: 1875 },
  { name: 'Dan', colour: '#e0d020', hz: 2250 },
  { name: 'Eve', colour: '#c020d0', hz: 2625 },
  { name: 'Finn', colour: '#20d0d0', hz: 3000 },
] as const
export type Role = { readonly name: string; readonly colour: string; readonly hz: number }

/** One participant in a browser. */
export class Person {
  readonly role: Role
  readonly page: Page
  constructor(role: Role, page: Page) {
    this.role = role
    this.page = page
  }

  /** Opens the link, writes the name, and joins. Resolves when the page is in the room. */
  async join(url: string): Promise<void> {
    await this.open(url)
    await this.press('join')
    await this.page.getByTestId('leave').waitFor()
  }

  async open(url: string): Promise<void> {
    await this.page.goto(url)
    await this.page.getByTestId('name').fill(this.role.name)
  }

  /** Leaves the call and stands at the door again, as a page that was just opened. */
  async leave(): Promise<void> {
    await this.press('leave')
    await this.page.getByTestId('left').waitFor()
    await this.page.reload()
    await this.page.getByTestId('name').waitFor()
  }

  press(testId: string): Promise<void> {
    return this.page.getByTestId(testId).click({ timeout: 15_000 })
  }

  /** The selector of the video in the tile of somebody. */
  videoOf(name: string): string {
    return `[data-testid="tile"][data-name="${name}"] video`
  }

  /** Waits until somebody's tile says it is in this state. */
  async sees(name: string, state: 'arriving' | 'live' | 'reconnecting', timeout = 30_000): Promise<void> {
    await this.page.locator(`[data-testid="tile"][data-name="${name}"][data-state="${state}"]`).waitFor({ timeout })
  }

  async losesSightOf(name: string, timeout = 30_000): Promise<void> {
    await this.page.locator(`[data-testid="tile"][data-name="${name}"]`).waitFor({ state: 'detached', timeout })
  }

  /** The selector of the sound of somebody. */
  async soundOf(name: string): Promise<string> {
    const peer = await this.page.locator(`[data-testid="tile"][data-name="${name}"]`).getAttribute('data-peer')
    return `[data-testid="audio"][data-peer="${peer}"]`
  }

  /** Looks at a video for some ms, or until it shows a frame made after `until`. */
  look(selector: string, ms: number, until: number | null = null): Promise<Sight> {
    return this.page.evaluate(([selector, ms, until]) => (window as unknown as { parlorEyes: Eyes }).parlorEyes.look(selector, ms, until), [
      selector,
      ms,
      until,
    ] as const)
  }

  /** Looks at somebody until `count` different times were read off the picture, in the order seen; fewer after `patience` ms. */
  async watch(name: string, count: number, patience = 20_000): Promise<{ times: number[]; band: Sight['band'] }> {
    const times: number[] = []
    let band: Sight['band'] = [0, 0, 0]
    for (const end = Date.now() + patience; Date.now() < end && new Set(times).size < count; ) {
      const sight = await this.look(this.videoOf(name), 500)
      times.push(...sight.frames.flatMap(({ time }) => (time === null ? [] : [time])))
      if (sight.frames.length > 0) band = sight.band
    }
    return { times, band }
  }

  hear(selector: string, ms: number, every: number, frequencies: readonly number[]): Promise<Hearing[]> {
    return this.page.evaluate(
      ([selector, ms, every, frequencies]) => (window as unknown as { parlorEyes: Eyes }).parlorEyes.hear(selector, ms, every, frequencies),
      [selector, ms, every, frequencies] as const,
    )
  }

  close(): Promise<void> {
    return this.page.context().close()
  }
}

/** For many people on a small machine: a small page, a small camera, and no microphone, which costs more than the camera. */
export const THRIFTY = { fps: 6, width: 320, microphone: false } as const

/** A new page for somebody, with nothing open yet. Certificates are not checked: the box is its own authority. */
export async function person(browser: Browser, role: Role, media: Partial<FakeMedia> = {}): Promise<Person> {
  const context = await browser.newContext({
    ignoreHTTPSErrors: true,
    permissions: ['camera', 'microphone'],
    viewport: media.width === THRIFTY.width ? { width: 640, height: 480 } : { width: 1280, height: 800 },
  })
  const page = await context.newPage()
  await page.addInitScript(`window.parlorBarcode = (${barcodeKit})(); window.parlorEyes = (${eyes})()`)
  await page.addInitScript(fakeMedia, { screenColour: '#f08020', fps: 30, width: 640, camera: true, microphone: true, ...role, ...media })
  return new Person(role, page)
}
