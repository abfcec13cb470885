import { expect, it } from 'vitest'
import { openSaid } from '../../../src/broadcast/store/said.ts'
import type { ChatEvent } from '../../../src/wire/chat.ts'
import { quietLog } from '../../fake/quiet.ts'
import { MemoryFolder } from '../kit/folder.ts'

const { log } = quietLog()
const says = (number: number, text: string): ChatEvent => ({
  ...{ say: 'message', number },
  message: { id: String(number).padStart(16, '0'), who: 'a'.repeat(26) as never, role: 'viewer', name: 'Ann', text, at: 1000 + number },
})
const takesBack = (number: number): ChatEvent => ({ say: 'deleted', number: 99, id: String(number).padStart(16, '0') })

it('what was said stays with its run over a restart, but for what was taken back', async () => {
  const folder = new MemoryFolder()
  const said = await openSaid(folder, [], log)
  said.hear(5, says(1, 'hello'))
  said.hear(5, says(2, 'rude'))
  said.hear(6, says(3, 'later'))
  said.hear(5, takesBack(2))
  said.hear(5, { say: 'slow', number: 4, seconds: 3 })
  await said.settled()
  await folder.append('said.log', Buffer.from('{"run":5,"id"'))
  const again = await openSaid(folder, [5, 6], log)
  expect(again.of(5)).toEqual([{ at: 1001, name: 'Ann', text: 'hello' }])
  await again.forget(5)
  expect(again.of(5)).toEqual([])
  expect((await openSaid(folder, [5, 6], log)).of(6)).toHaveLength(1)
  expect((await openSaid(folder, [5], log)).of(6)).toEqual([])
})
it('of very much only the newest is told', async () => {
  const said = await openSaid(new MemoryFolder(), [], log)
  for (let i = 0; i < 1000; i++) said.hear(5, says(i, 'x'.repeat(300)))
  expect(said.of(5).length).toBeLessThan(200)
  expect(said.of(5).at(-1)?.at).toBe(1999)
})
it('a disk that takes nothing more stops nothing', async () => {
  const folder = new MemoryFolder()
  folder.quota = 0
  const said = await openSaid(folder, [], log)
  said.hear(5, says(1, 'hello'))
  await said.settled()
  expect(said.of(5)).toHaveLength(1)
})
