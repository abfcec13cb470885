import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { askLocal, type LocalRequest, listenLocal } from '../../src/control/local.ts'
import { Refusal } from '../../src/lib/fault.ts'

const home = mkdtempSync(join(tmpdir(), 'parlor-local-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))
const signal = new AbortController().signal
const remove = (path: string) => rm(path, { force: true })

async function box(name: string, answer: (request: LocalRequest) => Promise<unknown>) {
  const path = join(home, name)
  const bugs: unknown[] = []
  const listening = await listenLocal({ path, answer, remove, onBug: (error) => bugs.push(error) })
  return { path, bugs, listening }
}

/** Says raw text and gives the lines that come back, until the other side has ended or so many came. */
async function say(path: string, text: string, count: number): Promise<Array<{ id: unknown; ok: boolean; error?: { code: string } }>> {
  const socket = connect(path)
  let heard = ''
  socket.setEncoding('utf8')
  socket.on('error', () => {})
  socket.write(text)
  await new Promise<void>((done) => {
    socket.on('close', () => done())
    socket.on('data', (piece: string) => {
      heard += piece
      if (heard.split('\n').length > count) socket.destroy()
    })
  })
  return heard
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

test('an order is done and its result comes back', async () => {
  const { path, listening } = await box('a', async (request) => ({ did: request.do, with: request.volume }))
  expect(await askLocal(path, { do: 'volume', volume: 40 }, signal)).toEqual({ did: 'volume', with: 40 })
  expect(statSync(path).mode & 0o777).toBe(0o600)
  await listening.close()
})

test('a refusal comes back with its code and sentence, a bug without its inside', async () => {
  const { path, bugs, listening } = await box('b', async (request) => {
    if (request.do === 'leave') throw new Refusal('not-in-a-call', 'the box is in no call')
    throw new TypeError('inner secret')
  })
  await expect(askLocal(path, { do: 'leave' }, signal)).rejects.toMatchObject({ code: 'not-in-a-call', message: 'the box is in no call' })
  await expect(askLocal(path, { do: 'break' }, signal)).rejects.toMatchObject({
    code: 'bug',
    message: expect.not.stringContaining('inner'),
  })
  expect(bugs).toHaveLength(1)
  await listening.close()
})

test('nonsense is answered with a sentence each, in order, and the next order still works', async () => {
  const { path, bugs, listening } = await box('c', async () => 'done')
  const bad = ['', 'hello', '[]', 'null', '{}', '{"id":1}', '{"do":"x"}', '{"id":{},"do":"x"}', '{"id":1,"do":7}', '\u0000\u0001{"']
  const replies = await say(path, `${[...bad, '{"id":"z","do":"x"}'].join('\n')}\n`, bad.length + 1)
  expect(replies.slice(0, -1).map((reply) => reply.error?.code)).toEqual(bad.map(() => 'bad-request'))
  expect(replies.at(-1)).toEqual({ id: 'z', ok: true, result: 'done' })
  expect(bugs).toEqual([])
  await listening.close()
})

test('a line without end is refused and hung up on', async () => {
  const { path, listening } = await box('d', async () => null)
  const replies = await say(path, 'x'.repeat(300_000), 99)
  expect(replies).toEqual([{ id: null, ok: false, error: { code: 'bad-request', sentence: expect.stringContaining('65536') } }])
  expect(await askLocal(path, { do: 'x' }, signal)).toBe(null)
  await listening.close()
})

test('where no daemon runs, the asker is told so and how to start it', async () => {
  await expect(askLocal(join(home, 'nobody'), { do: 'status' }, signal)).rejects.toMatchObject({
    code: 'daemon-away',
    message: expect.stringContaining('scripts/run'),
  })
})

test('an asker does not wait for ever', async () => {
  const { path, listening } = await box('e', () => new Promise(() => {}))
  const gone = new AbortController()
  const asked = askLocal(path, { do: 'hang' }, gone.signal)
  gone.abort(new Error('had enough'))
  await expect(asked).rejects.toThrow('had enough')
  const left = askLocal(path, { do: 'hang' }, signal)
  const refused = expect(left).rejects.toMatchObject({ code: 'daemon-away' })
  await new Promise((done) => setTimeout(done, 50))
  await listening.close()
  await refused
})

test('a socket left behind by a killed daemon is no obstacle, a living one is', async () => {
  const { path, listening } = await box('f', async () => 1)
  await expect(listenLocal({ path, answer: async () => 2, remove, onBug: () => {} })).rejects.toMatchObject({ code: 'already-running' })
  await listening.close()
  writeFileSync(path, '')
  const again = await box('f', async () => 3)
  expect(await askLocal(path, { do: 'x' }, signal)).toBe(3)
  await again.listening.close()
})

test('a path too long for a socket is refused with a sentence', async () => {
  const path = join(home, 'x'.repeat(120))
  await expect(listenLocal({ path, answer: async () => 1, remove, onBug: () => {} })).rejects.toMatchObject({ code: 'bad-config' })
})

test('an answer that is no answer is told as such', async () => {
  const path = join(home, 'g')
  const server = createServer((socket) => socket.end('what?\n'))
  server.listen(path)
  await once(server, 'listening')
  await expect(askLocal(path, { do: 'x' }, signal)).rejects.toThrow('no answer')
  server.close()
})
