import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Notices } from '../../src/app/notices.ts'
import { keepVigil } from '../../src/app/vigil.ts'
import { Box } from '../../src/core/box.ts'
import { type Actual, asleep } from '../../src/core/plan.ts'
import { nothing } from '../../src/core/wanted.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { Scope } from '../../src/lib/scope.ts'
import { type Ms, seconds } from '../../src/lib/unit.ts'
import { newSecret } from '../../src/room/link.ts'
import { quietLog } from '../fake/quiet.ts'

type Socket = { bind(path: string): void; on(event: 'message', listener: (bytes: Buffer) => void): void; close(): void }
const { createSocket } = createRequire(import.meta.url)('unix-dgram') as { createSocket(type: 'unix_dgram'): Socket }

let folder = ''
let heard: string[] = []
let socket: Socket
const before = { ...process.env }
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parlor-vigil-'))
  heard = []
  socket = createSocket('unix_dgram')
  socket.on('message', (bytes) => heard.push(bytes.toString()))
  socket.bind(join(folder, 'notify'))
  Object.assign(process.env, { NOTIFY_SOCKET: join(folder, 'notify'), WATCHDOG_USEC: '6000000', WATCHDOG_PID: String(process.pid) })
})
afterEach(() => {
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) {
    if (before[name] === undefined) delete process.env[name]
    else process.env[name] = before[name]
  }
  socket.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A box whose facts the test tells, and the vigil over it. */
function watched() {
  const clock = new FakeClock()
  const { log } = quietLog()
  const scope = new Scope(() => {})
  const notices = new Notices(() => clock.now())
  const box = new Box({
    wanted: nothing,
    actual: asleep,
    hands: { do: () => new Promise(() => {}), hush: () => {} },
    places: { own: newSecret(), roomOf: () => null },
    clock,
    onListenerError: (error) => {
      throw error
    },
  })
  const screen = { heardAt: null as Ms | null, fact: null as { output: string } | null }
  const silent = { heardAt: null }
  keepVigil({ box, screen, camera: silent, sound: silent, notices, keep: { pulse: () => Promise.resolve() }, clock, log, scope })
  const saw = (news: Partial<Actual>) => box.saw(news)
  /** Lets so much time pass, and what was sent arrive. */
  const pass = async (time: Ms) => {
    await clock.advance(time)
    await new Promise((done) => setTimeout(done, 20))
  }
  return { clock, scope, notices, screen, saw, pass }
}
const count = (word: string) => heard.filter((text) => text === word).length

test('the start is over when the TV is on and it is known where its picture goes, and that is told once', async () => {
  const { saw, screen, pass, scope } = watched()
  await pass(seconds(3))
  expect(count('READY=1')).toBe(0)
  saw({ tv: 'on' })
  await pass(seconds(3))
  expect(count('READY=1')).toBe(0)
  screen.fact = { output: 'none' }
  await pass(seconds(3))
  saw({ volume: 50 })
  await pass(seconds(3))
  expect(count('READY=1')).toBe(1)
  await scope.close()
})

test('a TV picture that does not come up is no start', async () => {
  const { saw, pass, scope } = watched()
  saw({ tv: 'lost' })
  await pass(seconds(30))
  expect(count('READY=1')).toBe(0)
  await scope.close()
})

test('a box that is well feeds the watchdog three times as often as it must', async () => {
  const { pass, scope } = watched()
  await pass(seconds(12))
  expect(count('WATCHDOG=1')).toBeGreaterThanOrEqual(5)
  expect(heard).toContain('STATUS=At rest.')
  await scope.close()
})

test('workers that are silent in a call: no more food, and people are told until they are heard again', async () => {
  const { clock, saw, screen, notices, pass, scope } = watched()
  saw({ room: newSecret() })
  await pass(seconds(6))
  const fed = count('WATCHDOG=1')
  await pass(seconds(10))
  expect(count('WATCHDOG=1')).toBe(fed)
  expect(notices.all).toEqual([expect.stringMatching(/no sign of life/)])
  expect(heard.at(-1)).toMatch(/^STATUS=In a call\. .*no sign of life/)
  screen.heardAt = clock.now()
  await pass(seconds(1))
  expect(count('WATCHDOG=1')).toBe(fed + 1)
  expect(notices.all).toEqual([])
  await scope.close()
})

test('systemd is told that the box stops before anything is closed', async () => {
  const { scope, pass } = watched()
  const closed: string[] = []
  scope.defer(() => closed.push('a part'))
  const closing = scope.close()
  await pass(seconds(1))
  await closing
  expect(heard).toContain('STOPPING=1')
  expect(closed).toEqual(['a part'])
})
