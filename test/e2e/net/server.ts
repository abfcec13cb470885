// server.ts — what stands on the internet: STUN and TURN (coturn: UDP and TCP on 3478, TLS on 443), and the pages with their broker.
import { type ChildProcess, spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Box } from '../kit/box.ts'
import { temporaryFolder } from '../kit/folder.ts'
import { SERVER, SERVER_TOO } from './lab.ts'
import { listening, run } from './netns.ts'

const COTURN = '/usr/bin/turnserver'
export const whyNoCoturn = (): string | null => (existsSync(COTURN) ? null : `no ${COTURN}`)

export const TURN_SECRET = 'what only the two servers know'
/** Every way there is, as people would write it in the settings. */
const URLS = [`turn:${SERVER}:3478`, `turn:${SERVER}:3478?transport=tcp`, `turns:${SERVER}:443?transport=tcp`]

export type IceServer = { readonly urls: string; readonly username?: string; readonly credential?: string }

/** STUN, and TURN by every way there is, with credentials for an hour (TURN REST). */
export function iceServers(): IceServer[] {
  const username = `${Math.floor(Date.now() / 1000) + 3600}:lab`
  const credential = createHmac('sha1', TURN_SECRET).update(username).digest('base64')
  return [{ urls: `stun:${SERVER}:3478` }, ...URLS.map((urls) => ({ urls, username, credential }))]
}

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
    process.once('exit', () => child.kill('SIGKILL'))
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

/** A box that only serves: its pages and its broker are those of everybody. */
export function openPages(namespace: string): Promise<Box> {
  return Box.start(
    {
      PARLOR_WEB__HTTPS: '443',
      PARLOR_WEB__LISTEN: SERVER_TOO,
      PARLOR_CAMERA__SOURCE: 'none',
      PARLOR_CALL__ICE_SERVERS: JSON.stringify(iceServers()),
    },
    { join: false, namespace },
  )
}

/** What a box at home is told of them. @param pages the box that serves */
export const towards = (pages: Box): Readonly<Record<string, string>> => ({
  PARLOR_MQTT__SERVER: `wss://${SERVER_TOO}/mqtt`,
  NODE_EXTRA_CA_CERTS: join(pages.data, 'authority.pem'),
  PARLOR_CALL__ICE_SERVERS: JSON.stringify(iceServers()),
})
