// icons.ts — draws the signs of the installed remote from the kit's icon.svg, with the Chromium that tests use. Run it when the sign changes.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openBrowser } from '../test/e2e/kit/browser.ts'

const pages = join(import.meta.dirname, '../src/web/pages')
const svg = readFileSync(join(pages, 'kit/icon.svg'), 'utf8')
const GROUND = '#13151a'
/** A maskable sign may be cut to any shape: what matters lies in the middle four fifths (W3C, App Manifest, 1.7). */
const SIGNS = [
  { file: 'remote-192.png', size: 192, part: 1 },
  { file: 'remote-512.png', size: 512, part: 1 },
  { file: 'remote-maskable-512.png', size: 512, part: 0.8 },
] as const

const browser = await openBrowser()
const page = await browser.newPage()
for (const { file, size, part } of SIGNS) {
  await page.setViewportSize({ width: size, height: size })
  await page.setContent(
    `<style>body{margin:0;height:100vh;display:grid;place-items:center;background:${part < 1 ? GROUND : 'none'}}svg{width:${part * size}px}</style>${svg}`,
  )
  await page.screenshot({ path: join(pages, 'remote/installed', file), omitBackground: true })
}
await browser.close()
