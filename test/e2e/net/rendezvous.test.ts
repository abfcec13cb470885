// rendezvous.test.ts — a box that knows nothing but its rendezvous, and somebody who has nothing but the link that it shows: they meet,
// though neither's router lets the other in.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Links } from '../../../src/app/links.ts'
import { Box } from '../kit/box.ts'
import { hasChromium } from '../kit/browser.ts'
import { hasLab } from './may.ts'
import { flows, until, Venue, World, wayOf } from './meeting.ts'
import { PAGES } from './server.ts'

describe.skipIf(!hasLab || !hasChromium)('a box with one setting', () => {
  let world: World
  beforeAll(async () => {
    world = await World.open()
  })
  afterAll(() => world?.[Symbol.asyncDispose]())

  test('is called from anywhere by its link, over a relay where nothing else goes', async () => {
    using left = world.lab.home('symmetric')
    using right = world.lab.home('symmetric')
    const { settings } = world.rendezvous
    expect(Object.keys(settings)).toEqual(['PARLOR_CALL__RENDEZVOUS', 'NODE_EXTRA_CA_CERTS'])
    await using box = await Box.start({ ...settings, PARLOR_SOUND__MICROPHONE: 'test' }, { join: false, namespace: left.namespace })
    const { anywhere } = (await box.parlor('link')) as Links
    expect(anywhere?.startsWith(`${PAGES}/r#`)).toBe(true)
    const ada = await new Venue(world).page(right, anywhere ?? '')
    try {
      await ada.press('join')
      await until('somebody rings', async () => (await box.status()).actual.ringing !== null)
      await box.enter()
      await flows(box)
      expect(await wayOf(box)).toBe('relay')
    } finally {
      await ada.page.context().browser()?.close()
    }
  })
})
