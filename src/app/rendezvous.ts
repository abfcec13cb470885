// rendezvous.ts — the same program in its public role: pages, broker and passwords for TURN servers, for boxes and browsers that share no
// home network. Has no camera, no room and no identity, and keeps nothing but its certificate: it sees room ids, sizes and times.
//
//   rendezvous.ts        settings as for a box: [web], [mqtt] server (a cluster behind it), [call] iceServers, [log]
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { openBroker } from '../control/broker.ts'
import { exposition } from '../control/metrics.ts'
import { brokerOver } from '../control/mqtt.ts'
import { Onward } from '../control/onward.ts'
import type { Config } from '../core/config.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault, Refusal } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import { ms, seconds } from '../lib/unit.ts'
import { serversFor } from '../rendezvous/credentials.ts'
import { readText, readTree, writeAtomic } from '../system/disk.ts'
import { fork } from '../system/process.ts'
import { openSystemd, type Systemd } from '../system/systemd.ts'
import { makerApart } from '../web/certificate/apart.ts'
import { Certificates, type Credentials } from '../web/certificate.ts'
import { PageFiles } from '../web/page-files.ts'
import { here } from '../web/place.ts'
import { openServer } from '../web/server.ts'
import { exitWith, type Ground, onGround } from './start.ts'

/** A home has a handful of people; a town of them comes here. */
const CROWD = { all: 10_000, address: 60, network: 400, loopback: 10_000 }
const BROKER = { clients: 8000, kept: 32, retained: { inAll: 40_000, bytes: 64 * 1024 * 1024 } }
const LOOK_AT_CERTIFICATE = seconds(3600)

/** Opens its doors. What it opened is closed with the scope. @throws Refusal 'bad-config', 'port-taken' */
export async function openRendezvous({ config, folder, root, clock, log, scope }: Ground): Promise<{ http: number; https: number }> {
  const files = new PageFiles(await readTree(join(root, 'dist/pages')))
  if (!files.has('r.html')) throw new Refusal('bad-config', 'the pages are not built; run scripts/setup')
  const broker = await openBroker({ clock, log: log.part('broker'), limits: BROKER })
  scope.defer(() => broker.close())
  const cluster = (nodes: string) => brokerOver(nodes, { clock, log: log.part('cluster') })(null)
  const onward = config.mqtt.server ? new Onward(config.mqtt.server, { inside: broker, open: cluster, clock }) : null
  onward?.open()
  scope.defer(() => onward?.close())

  const place = () => here(config.web.names)
  const shelf = {
    read: (name: string) => readText(join(folder, name)),
    write: (name: string, text: string) => writeAtomic(join(folder, name), text),
  }
  const certificates = new Certificates({ shelf, log: log.part('certificate'), place, maker: makerApart((module) => fork(module, {})) })
  const own = await certificates.open()
  const bought = () => read(config.web)
  const server = await openServer({
    place,
    files,
    pages: ['/', '/r'],
    look: { jpeg: () => Promise.reject(new Fault('screen-lost', 'there is no TV here')), watch: () => () => {} },
    // Nobody knows it, and nobody is to look.
    tvKey: randomBytes(16).toString('base64url'),
    info: (room) => ({ iceServers: serversFor(config.call.iceServers, room ?? 'guest', Date.now()), link: null, room: 'any' }),
    authority: () => certificates.authority,
    elsewhere: [],
    mqtt: (stream) => broker.accept(stream),
    illness: () => (onward?.up === 0 ? 'no node of the cluster is reached' : null),
    metrics: () => {
      const { clients, retained, rooms, refused } = broker.counts()
      const one = (name: string, help: string, value: number) => ({ name, type: 'gauge' as const, help, samples: [{ value }] })
      return exposition([
        one('memory_rss_bytes', 'Memory', process.memoryUsage.rss()),
        one('uptime_seconds', 'Since the start', process.uptime()),
        one('connections', 'Connections to the pages and the broker', server.connections),
        one('broker_clients', 'Clients of the broker inside', clients),
        one('broker_retained', 'Messages that the broker inside keeps', retained),
        one('broker_rooms', 'Rooms that the broker inside knows', rooms),
        one('broker_refused', 'What was refused of guests', refused),
        one('cluster_connections', 'Connections to the cluster behind', onward?.up ?? 0),
        one('cluster_rooms', 'Rooms that are joined with the cluster behind', onward?.rooms ?? 0),
      ])
    },
    clock,
    log: log.part('web'),
    crowd: CROWD,
    listen: config.web.listen,
    httpPort: config.web.http,
    https: { port: config.web.https, credentials: (await bought()) ?? own },
  })
  scope.defer(() => server.close())
  watch(server, bought, clock, scope.signal, log).catch(() => {})
  if (!config.web.certificate) certificates.watch(clock, scope.signal, (made) => server.useCredentials(made)).catch(() => {})
  return { http: server.httpPort, https: server.httpsPort ?? 0 }
}

/** The certificate that somebody else signed and keeps fresh, as certbot does; null: there is none. */
async function read({ certificate, key }: Config['web']): Promise<Credentials | null> {
  if (!certificate || !key) return null
  const [cert, secret] = await Promise.all([readText(certificate), readText(key)])
  if (cert === null || secret === null) throw new Refusal('bad-config', `there is no ${cert === null ? certificate : key}`)
  return { cert, key: secret }
}

/** Serves with a renewed certificate without being started again. */
async function watch(
  server: { useCredentials(credentials: Credentials): void },
  bought: () => Promise<Credentials | null>,
  clock: Clock,
  signal: AbortSignal,
  log: Log,
): Promise<void> {
  for (let known = (await bought())?.cert; known !== undefined; ) {
    await clock.sleep('look at the certificate', LOOK_AT_CERTIFICATE, signal)
    try {
      const now = await bought()
      if (!now || now.cert === known) continue
      server.useCredentials(now)
      known = now.cert
      log.info('serves with a new certificate')
    } catch (error) {
      log.error('the certificate could not be read', error)
    }
  }
}

/** Tells systemd that our event loop turns, for as long as it does. */
async function feed(systemd: Systemd, clock: Clock, signal: AbortSignal): Promise<void> {
  while (systemd.interval !== null) {
    systemd.watchdog()
    await clock.sleep('watchdog', systemd.interval, signal)
  }
}

async function main(ground: Ground, stopped: Promise<string>): Promise<void> {
  const { clock, log, scope } = ground
  const systemd = openSystemd(process.env, process.pid, (error) => log.error('systemd cannot be told how we are', error))
  const ports = await openRendezvous(ground)
  systemd.ready()
  feed(systemd, clock, scope.signal).catch(() => {})
  log.info('ready', { httpPort: ports.http, httpsPort: ports.https, tookMs: ms(Math.round(performance.now())) })
  const why = await stopped
  systemd.stopping()
  log.info('stopping', { why })
}

if (import.meta.main) exitWith(onGround(main))
