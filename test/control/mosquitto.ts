// mosquitto.ts — the real mosquitto for tests: on a free port, with a configuration of its own, stopped by its process.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const PROGRAM = '/usr/sbin/mosquitto'
export const hasMosquitto = existsSync(PROGRAM)
if (!hasMosquitto) console.warn('SKIPPED: everything with mosquitto, which is not installed (apt install mosquitto)')

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

export class Mosquitto {
  readonly port: number
  readonly #settings: string
  #child: ChildProcess | null = null

  /** @param settings lines of its configuration, instead of letting everybody in */
  constructor(port: number, settings = 'allow_anonymous true') {
    this.port = port
    this.#settings = settings
  }

  async start(): Promise<void> {
    const config = join(mkdtempSync(join(tmpdir(), 'parlor-mosquitto-')), 'conf')
    writeFileSync(config, `listener ${this.port} 127.0.0.1\n${this.#settings}\npersistence false\n`)
    this.#child = spawn(PROGRAM, ['-c', config], { stdio: 'ignore' })
    for (;;) {
      const socket = connect(this.port, '127.0.0.1')
      const up = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'error').then(() => false)]).catch(() => false)
      socket.destroy()
      if (up) return
      await new Promise((done) => setTimeout(done, 50))
    }
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(name)
  }

  async kill(): Promise<void> {
    const child = this.#child
    this.#child = null
    if (!child) return
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
}
