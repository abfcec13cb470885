import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { pack } from '../../src/system/parcel.ts'

const source = (path: string) => new URL(`../../src/app/${path}`, import.meta.url).pathname
const kit = (path: string) => new URL(`kit/${path}`, import.meta.url).pathname

let folder = ''
let path = ''
const started = new Set<ChildProcess>()
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parlor-host-'))
  path = join(folder, 'media.sock')
})
afterEach(async () => {
  for (const child of started) await end(child)
  started.clear()
  rmSync(folder, { recursive: true, force: true })
})

function start(file: string): ChildProcess {
  const child = spawn(process.execPath, [file], { env: { ...process.env, PARLOR_MEDIA_SOCKET: path }, stdio: ['ignore', 'pipe', 'pipe'] })
  started.add(child)
  child.stderr?.resume()
  return child
}
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

/** Waits for what must come; the test's own time limit is the limit. */
async function until<T>(look: () => T | null | undefined | false): Promise<T> {
  for (;;) {
    const seen = look()
    if (seen) return seen
    await sleep(20)
  }
}

async function startHost(): Promise<ChildProcess> {
  rmSync(path, { force: true })
  const host = start(source('media-host.ts'))
  // The socket's file is there a moment before anybody listens on it.
  let said = ''
  host.stderr?.on('data', (bytes: Buffer) => {
    said += bytes
  })
  await until(() => said.includes('ready'))
  return host
}

type Seen = { readonly worker: number | null; readonly packets: number; readonly fact: string }
function startCore() {
  const daemon = start(kit('camera-core.ts'))
  const state: { last: Seen } = { last: { worker: null, packets: 0, fact: 'closed' } }
  let rest = ''
  daemon.stdout?.on('data', (bytes: Buffer) => {
    const lines = (rest + bytes).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) state.last = JSON.parse(line) as Seen
  })
  /** Waits until packets flow from a worker that is not `but`. */
  const flows = async (but: number | null = null): Promise<number> => {
    const worker = await until(() => state.last.worker !== but && state.last.worker)
    const before = state.last.packets
    await until(() => state.last.packets > before + 10)
    return worker
  }
  return { process: daemon, flows, state }
}

/** The state of a process, or null when it is gone; a zombie is gone. */
function stateOf(pid: number): string | null {
  try {
    const state = /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? null
    return state === 'Z' ? null : state
  } catch {
    return null
  }
}
const parentOf = (pid: number) => Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])

describe('a camera in another service', () => {
  test('flows, and its process is a child of the host and not of the daemon', async () => {
    const host = await startHost()
    const core = startCore()
    const worker = await core.flows()
    expect(parentOf(worker)).toBe(host.pid)
    expect(core.state.last.fact).toBe('open')
    expect(statSync(path).mode & 0o777).toBe(0o660)
  })

  test('its worker is killed: another one flows', async () => {
    await startHost()
    const core = startCore()
    const first = await core.flows()
    process.kill(first, 'SIGKILL')
    expect(await core.flows(first)).not.toBe(first)
  })

  test('its worker is frozen: the daemon has it killed, and another one flows', async () => {
    await startHost()
    const core = startCore()
    const first = await core.flows()
    process.kill(first, 'SIGSTOP')
    await core.flows(first)
    expect(stateOf(first)).toBeNull()
  })

  test('the host is killed: nothing of it is left, and when it is back the picture flows again', async () => {
    const host = await startHost()
    const core = startCore()
    const first = await core.flows()
    await end(host)
    await until(() => stateOf(first) === null)
    await startHost()
    await core.flows(first)
    expect(core.process.exitCode).toBeNull()
  })

  test('the daemon is killed: the worker goes, the host stays, and the next daemon has its picture', async () => {
    const host = await startHost()
    const core = startCore()
    const first = await core.flows()
    await end(core.process)
    await until(() => stateOf(first) === null)
    const next = startCore()
    await next.flows(first)
    expect(host.exitCode).toBeNull()
  })

  test('the host is asked to stop: it ends in order and takes its workers along', async () => {
    const host = await startHost()
    const core = startCore()
    const worker = await core.flows()
    host.kill('SIGTERM')
    const [code] = await once(host, 'exit')
    expect(code).toBe(0)
    await until(() => stateOf(worker) === null)
  })

  test('the daemon comes before the host: it waits, and then has its picture', async () => {
    const core = startCore()
    await until(() => core.state.last.packets === 0 && core.process.pid)
    await sleep(500)
    await startHost()
    expect(await core.flows()).toBeGreaterThan(0)
  })
})

describe('whoever else knocks', () => {
  test.each([
    ['a module that is not on the list', pack({ fork: '/etc/passwd', env: {} })],
    ['an inherited name', pack({ fork: 'constructor', env: {} })],
    ['an environment of its own', pack({ fork: 'camera', env: { LD_PRELOAD: '/tmp/evil.so' } })],
    ['orders before there is a child', pack({ message: { stop: true } })],
    ['a parcel without end', Buffer.from([0xff, 0xff, 0xff, 0xff, 1, 2, 3])],
    ['nonsense', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ])('with %s is shown the door, and the host stays well', async (_, bytes) => {
    const host = await startHost()
    const socket = connect(path)
    socket.on('error', () => {})
    socket.write(bytes)
    await once(socket, 'close')
    expect(host.exitCode).toBeNull()
    const core = startCore()
    expect(await core.flows()).toBeGreaterThan(0)
  })
})
