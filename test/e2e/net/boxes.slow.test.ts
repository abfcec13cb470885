// boxes.slow.test.ts — two boxes find a way to one another, whatever stands between, and without a relay where none is needed.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nameOf, PAIRS } from './matrix.ts'
import { hasLab } from './may.ts'
import { boxMeetsBox, World } from './meeting.ts'

describe.skipIf(!hasLab)('two boxes behind two routers', () => {
  let world: World
  beforeAll(async () => {
    world = await World.open()
  })
  afterAll(() => world?.[Symbol.asyncDispose]())

  test.each(PAIRS.map((pair) => [nameOf(pair), pair] as const))('meet: %s', async (_name, pair) => {
    const { way } = await boxMeetsBox(world, pair)
    expect(way).toBe(pair.way)
  })
})
