// again.slow.test.ts — the root of a card comes out the same, byte by byte, when it is made again of the same parts. `scripts/image again
// --whole` does it with Debian's tree and the addons, too.
import { expect, test } from 'vitest'
import { whyNoVirtualPi } from '../../hw/virtual/parts.ts'
import { madeAgain } from '../../image/again.ts'
import { virtual } from '../../image/board.ts'
import { card } from '../../image/recipe.ts'

const why = whyNoVirtualPi()
if (why) console.error(`\n!!!! SKIPPED: NO CARD OF A VIRTUAL PI CAN BE MADE ON THIS MACHINE: ${why}\n`)

test.skipIf(why !== null)(
  'two cards that are made of the same are the same',
  async () => {
    expect(await madeAgain(await card(virtual), 'virtual', false)).toEqual({ differ: [], files: [] })
  },
  15 * 60_000,
)
