// step.test.ts — an update from its first byte to its end, told as stories of a box.
import { expect, test } from 'vitest'
import { type Pending, pendingText, type Reason, readPending } from '../../../src/system/slots/pending.ts'
import { MOST_TRIES } from '../../../src/system/slots/step.ts'
import { Box, good, HAD, type Image } from './kit.ts'

const bad = (ill: Reason): Image => ({ ...good('2'), ill })
const panics: Image = { ...good('2'), starts: false }

async function boxWith(image: Image): Promise<Box> {
  const box = new Box()
  await box.install(image)
  return box
}

test('an update waits until somebody says try, is tried, and stays when it is good', async () => {
  const box = await boxWith(good('2'))
  expect(box).toMatchObject({ running: 'A', selector: 'A', pending: { is: 'waiting', slot: 'B', version: '2' } })
  await box.cut()
  expect(box).toMatchObject({ running: 'A', pending: { is: 'waiting' } })
  await box.try()
  expect(box).toMatchObject({ running: 'B', selector: 'A', pending: { is: 'trying', tries: 1, reached: true, had: HAD } })
  await box.judge()
  expect(box).toMatchObject({ running: 'B', selector: 'B' })
  expect(box.pending).toEqual({ is: 'over', slot: 'B', version: '2', before: '1', outcome: 'good' })
})

test('there and back again: A, B, A', async () => {
  const box = await boxWith(good('2'))
  await box.try()
  await box.judge()
  await box.install(good('3'))
  expect(box.images).toMatchObject({ A: { version: '3' }, B: { version: '2' } })
  await box.try()
  await box.judge()
  expect(box).toMatchObject({ running: 'A', selector: 'A', pending: { is: 'over', version: '3', before: '2', outcome: 'good' } })
})

test.each(['no picture', 'no network'] as const)('a version with %s goes back by itself, and the reason is kept', async (ill) => {
  const box = await boxWith(bad(ill))
  await box.try()
  expect(box.running).toBe('B')
  await box.judge()
  expect(box).toMatchObject({ running: 'A', selector: 'A', pending: { is: 'over', slot: 'B', version: '2', outcome: ill } })
  await box.cut()
  expect(box).toMatchObject({ running: 'A', pending: { outcome: ill } })
})

test('where Parlor does not come up, the timer of the image goes back, and the old version knows why', async () => {
  const box = await boxWith(bad('not ready'))
  await box.try()
  await box.takeBack()
  expect(box).toMatchObject({ running: 'A', selector: 'A', mark: false, pending: { is: 'over', outcome: 'not ready' } })
})

test('a kernel that panics is tried three times, without anybody doing anything', async () => {
  const box = await boxWith(panics)
  await box.try()
  expect(box).toMatchObject({ running: 'A', selector: 'A', pending: { is: 'over', outcome: 'no start' } })
  expect(box.boots).toBe(MOST_TRIES)
})

test('a power cut in a trial begins it once more, three times at most', async () => {
  const box = await boxWith(good('2'))
  await box.try()
  for (const tries of [2, 3]) {
    await box.cut()
    expect(box).toMatchObject({ running: 'B', pending: { tries } })
  }
  await box.cut()
  expect(box).toMatchObject({ running: 'A', pending: { is: 'over', outcome: 'cut off' } })
  await box.try()
  await box.judge()
  expect(box).toMatchObject({ running: 'B', selector: 'B', pending: { outcome: 'good' } })
})

test('a cut between the two writes of a commit: the new version is chosen, and the record follows', async () => {
  const box = await boxWith(good('2'))
  await box.try()
  box.writesLeft = 1
  await box.judge()
  expect(box).toMatchObject({ running: 'B', selector: 'B', pending: { is: 'over', outcome: 'good' } })
})

test('while a version proves itself the other slot is not written over, nor is the running one ever', async () => {
  const box = await boxWith(good('2'))
  await expect(box.slots.writing('A')).rejects.toMatchObject({ code: 'not-allowed' })
  await box.try()
  for (const slot of ['A', 'B'] as const) await expect(box.slots.writing(slot)).rejects.toMatchObject({ code: 'not-allowed' })
})

test('an install that was cut off is never tried', async () => {
  const box = new Box()
  box.writesLeft = 2
  await box.install(good('2'))
  expect(box).toMatchObject({ running: 'A', pending: { is: 'writing', slot: 'B' } })
  await expect(box.slots.try(HAD)).rejects.toMatchObject({ code: 'not-allowed' })
  await expect(box.slots.undo('asked', HAD)).rejects.toMatchObject({ code: 'not-allowed' })
})

test('a trial of which nobody knows anything ends at once', async () => {
  const box = await boxWith(good('2'))
  await box.try()
  box.record = '{"is":"try'
  await box.act((slots) => slots.settle())
  expect(box).toMatchObject({ running: 'A', selector: 'A', pending: { is: 'over', slot: 'B', version: '2', outcome: 'lost' } })
})

test('somebody takes a version back: at once in its trial, by a trial of the old one later', async () => {
  const box = await boxWith(good('2'))
  await box.try()
  await box.undo()
  expect(box).toMatchObject({ running: 'A', pending: { is: 'over', outcome: 'asked' } })
  await box.try()
  await box.judge()
  await box.undo()
  expect(box).toMatchObject({ running: 'A', selector: 'B', pending: { is: 'trying', slot: 'A', version: '1', before: '2' } })
  await box.judge()
  expect(box).toMatchObject({ running: 'A', selector: 'A', pending: { is: 'over', version: '1', outcome: 'good' } })
})

test('a box that was told to start anew and did not can be told once more', async () => {
  const box = await boxWith(good('2'))
  expect(await box.during((slots) => slots.try(HAD))).toEqual({ tryboot: true })
  expect(await box.during((slots) => slots.try(HAD))).toEqual({ tryboot: true })
  expect(box.pending).toMatchObject({ tries: 1 })
})

test('a record that we have not written is as none', () => {
  const record: Pending = { is: 'waiting', slot: 'B', version: '2' }
  expect(readPending(pendingText(record))).toEqual(record)
  const all = [null, '', '{', '[]', 'null', '{"is":"waiting","slot":"C","version":"2"}', '{"is":"waiting","slot":"B","version":"2","x":1}']
  expect(all.map(readPending)).toEqual(all.map(() => null))
})
