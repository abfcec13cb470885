import { expect, it } from 'vitest'
import { doorOf } from '../../../src/app/firstboot/open.ts'
import { wishIn } from '../../../src/app/firstboot/wish.ts'
import type { Steward } from '../../../src/system/steward/client.ts'
import { ORDERS } from '../../../src/system/steward/words.ts'

/** A steward that reads its orders as the real one does, and keeps them. */
function aSteward() {
  const orders: unknown[] = []
  const steward: Steward = {
    ask: async (name, given) => {
      orders.push([name, ORDERS[name].with.parse(given)])
      return { joined: true } as never
    },
  }
  return { steward, orders }
}

it('gives the steward of what a phone chose what it takes, and no more', async () => {
  const { steward, orders } = aSteward()
  const wish = wishIn({ ssid: 'Home', password: 'correct horse', hidden: false, country: 'DE', more: 1 })
  const signal = new AbortController().signal
  expect(await doorOf(steward).join(wish, signal)).toEqual({ joined: true })
  await doorOf(steward).country('DE', signal)
  expect(orders).toEqual([
    ['network.join', { ssid: 'Home', password: 'correct horse', hidden: false }],
    ['network.country', { country: 'DE' }],
  ])
})
