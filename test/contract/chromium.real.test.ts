// chromium.real.test.ts — the box and a real browser, with the page's own transport; each offers once.
import { afterAll, beforeAll, describe } from 'vitest'
import { hasChromium } from '../e2e/kit/browser.ts'
import { Chromium } from './chromium.ts'
import { weriftEnd } from './ends.ts'
import { keepsItsPromises } from './transport.ts'

describe.skipIf(!hasChromium)('with Chromium', () => {
  let chromium: Chromium
  beforeAll(async () => {
    chromium = await Chromium.open()
  })
  afterAll(() => chromium?.close())

  keepsItsPromises('the box offers, Chromium answers', async () => ({ a: weriftEnd(), b: await chromium.end() }))
  keepsItsPromises('Chromium offers, the box answers', async () => ({ a: await chromium.end(), b: weriftEnd() }))
})
