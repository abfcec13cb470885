import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { openSystemd } from '../../src/system/systemd.ts'

type Socket = { bind(path: string): void; on(event: 'message', listener: (bytes: Buffer) => void): void; close(): void }
const { createSocket } = createRequire(import.meta.url)('unix-dgram') as { createSocket(type: 'unix_dgram'): Socket }

const ends: Array<() => void> = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

/** A systemd that only listens. */
function listen() {
  const folder = mkdtempSync(join(tmpdir(), 'parlor-notify-'))
  const path = join(folder, 'notify')
  const heard: string[] = []
  const waiting = new Set<() => void>()
  const socket = createSocket('unix_dgram')
  socket.on('message', (bytes) => {
    heard.push(bytes.toString())
    for (const look of waiting) look()
  })
  socket.bind(path)
  ends.push(() => {
    socket.close()
    rmSync(folder, { recursive: true })
  })
  const until = (count: number) =>
    new Promise<readonly string[]>((done) => {
      const look = () => heard.length >= count && done(heard)
      waiting.add(look)
      look()
    })
  return { path, heard, until }
}
const bug = (error: unknown) => {
  throw error
}

test('systemd hears every word', async () => {
  const { path, until } = listen()
  const systemd = openSystemd({ NOTIFY_SOCKET: path, WATCHDOG_USEC: '9000000', WATCHDOG_PID: String(process.pid) }, process.pid, bug)
  expect(systemd).toMatchObject({ listens: true, interval: 3000 })
  systemd.status('In a call.\nThe disk is full.')
  systemd.ready()
  systemd.watchdog()
  systemd.stopping()
  expect(await until(4)).toEqual(['STATUS=In a call. The disk is full.', 'READY=1', 'WATCHDOG=1', 'STOPPING=1'])
})

test('without systemd nothing is sent, and nothing is watched', () => {
  const systemd = openSystemd({ WATCHDOG_USEC: '9000000' }, process.pid, bug)
  systemd.ready()
  systemd.watchdog()
  expect(systemd).toMatchObject({ listens: false, interval: null })
})

test('a watchdog that is meant for another process is not ours', () => {
  const systemd = openSystemd({ NOTIFY_SOCKET: '/run/x', WATCHDOG_USEC: '9000000', WATCHDOG_PID: '1' }, process.pid, bug)
  expect(systemd.interval).toBeNull()
})

test.each(['/nowhere/at/all', '@abstract', `/${'x'.repeat(200)}`])(
  'a socket that takes nothing (%s) is told once, and nothing throws',
  (path) => {
    const lost: unknown[] = []
    const systemd = openSystemd({ NOTIFY_SOCKET: path }, process.pid, (error) => lost.push(error))
    systemd.ready()
    systemd.watchdog()
    expect(lost).toHaveLength(1)
  },
)

test('a process that has told systemd something still ends by itself', async () => {
  const { path, until } = listen()
  const door = JSON.stringify(new URL('../../src/system/systemd.ts', import.meta.url).href)
  const code = `const { openSystemd } = await import(${door}); openSystemd(process.env, process.pid, console.error).ready()`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { env: { NOTIFY_SOCKET: path }, stdio: 'inherit' })
  const ended = new Promise<number | null>((done) => child.once('exit', done))
  expect(await until(1)).toEqual(['READY=1'])
  expect(await ended).toBe(0)
})
