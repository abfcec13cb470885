// web.ts — opens the pages' servers with what the box has: pages, certificate, broker, TV.
import { join } from 'node:path'
import type { EmbeddedBroker } from '../control/broker.ts'
import type { RemoteEars, RemoteSocket } from '../control/remote.ts'
import type { Config } from '../core/config.ts'
import type { RoomId } from '../core/id.ts'
import type { Clock } from '../lib/clock.ts'
import { Refusal } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import type { Scope } from '../lib/scope.ts'
import { readText, readTree, writeAtomic } from '../system/disk.ts'
import { fork } from '../system/process.ts'
import { makerApart } from '../web/certificate/apart.ts'
import { Certificates } from '../web/certificate.ts'
import type { IceServer } from '../web/info.ts'
import type { Look } from '../web/look.ts'
import { PageFiles } from '../web/page-files.ts'
import { here } from '../web/place.ts'
import type { RouteParts } from '../web/route.ts'
import { openServer } from '../web/server.ts'
import type { SetupDoor } from '../web/setup-door.ts'
import type { SocketParts } from '../web/socket.ts'
import { type HouseRelays, relaysFor, watchAnswers } from './house.ts'

type Parts = {
  readonly config: Config['web']
  /** The data folder, where the certificates are kept. */
  readonly folder: string
  /** The folder of the project, where the built pages are. */
  readonly root: string
  readonly broker: EmbeddedBroker
  /** Takes over a phone's connection. */
  readonly remote: (socket: RemoteSocket, address: string) => RemoteEars
  readonly look: Look
  readonly tvKey: string
  readonly room: RoomId
  /** The link to our room, for whoever sits at the machine. */
  readonly link: () => string
  readonly iceServers: () => readonly IceServer[]
  readonly illness: () => string | null
  /** The set-up, for phones on the box's own access point. */
  readonly setup: SetupDoor | undefined
  readonly metrics: () => string
  readonly watch: NonNullable<RouteParts['watch']>
  readonly sessions: NonNullable<RouteParts['sessions']>
  readonly download: NonNullable<RouteParts['download']>
  readonly chat: NonNullable<SocketParts['chat']>
  readonly clock: Clock
  readonly log: Log
  readonly scope: Scope
}

/** The ports that are open, and what programs there are behind them. */
export type Web = {
  readonly http: number
  readonly https: number
  readonly fingerprint: string
  readonly relays: HouseRelays
  /** What is answered to who watches here, whatever program. */
  readonly watch: NonNullable<RouteParts['watch']>
}

/** @throws Refusal 'bad-config' when the pages are not built, 'port-taken' */
export async function openWeb({ config, folder, root, broker, clock, log, scope, ...parts }: Parts): Promise<Web> {
  const files = new PageFiles(await readTree(join(root, 'dist/pages')))
  if (!files.has('r.html')) throw new Refusal('bad-config', 'the pages are not built; run scripts/setup')
  const place = () => here(config.names)
  const shelf = {
    read: (name: string) => readText(join(folder, name)),
    write: (name: string, text: string) => writeAtomic(join(folder, name), text),
  }
  const certificates = new Certificates({ shelf, log: log.part('certificate'), place, maker: makerApart((module) => fork(module, {})) })
  const credentials = await certificates.open()
  const relays = relaysFor({ config, port: () => server.httpPort, clock, log: log.part('relay'), scope })
  const watch = watchAnswers(parts.watch, relays)
  const server = await openServer({
    ...parts,
    watch,
    bring: (link) => relays.bring(link),
    carried: (path) => relays.carried(path),
    place,
    files,
    info: () => ({ iceServers: parts.iceServers(), link: parts.link(), room: parts.room }),
    authority: () => certificates.authority,
    elsewhere: [],
    mqtt: (stream) => broker.accept(stream),
    clock,
    log: log.part('web'),
    listen: config.listen,
    httpPort: config.http,
    https: { port: config.https, credentials },
  })
  scope.defer(() => server.close())
  certificates.watch(clock, scope.signal, (made) => server.useCredentials(made)).catch(() => {})
  return { http: server.httpPort, https: server.httpsPort ?? 0, fingerprint: certificates.authority.fingerprint, relays, watch }
}
