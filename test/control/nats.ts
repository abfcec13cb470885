// nats.ts — a cluster of three NATS servers that speak MQTT, for tests: on free ports of this machine, stopped by their processes.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './mosquitto.ts'

const PROGRAM = '/usr/sbin/nats-server'
export const hasNats = existsSync(PROGRAM)
if (!hasNats) console.warn('\n!!!! SKIPPED: everything with a cluster: nats-server is not installed (scripts/setup --test)\n')

const SIZE = 3

export class Nats {
  readonly #folder = mkdtempSync(join(tmpdir(), 'parlor-nats-'))
  readonly #nodes: Node[] = []

  /** Starts three nodes, and waits until they are one: every node takes clients and keeps what it is told with the others. */
  async start(): Promise<void> {
    // A port that was free a moment ago may be somebody else's by now; then all are drawn anew.
    for (let tries = 1; ; tries++) {
      try {
        return await this.#start()
      } catch (error) {
        await Promise.all(this.#nodes.splice(0).map((node) => node.kill()))
        if (tries === 3 || !String(error).includes('address already in use')) throw error
      }
    }
  }

  async #start(): Promise<void> {
    const ports: Array<{ mqtt: number; cluster: number; client: number; health: number }> = []
    for (let n = 0; n < SIZE; n++)
      ports.push({ mqtt: await freePort(), cluster: await freePort(), client: await freePort(), health: await freePort() })
    const routes = ports.map(({ cluster }) => `nats://127.0.0.1:${cluster}`).join(', ')
    for (const [n, port] of ports.entries()) {
      const config = join(this.#folder, `${n}.conf`)
      writeFileSync(
        config,
        `server_name: n${n}
listen: "127.0.0.1:${port.client}"
http: "127.0.0.1:${port.health}"
jetstream { store_dir: "${join(this.#folder, `${n}-${port.mqtt}`)}" }
cluster { name: parlor, listen: "127.0.0.1:${port.cluster}", routes: [${routes}] }
mqtt { listen: "127.0.0.1:${port.mqtt}", stream_replicas: ${SIZE} }
`,
      )
      this.#nodes.push(new Node(config, port.mqtt, port.health))
    }
    await Promise.all(this.#nodes.map((node) => node.start()))
  }

  /** mqtt:// of each node. */
  get urls(): readonly string[] {
    return this.#nodes.map(({ port }) => `mqtt://127.0.0.1:${port}`)
  }

  /** Ends a node at once, as a power cut would. */
  kill(n: number): Promise<void> {
    return this.#nodes[n]?.kill() ?? Promise.resolve()
  }

  async close(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.kill()))
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

class Node {
  readonly port: number
  readonly #config: string
  readonly #health: number
  #child: ChildProcess | null = null
  #said = ''

  constructor(config: string, port: number, health: number) {
    this.#config = config
    this.port = port
    this.#health = health
  }

  /** Resolves when the node says that it is well: it has found the others, and its part of the store is up to date. */
  async start(): Promise<void> {
    const child = spawn(PROGRAM, ['-c', this.#config], { stdio: ['ignore', 'ignore', 'pipe'] })
    this.#child = child
    const end = () => void child.kill('SIGKILL')
    process.once('exit', end)
    child.once('exit', () => process.off('exit', end))
    child.stderr?.on('data', (bytes: Buffer) => (this.#said = (this.#said + bytes).slice(-20_000)))
    while (!(await this.#isWell())) {
      if (child.exitCode !== null) throw new Error(`a node of the cluster ended: ${this.#said}`)
      await new Promise((done) => setTimeout(done, 100))
    }
  }

  async kill(): Promise<void> {
    const child = this.#child
    this.#child = null
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  async #isWell(): Promise<boolean> {
    const answer = await fetch(`http://127.0.0.1:${this.#health}/healthz`).catch(() => null)
    await answer?.body?.cancel()
    return answer?.ok ?? false
  }
}
