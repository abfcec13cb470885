import { expect, it } from 'vitest'
import { dataIn, treeSize } from '../../../src/system/update/verity.ts'

const BLOCK = 4096

it('a tree has a block for each 128 blocks under it, up to one', () => {
  expect([2, 128, 129, 128 * 128, 128 * 128 + 1].map((blocks) => treeSize(blocks * BLOCK) / BLOCK)).toEqual([1, 1, 3, 129, 132])
})
it('where the data ends is known from the size of both', () => {
  for (const blocks of [2, 3, 127, 128, 129, 769, 16_384, 16_385, 300_001, 524_288])
    expect(dataIn(blocks * BLOCK + treeSize(blocks * BLOCK)), `${blocks} blocks`).toBe(blocks * BLOCK)
  // Between 128 and 129 blocks of data the tree grows by two: some sizes do not exist.
  expect(dataIn(130 * BLOCK)).toBeNull()
  expect(dataIn(0)).toBeNull()
})
