// rauc.test.ts — what RAUC asks of a boot loader and what it is answered; the line with which a slot starts; which slot runs.
import { expect, test } from 'vitest'
import { commandLine } from '../../../src/system/slots/line.ts'
import { answerRauc } from '../../../src/system/slots/rauc.ts'
import { runningIn } from '../../../src/system/slots/slot.ts'
import { Box, good, HAD, randomFrom } from './kit.ts'

const ask = (box: Box, call: string, prepare = async () => '2') => answerRauc(call.split(' '), box.slots, prepare)
const refused = { code: 'not-allowed' }

test('an install, as RAUC goes about it', async () => {
  const box = new Box(randomFrom(1))
  expect(await ask(box, 'get-current')).toBe('A')
  expect(await ask(box, 'get-primary')).toBe('A')
  await ask(box, 'set-state B bad')
  expect([await ask(box, 'get-state A'), await ask(box, 'get-state B')]).toEqual(['good', 'bad'])
  expect(await ask(box, 'get-primary')).toBe('A')
  const prepared: string[] = []
  await ask(box, 'set-primary B', async () => {
    expect(box.pending).toEqual({ is: 'writing', slot: 'B' })
    prepared.push('B')
    return '2.0'
  })
  expect(prepared).toEqual(['B'])
  expect(box.pending).toEqual({ is: 'waiting', slot: 'B', version: '2.0' })
  expect([await ask(box, 'get-primary'), await ask(box, 'get-state B')]).toEqual(['B', 'good'])
  expect(box.selector).toBe('A')
})

test('what cannot be prepared does not wait', async () => {
  const box = new Box()
  await ask(box, 'set-state B bad')
  await expect(ask(box, 'set-primary B', () => Promise.reject(new Error('no cmdline.in')))).rejects.toThrow('no cmdline.in')
  expect(box.pending).toEqual({ is: 'writing', slot: 'B' })
})

test('RAUC never keeps a version on trial, and writes over none that runs', async () => {
  const box = new Box()
  await box.install(good('2'))
  await box.try(HAD)
  await ask(box, 'set-state B good')
  expect(box).toMatchObject({ running: 'B', selector: 'A', pending: { is: 'trying' } })
  expect(await ask(box, 'get-primary')).toBe('A')
  for (const call of ['set-state A bad', 'set-state B bad', 'set-primary A', 'set-primary B'])
    await expect(ask(box, call)).rejects.toMatchObject(refused)
  await box.judge()
  await expect(ask(box, 'set-state B bad')).rejects.toMatchObject(refused)
  await ask(box, 'set-primary B')
  expect(await ask(box, 'get-primary')).toBe('B')
})

test('a version that was given up is bad, until another is written', async () => {
  const box = new Box()
  await box.install({ ...good('2'), ill: 'no picture' })
  await box.try(HAD)
  await box.judge()
  expect([await ask(box, 'get-primary'), await ask(box, 'get-state B')]).toEqual(['A', 'bad'])
  await box.install(good('3'))
  expect(await ask(box, 'get-state B')).toBe('good')
})

test('other calls are refused', async () => {
  const box = new Box()
  for (const call of ['', 'reboot', 'get-state', 'get-state C', 'set-state B', 'set-state B maybe', 'set-primary ../B'])
    await expect(ask(box, call)).rejects.toMatchObject({ code: 'bad-request' })
})

test('a slot starts by its own line, and says which one it is', () => {
  const template = 'root=PARTUUID=@DISK@-@ROOT@ ro\n parlor.slot=@SLOT@ @NOTHING@ panic=5\n'
  const line = commandLine(template, '7061726c', 'B')
  expect(line).toBe('root=PARTUUID=7061726c-06 ro parlor.slot=B @NOTHING@ panic=5\n')
  expect(runningIn(line)).toEqual({ slot: 'B', disk: '7061726c' })
  for (const bad of ['', 'root=/dev/sda1 parlor.slot=@SLOT@', 'root=PARTUUID=@DISK@-@ROOT@', `${template}${'x'.repeat(1024)}`])
    expect(() => commandLine(bad, '7061726c', 'A')).toThrow('does not say how slot A starts')
  for (const none of ['', 'quiet', 'root=/dev/mmcblk0p5 parlor.slot=A', 'root=PARTUUID=7061726c-05 parlor.slot=C'])
    expect(() => runningIn(none)).toThrow('not started from a card')
})
