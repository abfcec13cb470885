// ground.ts — two networks with one bad line between them: callers here, those who look on there. And what is watched in a page there.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { keepConnections } from '../../test/e2e/kit/connections.ts'
import { BadCable, type Passage } from '../../test/e2e/net/cable.ts'
import { addNamespace, ip, nameOf, removeNamespace, tidy } from '../../test/e2e/net/netns.ts'
import { LINE } from './course.ts'

export class Ground implements Disposable {
  readonly here = nameOf('here')
  readonly there = nameOf('there')
  /** The caller's address. */
  readonly address = '10.77.0.1'
  readonly line: BadCable
  #passages: Passage[] = []

  constructor() {
    tidy()
    addNamespace(this.here)
    addNamespace(this.there)
    this.line = new BadCable(this.here, 'eth0', this.there, 'eth0', LINE)
    ip([`addr add ${this.address}/24 dev eth0`], this.here)
    ip(['addr add 10.77.0.2/24 dev eth0'], this.there)
    this.line.watch((passage) => void this.#passages.push(passage))
  }

  /** Does something while the line carries all there is, and lets what comes after it settle. */
  async fast(act: () => Promise<void>): Promise<void> {
    this.line.rate = 0
    await act()
    await sleep(1000)
    this.line.rate = LINE.rate
  }

  /** All that came to the line since it was last asked. */
  passed(): readonly Passage[] {
    const passages = this.#passages
    this.#passages = []
    return passages
  }

  [Symbol.dispose](): void {
    this.line[Symbol.dispose]()
    removeNamespace(this.here)
    removeNamespace(this.there)
  }
}

type Watched = { adaptShown: number[]; adaptConnections: RTCPeerConnection[] }

/** Before a page is opened. */
export async function prepare(page: Page): Promise<void> {
  await keepConnections(page, 'adaptConnections')
  await page.addInitScript(() => Object.assign(window, { adaptShown: [] }))
}

/** Notes when each picture of a video is shown, from now on. Resolves with the first, in Date.now(). */
export const watchVideo = (page: Page, selector: string): Promise<number> =>
  page.evaluate(
    (selector) =>
      new Promise<number>((first) => {
        const video = document.querySelector(selector)
        if (!(video instanceof HTMLVideoElement)) throw new Error(`the page has no ${selector}`)
        const { adaptShown } = window as unknown as Watched
        const frame = () => {
          adaptShown.push(Date.now())
          first(adaptShown[0] ?? 0)
          video.requestVideoFrameCallback(frame)
        }
        video.requestVideoFrameCallback(frame)
      }),
    selector,
  )

export const shownIn = (page: Page): Promise<number[]> => page.evaluate(() => (window as unknown as Watched).adaptShown)

/** Bytes of pictures and sound that have come to a page, over all of its connections. */
export const bytesIn = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    let sum = 0
    for (const connection of (window as unknown as Watched).adaptConnections) {
      if (connection.connectionState === 'closed') continue
      for (const [, one] of await connection.getStats()) {
        const { type, bytesReceived = 0, headerBytesReceived = 0 } = one as Record<string, number> & { type: string }
        if (type === 'inbound-rtp') sum += bytesReceived + headerBytesReceived
      }
    }
    return sum
  })
