// trouble.slow.test.ts — what happens to the ways of a call while it goes on: the relay dies and comes back, its words grow stale, the home gets
// another address. With `scripts/test --all`.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Home } from './lab.ts'
import { hasLab } from './may.ts'
import { flows, until, Venue, World, wayOf } from './meeting.ts'
import type { Nat } from './nat.ts'
import { inside, ip } from './netns.ts'

/** Two boxes in a call, each in a home of its own. */
async function withCall(world: World, nats: readonly [Nat, Nat], act: (call: Call) => Promise<void>): Promise<void> {
  using left = world.lab.home(nats[0])
  using right = world.lab.home(nats[1])
  const venue = new Venue(world)
  await using a = await venue.box(left)
  await using b = await venue.box(right, { PARLOR_BOX__NAME: 'Kitchen' })
  await a.enter()
  await b.enter()
  await Promise.all([flows(a), flows(b)])
  await act({ homes: [left, right], boxes: [a, b] })
}
type Call = { readonly homes: readonly [Home, Home]; readonly boxes: readonly [Box, Box] }
type Box = Awaited<ReturnType<Venue['box']>>

/** Milliseconds until sound and picture come in both ways again. */
async function back({ boxes }: Call): Promise<number> {
  const start = performance.now()
  await Promise.all(boxes.map((box) => flows(box)))
  return performance.now() - start
}

describe.skipIf(!hasLab)('while a call goes on', () => {
  let world: World
  // Nonces that are stale after five seconds, allocations that end after ten.
  beforeAll(async () => {
    world = await World.open(['--stale-nonce=5', '--max-allocate-lifetime=10'])
  })
  afterAll(() => world?.[Symbol.asyncDispose]())

  test('a relayed one outlives many nonces and lifetimes of its allocation', async () => {
    await withCall(world, ['symmetric', 'tcp 443'], async (call) => {
      for (let i = 0; i < 9; i++) {
        await new Promise((done) => setTimeout(done, 5000))
        expect(await back(call)).toBeLessThan(5000)
        expect(await wayOf(call.boxes[0])).toBe('relay')
      }
      const states = await Promise.all(call.boxes.map(async (box) => (await box.status()).people.map(({ state }) => state)))
      expect(states).toEqual([['live'], ['live']])
    })
  })

  test('the relay is killed and started again, and the call is back by itself', async () => {
    await withCall(world, ['symmetric', 'symmetric'], async (call) => {
      expect(await wayOf(call.boxes[0])).toBe('relay')
      await world.coturn.kill()
      await until('the loss is noticed', async () => (await call.boxes[0].status()).people[0]?.state === 'reconnecting')
      await world.coturn.start()
      await until('they see each other again', async () => (await call.boxes[0].status()).people[0]?.state === 'live', 40_000)
      await back(call)
    })
  })

  test('a home gets another address, and the call goes on', async () => {
    await withCall(world, ['port restricted', 'port restricted'], async (call) => {
      const [home] = call.homes
      const other = home.address.replace(/\.2$/, '.77')
      const gate = home.address.replace(/\.2$/, '.1')
      inside(home.namespace, 'sh', ['-c', `ip addr flush dev eth0 && ip addr add ${other}/24 dev eth0 && ip route add default via ${gate}`])
      const took = await back(call)
      console.info(`media back ${took.toFixed(0)} ms after the address changed`)
      expect(took).toBeLessThan(10_000)
      expect(ip(['addr show dev eth0'], home.namespace)).toContain(other)
    })
  })
})
