// steward.real.test.ts — the steward over a real unix socket: orders and answers, limits, and its end when nobody wants anything.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { FakeClock } from '../../../src/lib/clock.ts'
import { Bug, Fault, Refusal } from '../../../src/lib/fault.ts'
import { seconds } from '../../../src/lib/unit.ts'
import { stewardAt } from '../../../src/system/steward/client.ts'
import type { Doers } from '../../../src/system/steward/orders.ts'
import { handedOver, serve } from '../../../src/system/steward/server.ts'
import { ORDERS, type OrderName } from '../../../src/system/steward/words.ts'

const ROOT = join(import.meta.dirname, '../../..')
const never = new AbortController().signal
const undo: Array<() => unknown> = []
afterEach(async () => {
  for (let step = undo.pop(); step; step = undo.pop()) await step()
})

const unasked = () => Promise.reject(new Bug('nobody should ask for this'))
const NOBODY = Object.fromEntries(Object.keys(ORDERS).map((name) => [name, unasked])) as unknown as Doers

function place(): string {
  const folder = mkdtempSync(join(tmpdir(), 'parlor-steward-'))
  undo.push(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'socket')
}

async function open(hello: Doers['hello']) {
  const path = place()
  const clock = new FakeClock()
  const done: OrderName[] = []
  const bugs: unknown[] = []
  const stop = new AbortController()
  const served = serve(
    {
      ...{ where: { path }, clock, rest: seconds(30), doers: { ...NOBODY, hello } },
      ...{ onOrder: (name) => done.push(name), onBug: (bug) => bugs.push(bug) },
    },
    stop.signal,
  )
  undo.push(() => {
    stop.abort()
    return served
  })
  await expect.poll(() => clock.sleeping).toEqual(['until the steward has rested'])
  return { path, clock, done, bugs, served, steward: stewardAt(path) }
}
const well = async () => ({ version: '1.2.3' })

/** Says something and hears all that comes until the end. */
async function say(path: string, text: string): Promise<string> {
  const socket = connect(path)
  socket.on('error', () => {})
  let heard = ''
  socket.setEncoding('utf8').on('data', (piece: string) => {
    heard += piece
  })
  socket.write(text)
  await once(socket, 'close')
  return heard
}

/** Says something and hears its answers, one a line. */
async function answers(path: string, text: string, lines: number): Promise<unknown[]> {
  const socket = connect(path)
  let heard = ''
  socket.write(text)
  for await (const piece of socket.setEncoding('utf8')) {
    heard += piece
    if (heard.split('\n').length > lines) break
  }
  return heard
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
}

test('an order is carried out, and its value comes back', async () => {
  const { steward, done } = await open(well)
  expect(await steward.ask('hello', {}, never)).toEqual({ version: '1.2.3' })
  expect(done).toEqual(['hello'])
})

test('whose trouble it was is what the daemon sees', async () => {
  const troubles = [new Refusal('not-allowed', 'not now'), new Fault('disk-full', 'no room'), new Error('secret inside')]
  const { steward, bugs } = await open(() => Promise.reject(troubles.shift()))
  const trouble = () => steward.ask('hello', {}, never).catch((error: unknown) => error)
  expect(await trouble()).toEqual(new Refusal('not-allowed', 'not now'))
  expect(await trouble()).toEqual(new Fault('disk-full', 'no room'))
  expect(String(await trouble())).not.toContain('secret')
  expect(bugs).toEqual([new Error('secret inside')])
})

test('several orders in one connection are answered in their order, nonsense among them', async () => {
  const { path, done } = await open(well)
  const hello = { ok: true, value: { version: '1.2.3' } }
  const refused = (code: string) => expect.objectContaining({ ok: false, whose: 'asker', code })
  const lines = ['{"do":"hello"}', 'what?', '{"do":"rm -rf"}', '{"do":"toString"}', '{"do":"hello","with":{"shell":"x"}}', '{"do":"hello"}']
  expect(await answers(path, `${lines.join('\n')}\n`, lines.length)).toEqual([
    ...[hello, refused('bad-request'), refused('unknown-command'), refused('unknown-command'), refused('bad-request'), hello],
  ])
  expect(done).toEqual(['hello', 'hello'])
})

test('a line without an end, and orders without an end, are cut off', async () => {
  const { path, done } = await open(well)
  expect(await say(path, 'x'.repeat(100_000))).toContain('"code":"bad-request"')
  expect(await say(path, '{"do":"hello"}\n'.repeat(300))).toContain('64 orders at a time')
  expect(done).toHaveLength(64)
})

test('it ends when nobody has wanted anything for half a minute, and not before', async () => {
  const { path, clock, steward, served } = await open(well)
  let over = false
  void served.then(() => {
    over = true
  })
  await clock.advance(seconds(20))
  await steward.ask('hello', {}, never)
  const guest = connect(path)
  await answers(path, '{"do":"hello"}\n', 1)
  await clock.advance(seconds(60))
  expect(over).toBe(false)
  guest.destroy()
  const rested = async (): Promise<boolean> => {
    await clock.advance(seconds(29))
    return over
  }
  await expect.poll(rested).toBe(true)
  await expect(steward.ask('hello', {}, never)).rejects.toMatchObject({ code: 'steward-away' })
})

test('an order that has begun is finished, whoever goes', async () => {
  const begun = Promise.withResolvers<void>()
  const going = Promise.withResolvers<void>()
  let finished = false
  const { steward } = await open(async () => {
    begun.resolve()
    await going.promise
    finished = true
    return { version: '1' }
  })
  const leaving = new AbortController()
  const asked = steward.ask('hello', {}, leaving.signal)
  await begun.promise
  leaving.abort(new Error('away'))
  await expect(asked).rejects.toThrow('away')
  going.resolve()
  await expect.poll(() => finished).toBe(true)
})

test('where there is none, the daemon hears so', async () => {
  await expect(stewardAt(place()).ask('hello', {}, never)).rejects.toMatchObject({ code: 'steward-away' })
})

test('a socket is taken from systemd only where it was meant for us', () => {
  expect(handedOver({}, 7)).toBe(null)
  expect(handedOver({ LISTEN_FDS: '1', LISTEN_PID: '8' }, 7)).toBe(null)
  expect(handedOver({ LISTEN_FDS: '1', LISTEN_PID: '7' }, 7)).toEqual({ fd: 3 })
  expect(() => handedOver({ LISTEN_FDS: '2', LISTEN_PID: '7' }, 7)).toThrow(Refusal)
})

test('the program itself answers on a socket that was handed over', async () => {
  const path = place()
  // Made by somebody else, as systemd does; under another name first, which Node takes away when it puts the socket down here.
  const listener = createServer().listen(`${path}.first`)
  await once(listener, 'listening')
  renameSync(`${path}.first`, path)
  const { fd } = (listener as unknown as { readonly _handle: { readonly fd: number } })._handle
  const script = `LISTEN_PID=$$ LISTEN_FDS=1 exec "${process.execPath}" "${join(ROOT, 'src/app/steward.ts')}"`
  const child = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', 'ignore', 'inherit', fd] })
  const ended = once(child, 'exit')
  listener.close()
  try {
    expect(await stewardAt(path).ask('hello', {}, never)).toEqual({ version: expect.stringMatching(/^\d+\.\d+/) })
  } finally {
    child.kill('SIGTERM')
  }
  expect((await ended)[0]).toBe(0)
})
