// viewers.slow.test.ts — as many watch as there are seats, from processes of their own, as players do: who comes then is told so at once, and those inside go on.
// Slow connections hold the few places of newcomers and no more. How quick it all is, and what a call beside it notices, says the bench `viewers`.
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { Audience } from '../../bench/viewers/audience.ts'
import { Origin } from '../../src/broadcast/origin.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { Scope } from '../../src/lib/scope.ts'
import { kbps } from '../../src/lib/unit.ts'
import { CROWD, type CrowdLimits } from '../../src/web/crowd.ts'
import { PageFiles } from '../../src/web/page-files.ts'
import { placeOf } from '../../src/web/place.ts'
import { openServer } from '../../src/web/server.ts'
import { making } from '../broadcast/kit/making.ts'
import { quietLog } from '../fake/quiet.ts'

const VIEWERS = 200
const FEED_MS = 50

const scopes: Scope[] = []
afterEach(async () => {
  for (const scope of scopes.splice(0)) await scope.close()
})

/** A web server with a program that goes on at the pace of the clock. */
async function broadcast(seats: number, crowd: CrowdLimits) {
  const scope = new Scope((error) => console.error(error))
  scopes.push(scope)
  const { program, live } = making()
  const origin = new Origin({ program: program.id, limits: { egress: kbps(1_000_000), seats }, clock: systemClock, older: null })
  const server = await openServer({
    ...{ log: quietLog().log, clock: systemClock, listen: '127.0.0.1', httpPort: 0, https: null, tvKey: '', elsewhere: [], crowd },
    place: () => placeOf('parlor', [], []),
    files: new PageFiles(new Map()),
    look: { jpeg: async () => new Uint8Array(), watch: () => () => {} },
    info: () => ({ iceServers: [], link: null, room: null }),
    authority: () => null,
    illness: () => null,
    mqtt: (stream) => void stream.destroy(),
    watch: (ask) => origin.answer(ask),
  })
  scope.defer(() => server.close())
  const feed = (seconds: number): void => {
    for (const update of live(seconds)) origin.update(update)
  }
  feed(6)
  let fed = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    feed((now - fed) / 1000)
    fed = now
  }, FEED_MS)
  scope.defer(() => clearInterval(timer))
  return { origin, server, path: `/live/${program.id}/index.m3u8`, port: server.httpPort }
}

test('two hundred watch, one more is told that all seats are taken, and nobody inside is turned away', async () => {
  const { origin, path, port } = await broadcast(VIEWERS, CROWD)
  using audience = await Audience.seat(VIEWERS, port, path)
  await expect.poll(() => origin.viewers, { timeout: 30_000 }).toBe(VIEWERS)
  const answer = await fetch(`http://127.0.0.1:${port}${path}`)
  expect(answer.status).toBe(503)
  expect(answer.headers.get('retry-after')).toBe('5')
  expect(await answer.json()).toMatchObject({ full: true, sentence: expect.stringContaining('As many are watching from here') })
  await sleep(5000)
  expect(origin.viewers).toBe(VIEWERS)
  const seen = await audience.end()
  expect(seen.length).toBe(VIEWERS)
  expect(seen.flatMap(({ odd }) => odd).filter((odd) => !odd.startsWith('so far behind'))).toEqual([])
  expect(seen.filter(({ parts }) => parts < 10)).toEqual([])
  await expect.poll(() => origin.waiting, { timeout: 10_000 }).toBe(0)
})

test('of a hundred slow connections from one place twenty are held, then none, and a viewer who was there sees on', async () => {
  const { origin, server, path, port } = await broadcast(VIEWERS, { ...CROWD, freshLoopback: 20 })
  using audience = await Audience.seat(1, port, path)
  await expect.poll(() => origin.waiting, { timeout: 20_000 }).toBeGreaterThan(0)
  const slow: Socket[] = []
  let most = 0
  for (let i = 0; i < 100; i++) {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write('GET / HTTP/1.1\r\nHost: local')
    slow.push(socket)
    await sleep(5)
    most = Math.max(most, server.connections)
  }
  // Two connections are the viewer's.
  expect(most).toBeGreaterThan(20)
  expect(most).toBeLessThanOrEqual(22)
  await expect.poll(() => server.connections, { timeout: 30_000 }).toBeLessThanOrEqual(2)
  const [viewer] = await audience.end()
  expect(viewer?.odd.filter((odd) => !odd.startsWith('so far behind'))).toEqual([])
  expect(viewer?.parts).toBeGreaterThan(10)
  for (const socket of slow) socket.destroy()
})
