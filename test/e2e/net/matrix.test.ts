// matrix.test.ts — every call connects, whatever stands between, and without a relay where none is needed. Three telling pairs; all of
// them with `scripts/test --all`; box with box is in boxes.slow.test.ts.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { whole } from '../../often.ts'
import { hasChromium } from '../kit/browser.ts'
import { nameOf, PAIRS, TELLING } from './matrix.ts'
import { hasLab } from './may.ts'
import { boxMeetsPage, World } from './meeting.ts'

describe.skipIf(!hasLab)('behind two routers', () => {
  let world: World
  beforeAll(async () => {
    world = await World.open()
  })
  afterAll(() => world?.[Symbol.asyncDispose]())

  describe.skipIf(!hasChromium)('a box and a browser', () => {
    test.each((whole ? PAIRS : TELLING).map((pair) => [nameOf(pair), pair] as const))('meet: %s', async (_name, pair) => {
      const { way } = await boxMeetsPage(world, pair)
      expect(way).toBe(pair.way)
    })
  })
})
