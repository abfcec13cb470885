// server.ts — what stands on the internet: STUN and TURN (coturn: UDP and TCP on 3478, TLS on 443), and the pages with their broker.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ROOT, temporaryFolder } from '../kit/folder.ts'
import { SERVER, SERVER_TOO } from './lab.ts'
import { listening, run } from './netns.ts'

const COTURN = '/usr/bin/turnserver'
export const whyNoCoturn = (): string | null => (existsSync(COTURN) ? null : `no ${COTURN}`)

export const TURN_SECRET = 'what only the two servers know'
/** STUN, and TURN by every way there is, as people would write it in the settings. */
const SERVERS = [
  { urls: `stun:${SERVER}:3478` },
  { urls: `turn:${SERVER}:3478`, secret: TURN_SECRET },
  { urls: `turn:${SERVER}:3478?transport=tcp`, secret: TURN_SECRET },
  { urls: `turns:${SERVER}:443?transport=tcp`, secret: TURN_SECRET },
]

/** A certificate for the server's addresses, and its key. */
export function makeCertificate(): { readonly cert: string; readonly key: string } {
  const folder = temporaryFolder('lab-certificate')
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const names = `subjectAltName=IP:${SERVER},IP:${SERVER_TOO}`
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30', '-subj', '/CN=lab']
  run('openssl', ['req', ...kind, '-addext', names, '-keyout', key, '-out', cert])
  return { cert, key }
}

/** coturn in the server's namespace. */
export class Coturn implements AsyncDisposable {
  readonly #namespace: string
  readonly #args: readonly string[]
  #child: ChildProcess | null = null

  /** @param more further options, like `--stale-nonce=20` */
  constructor(namespace: string, certificate: { readonly cert: string; readonly key: string }, more: readonly string[] = []) {
    const folder = temporaryFolder('coturn')
    this.#namespace = namespace
    this.#args = [
      ...['-n', '--no-cli', '--no-multicast-peers', '--log-file=stdout', `--pidfile=${folder}/pid`, `--userdb=${folder}/users`],
      ...['-L', SERVER, '-E', SERVER, '--listening-port=3478', '--tls-listening-port=443', '--min-port=50000', '--max-port=50999'],
      ...[`--cert=${certificate.cert}`, `--pkey=${certificate.key}`, '--realm=lab'],
      ...['--use-auth-secret', `--static-auth-secret=${TURN_SECRET}`],
      ...more,
    ]
  }

  async start(): Promise<void> {
    const child = spawn('ip', ['netns', 'exec', this.#namespace, COTURN, ...this.#args], { stdio: 'ignore' })
    this.#child = child
    const kill = () => void child.kill('SIGKILL')
    process.once('exit', kill)
    child.once('exit', () => process.off('exit', kill))
    await listening(this.#namespace, 'sport = :3478')
    await listening(this.#namespace, 'sport = :443')
  }

  /** Ends it at once, as a crash would. */
  async kill(): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((done) => child.once('exit', done))
    child.kill('SIGKILL')
    await gone
    await sleep(50)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill()
  }
}

/** The pages and the broker, at https://203.0.113.11. */
export const PAGES = `https://${SERVER_TOO}`

/** Our own program in its public role (scripts/rendezvous), in the server's namespace. */
export class Rendezvous implements AsyncDisposable {
  readonly #namespace: string
  readonly #folder = temporaryFolder('rendezvous')
  readonly #certificate: { readonly cert: string; readonly key: string }
  #child: ChildProcess | null = null
  #said = ''

  constructor(namespace: string, certificate: { readonly cert: string; readonly key: string }) {
    this.#namespace = namespace
    this.#certificate = certificate
  }

  async start(): Promise<void> {
    const config = join(this.#folder, 'parlor.toml')
    writeFileSync(config, '')
    const env = {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PARLOR_DATA: this.#folder,
      PARLOR_CONFIG: config,
      PARLOR_LOG__FORMAT: 'json',
      PARLOR_WEB__LISTEN: SERVER_TOO,
      PARLOR_WEB__HTTP: '80',
      PARLOR_WEB__HTTPS: '443',
      PARLOR_WEB__CERTIFICATE: this.#certificate.cert,
      PARLOR_WEB__KEY: this.#certificate.key,
      PARLOR_CALL__ICE_SERVERS: JSON.stringify(SERVERS),
    }
    const child = spawn('ip', ['netns', 'exec', this.#namespace, join(ROOT, 'scripts/rendezvous')], {
      env,
      cwd: this.#folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.#child = child
    const kill = () => void child.kill('SIGKILL')
    process.once('exit', kill)
    child.once('exit', () => process.off('exit', kill))
    child.stderr?.on('data', (bytes: Buffer) => (this.#said = (this.#said + bytes).slice(-4000)))
    await listening(this.#namespace, `src ${SERVER_TOO} and sport = :443`).catch((cause) => {
      throw new Error(`the rendezvous does not come up: ${this.#said}`, { cause })
    })
  }

  /** What a box at home is told of it: its address, and in this laboratory whom to believe that it is it. */
  get settings(): Readonly<Record<string, string>> {
    return {
      PARLOR_CALL__RENDEZVOUS: PAGES,
      NODE_EXTRA_CA_CERTS: this.#certificate.cert,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((done) => child.once('exit', done))
    child.kill('SIGTERM')
    await gone
  }
}
