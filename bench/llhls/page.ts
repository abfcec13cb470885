// page.ts — a page with hls.js and nothing else, as somebody would write it who embeds a program in a site of their own.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type Hls from 'hls.js'
import type { Page } from 'playwright-core'
import type { Scope } from '../../src/lib/scope.ts'
import type { Tuning } from '../../test/e2e/kit/tuning.ts'
import { giveEyes } from './look.ts'

const PAGE = '<!doctype html><title>view</title><video muted playsinline></video><script src="/hls.js"></script>'
const LIBRARY = new URL('../../node_modules/hls.js/dist/hls.min.js', import.meta.url)

/** Where the page is; it is gone with the scope. */
export async function servePage(scope: Scope): Promise<string> {
  const server = createServer((request, response) => {
    const isPage = request.url === '/'
    response.setHeader('content-type', isPage ? 'text/html' : 'text/javascript')
    response.end(isPage ? PAGE : readFileSync(LIBRARY))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  scope.defer(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

/** Opens the page and lets hls.js play. */
export async function playInHls(page: Page, url: string, playlist: string, config: Tuning): Promise<void> {
  await giveEyes(page)
  await page.goto(url)
  await page.evaluate(
    ({ playlist, config }) => {
      const Player = (globalThis as unknown as { Hls: typeof Hls }).Hls
      const video = document.querySelector('video')
      if (!video) throw new Error('the page has no video')
      const player = new Player(config)
      const errors: string[] = []
      player.on(Player.Events.ERROR, (_event, { details }) => errors.push(details))
      player.on(Player.Events.MANIFEST_PARSED, () => void video.play())
      player.loadSource(playlist)
      player.attachMedia(video)
      const watching = { errors }
      Object.defineProperty(watching, 'playingDate', { get: () => player.playingDate })
      Object.assign(globalThis, { parlorWatching: watching, parlorPlayer: player })
    },
    { playlist, config },
  )
}
