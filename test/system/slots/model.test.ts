// model.test.ts — ten thousand boxes whose owners do what comes to their minds, with the power cut at any write: each starts afterwards, from a
// slot that has been good, and comes to rest.
import { expect, test } from 'vitest'
import { REASONS } from '../../../src/system/slots/pending.ts'
import type { Slot } from '../../../src/system/slots/slot.ts'
import { Box, good, HAD, type Image, randomFrom } from './kit.ts'

const BOXES = 10_000
const DEEDS = 16

/** Each deed, and how often it is done. */
const DEED: ReadonlyArray<readonly [number, (box: Box, pick: Pick) => Promise<void>]> = [
  [4, (box, pick) => box.install(pick.image())],
  [5, (box) => box.try()],
  [6, (box) => box.judge()],
  [1, (box) => box.undo()],
  [2, (box) => box.cut()],
  [1, (box) => box.act((slots) => slots.settle())],
  [0.5, (box) => box.takeBack()],
  // Somebody at a keyboard starts the other slot by hand.
  [0.3, (box) => box.start(true)],
  [
    0.2,
    async (box, pick) => {
      box.record = pick.luck() < 0.5 ? null : (box.record ?? '').slice(1)
    },
  ],
]
const ALL = DEED.reduce((sum, [often]) => sum + often, 0)

/** @param luck 0 to 1 */
function deedAt(luck: number): (typeof DEED)[number][1] {
  let left = luck * ALL
  for (const [often, deed] of DEED) {
    left -= often
    if (left < 0) return deed
  }
  return async () => {}
}

type Pick = { readonly luck: () => number; readonly image: () => Image }

/** A life; gives what went through it, for the count. @throws Dead, or with what is not as promised */
async function live(seed: number): Promise<{ readonly box: Box; readonly changes: number }> {
  const luck = randomFrom(seed)
  let version = 1
  const image = (): Image => {
    const kind = luck()
    const is = good(String(++version))
    if (kind < 0.55) return is
    return kind < 0.7 ? { ...is, starts: false } : { ...is, ill: REASONS[Math.floor(luck() * REASONS.length)] ?? 'not ready' }
  }
  const box = new Box(luck)
  let chosen: Slot = box.selector
  let changes = 0
  for (let n = 0; n < DEEDS; n++) {
    if (luck() < 0.35) box.writesLeft = Math.floor(luck() * 5)
    await deedAt(luck())(box, { luck, image })
    const is = box.images[box.selector]
    if (!is.whole || !is.starts || is.ill) throw new Error(`seed ${seed}: slot ${box.selector} is chosen and is ${JSON.stringify(is)}`)
    if (box.selector !== chosen) changes++
    chosen = box.selector
  }
  box.writesLeft = null
  await box.cut()
  for (let n = 0; n < 4 && box.running !== box.selector; n++) await box.judge()
  return { box, changes }
}

test('10,000 lives of a box: no dead end', async () => {
  let updates = 0
  let given = 0
  for (let seed = 1; seed <= BOXES; seed++) {
    const { box, changes } = await live(seed)
    const { running, selector, pending } = box
    if (running !== selector || pending?.is === 'trying') throw new Error(`seed ${seed} does not come to rest: ${JSON.stringify(pending)}`)
    updates += changes
    if (pending?.is === 'over' && pending.outcome !== 'good') given++
  }
  // They were lives: updates came through, and others were given up.
  expect(updates).toBeGreaterThan(BOXES / 4)
  expect(given).toBeGreaterThan(BOXES / 20)
})

test('after whatever life, an update that nobody cuts off comes through', async () => {
  for (let seed = 1; seed <= 500; seed++) {
    const { box } = await live(seed)
    const { selector } = box
    await box.install(good('999'))
    await box.act((slots) => slots.try(HAD))
    await box.judge()
    expect([seed, box.running === selector, box.images[box.selector].version]).toEqual([seed, false, '999'])
  }
})
