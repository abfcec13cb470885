// chromium.ts — the page's transport in a real Chromium, as an End of the list of promises.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { build } from 'vite'
import type { Candidate } from '../../src/call/transport.ts'
import { Refusal } from '../../src/lib/fault.ts'
import { openBrowser } from '../e2e/kit/browser.ts'
import { temporaryFolder } from '../e2e/kit/folder.ts'
import type { PageEnds, Said } from './page.ts'
import type { End } from './transport.ts'

type Name = keyof PageEnds
type Rest<N extends Name> = PageEnds[N] extends (id: number, ...rest: infer R) => unknown ? R : never
export type ChromiumEnd = Omit<End, 'play'> & {
  /** Sum of a figure of all stats of a type (W3C webrtc-stats). */
  figures(type: string, name: string): Promise<number>
  play(width?: number, height?: number): Promise<void>
}

export class Chromium {
  readonly #browser: Browser
  readonly #page: Page

  private constructor(browser: Browser, page: Page) {
    this.#browser = browser
    this.#page = page
  }

  static async open(): Promise<Chromium> {
    const folder = temporaryFolder('contract')
    const entry = join(import.meta.dirname, 'page.ts')
    const lib = { entry, formats: ['iife' as const], name: 'parlor', fileName: () => 'page.js' }
    await build({ configFile: false, logLevel: 'error', build: { outDir: folder, lib } })
    const browser = await openBrowser()
    const page = await browser.newPage()
    await page.goto('about:blank')
    await page.addScriptTag({ content: readFileSync(join(folder, 'page.js'), 'utf8') })
    return new Chromium(browser, page)
  }

  close(): Promise<void> {
    return this.#browser.close()
  }

  async end(): Promise<ChromiumEnd> {
    const page = this.#page
    const id = await page.evaluate(() => (window as unknown as { parlorEnds: PageEnds }).parlorEnds.open())
    const ask = <N extends Name>(name: N, ...rest: Rest<N>) =>
      page.evaluate(
        ([name, id, rest]) => {
          const { parlorEnds } = window as unknown as { parlorEnds: Record<string, (...all: unknown[]) => unknown> }
          return parlorEnds[name]?.(id, ...rest)
        },
        [name as string, id, rest as unknown[]] as const,
      ) as Promise<Awaited<ReturnType<PageEnds[N]>>>
    const taken = async <T>(answer: Promise<Said<T>>): Promise<T> => {
      const said = await answer
      if ('refused' in said) throw new Refusal('bad-message', said.refused)
      return said.value
    }
    let open = true
    return {
      offer: (options) => taken(ask('offer', options)),
      answer: (offer) => taken(ask('answer', offer)),
      accept: (answer) => taken(ask('accept', answer)),
      addCandidate: (candidate) => ask('addCandidate', candidate),
      fingerprints: () => ask('fingerprints'),
      send: (text) => ask('send', text),
      release: () => ask('release'),
      close: () => {
        open = false
        return ask('close')
      },
      opened: () => ask('opened'),
      messages: () => ask('messages'),
      onCandidate: async (take) => {
        const follow = async () => {
          while (open) {
            for (const candidate of (await ask('candidates')) as Candidate[]) take(candidate)
            await sleep(20)
          }
        }
        follow().catch(() => {}) // the browser is gone
      },
      odd: () => ask('odd'),
      play: (width, height) => ask('play', width, height),
      heard: () => ask('heard'),
      figures: (type, name) => ask('figures', type, name),
    }
  }
}
