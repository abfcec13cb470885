// house.real.test.ts — a broadcast of elsewhere, opened by way of a box: both with their own web servers, over real sockets.
import { afterEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { HouseRelays, watchAnswers } from '../../src/app/house.ts'
import { ChatDoor } from '../../src/broadcast/chat-door.ts'
import { Origin } from '../../src/broadcast/origin.ts'
import { FakeClock, systemClock } from '../../src/lib/clock.ts'
import { kbps, seconds } from '../../src/lib/unit.ts'
import { PageFiles } from '../../src/web/page-files.ts'
import { placeOf } from '../../src/web/place.ts'
import { openServer, type ServerOptions } from '../../src/web/server.ts'
import { CHAT_VERSION, chatPath } from '../../src/wire/chat.ts'
import type { ProgramId } from '../../src/wire/manifest.ts'
import { nameOf } from '../../src/wire/object.ts'
import { ann, making } from '../broadcast/kit/making.ts'
import { quietLog } from '../fake/quiet.ts'

const ends: Array<() => unknown> = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})
const MUTE = { send: () => {}, hear: () => () => {} }

async function serve(change: Partial<ServerOptions>) {
  const server = await openServer({
    ...{ log: quietLog().log, clock: systemClock, listen: '127.0.0.1', httpPort: 0, https: null, tvKey: '', elsewhere: [] },
    place: () => placeOf('box', ['127.0.0.1'], []),
    files: new PageFiles(new Map([['w.html', new TextEncoder().encode('<title>watch')]])),
    look: { jpeg: async () => new Uint8Array(), watch: () => () => {} },
    info: () => ({ iceServers: [], link: null, room: null }),
    authority: () => null,
    illness: () => null,
    mqtt: (stream) => void stream.destroy(),
    ...change,
  })
  ends.push(() => server.close())
  return { at: `http://127.0.0.1:${server.httpPort}`, port: server.httpPort }
}

/** A box far away that broadcasts, and one at home. */
async function both() {
  const { program, live } = making()
  const origin = new Origin({ program: program.id, limits: { egress: kbps(100_000), seats: 10 }, clock: systemClock, older: null })
  const made = live(4)
  for (const update of made) origin.update(update)
  const chat = new ChatDoor({ identity: ann, access: { roleOf: () => 'viewer', secrets: [] }, clock: systemClock, now: () => Date.now() })
  const far = await serve({
    watch: (ask) => origin.answer(ask),
    chat: { path: chatPath(program.id), open: (socket, address) => chat.open(socket, address) },
  })
  const relays = new HouseRelays({ multicast: MUTE, port: () => 1, rests: true, clock: systemClock, log: quietLog().log })
  ends.push(() => relays.close())
  const home = await serve({
    watch: watchAnswers(async (ask) => (ask.path.startsWith('/o/') ? { status: 404, headers: {}, body: '' } : null), relays),
    bring: (link) => void relays.bring(link),
    carried: (path) => relays.carried(path),
  })
  return { program, origin, made, far, home, relays }
}

test('opened by way of a box, a broadcast is watched from there, and its objects are what was signed', async () => {
  const { program, made, far, home, relays } = await both()
  const before = await fetch(`${home.at}/live/${program.id}/manifest`)
  expect(before.status).toBe(404)
  const page = await fetch(`${home.at}/w/${program.id}?from=${encodeURIComponent(far.at)}`)
  expect([page.status, await page.text()]).toEqual([200, '<title>watch'])
  const lines = async () => (await (await fetch(`${home.at}/live/${program.id}/manifest?seat=0123456789abcdef`)).text()).split('\n').length
  await expect.poll(lines).toBeGreaterThan(5)
  const name = made.at(-1)?.entry.parts[0]?.object.name ?? ''
  const object = await fetch(`${home.at}/o/${name}`)
  expect(nameOf(new Uint8Array(await object.arrayBuffer()))).toBe(name)
  expect((await fetch(`${home.at}/o/${'ab'.repeat(32)}`)).status).toBe(404)
  expect(relays.all).toMatchObject([{ program: program.id, state: 'live', viewers: 1 }])
})

test('its chat is carried to the box that broadcasts, and to no other', async () => {
  const { program, far, home } = await both()
  await fetch(`${home.at}/w/${program.id}?from=${encodeURIComponent(far.at)}`)
  const said = new Promise<string>((done, fail) => {
    const ws = new WebSocket(`ws://127.0.0.1:${home.port}${chatPath(program.id)}`)
    ends.push(() => ws.terminate())
    ws.on('error', fail).on('close', (code) => fail(new Error(`closed: ${code}`)))
    ws.on('open', () => ws.send(JSON.stringify({ hello: CHAT_VERSION, nonce: '00'.repeat(16) })))
    ws.on('message', (data) => done(String(data)))
  })
  expect(await said).toContain('welcome')
  const other = program.id.replace(/./, (first) => (first === '0' ? '1' : '0')) as ProgramId
  const refused = new Promise<string>((done) => {
    const ws = new WebSocket(`ws://127.0.0.1:${home.port}${chatPath(other)}`)
    ws.on('error', (error) => done(error.message))
  })
  expect(await refused).toContain('404')
})

test('with nobody watching it ends, and there are never more than a few', async () => {
  const clock = new FakeClock()
  const relays = new HouseRelays({ multicast: MUTE, port: () => 1, rests: true, clock, log: quietLog().log })
  const named = (n: number) => ({ program: `${'0'.repeat(25)}${n}` as ProgramId, origin: 'http://127.0.0.1:1' })
  expect([1, 2, 3, 4, 5].map((n) => relays.bring(named(n)))).toEqual([true, true, true, true, false])
  expect(relays.bring(named(1))).toBe(true)
  for (let i = 0; i < 8 && relays.all.length > 0; i++) await clock.advance(seconds(10))
  await expect.poll(() => relays.all).toEqual([])
  await relays.close()
})

test('of its own broadcast a box tells nothing but what it knows itself, whoever is said to have it too', async () => {
  const { program, far, relays } = await both()
  const own = await serve({
    watch: watchAnswers(
      async (ask) => (ask.path.startsWith(`/live/${program.id}/`) ? { status: 404, headers: {}, body: 'mine' } : null),
      relays,
    ),
    bring: (link) => void relays.bring(link),
  })
  await fetch(`${own.at}/w/${program.id}?from=${encodeURIComponent(far.at)}`)
  expect(relays.all).toHaveLength(1)
  expect(await (await fetch(`${own.at}/live/${program.id}/manifest`)).text()).toBe('mine')
})
