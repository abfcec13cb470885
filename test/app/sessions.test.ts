// sessions.test.ts — which requests are meant by the sessions at a path.
import { expect, test } from 'vitest'
import { sessionsAt } from '../../src/app/sessions.ts'

test('the path itself and what is below it are answered, after loading; nothing else is', async () => {
  const said: string[] = []
  const sessions = sessionsAt(
    '/whip/room',
    async () => void said.push('load'),
    async (_, below) => {
      said.push(below)
      return { status: 204, headers: {}, body: '' }
    },
  )
  const ask = (path: string) =>
    sessions({
      path,
      query: '',
      method: 'POST',
      address: '',
      signal: AbortSignal.timeout(1000),
      header: () => null,
      body: async () => null,
    })
  for (const path of ['/whip', '/whip/roomy', '/w/room']) expect(await ask(path)).toBe(null)
  expect(said).toEqual([])
  await ask('/whip/room')
  expect((await ask('/whip/room/id'))?.status).toBe(204)
  expect(said).toEqual(['load', '', 'load', '/id'])
})
