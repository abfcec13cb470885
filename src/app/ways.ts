// ways.ts — the ways by which people find each other: the broker in the box, a broker for all boxes behind it, and what the rendezvous lends.
//
// What is written in the settings goes before what the rendezvous says.

import type { OpenBroker } from '../call/signalling.ts'
import type { IceServer } from '../call/transport.ts'
import { useCallPorts } from '../call/werift/ports.ts'
import { Bridge } from '../control/bridge.ts'
import { type EmbeddedBroker, openBroker } from '../control/broker.ts'
import { brokerOver, type Door } from '../control/mqtt.ts'
import type { Config } from '../core/config.ts'
import type { RoomSecret } from '../core/id.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { Scope } from '../lib/scope.ts'
import { RendezvousClient } from '../rendezvous/client.ts'
import { serversFor } from '../rendezvous/credentials.ts'
import type { Identity } from '../room/identity.ts'
import { roomKeys } from '../room/link.ts'

type Parts = {
  readonly config: Config
  readonly identity: Identity
  readonly own: RoomSecret
  /** Whether an origin is one of this box. */
  readonly isOurs: (origin: string) => boolean
  readonly clock: Clock
  readonly log: Log
  readonly scope: Scope
}

export type Ways = {
  /** The broker in the box, and the way to it. */
  readonly broker: EmbeddedBroker
  readonly inside: OpenBroker
  /** Asked for each link: passwords may be good for a day only. */
  readonly iceServers: () => readonly IceServer[]
  /** People of this room are found from elsewhere, too. */
  readonly serve: (room: RoomSecret) => void
  /** Resolves when what the rendezvous lends is known, or will not be. */
  readonly ready: (signal: AbortSignal) => Promise<void>
  /** The way to a room whose link leads to the origin `at`; null: it is found in our own broker. */
  readonly elsewhere: (at: string | null, log: Log) => OpenBroker | null
  /** The machine's network is another: our connections begin anew, then `after`. */
  readonly moved: (after: () => void) => void
  /** Whether the broker for all boxes is reached; null: there is none. */
  readonly up: () => boolean | null
}

/** What it opened is closed with the scope. @throws Refusal 'port-taken', 'bad-config' */
export async function openWays({ config, identity, own, isOurs, clock, log, scope }: Parts): Promise<Ways> {
  const { mqtt, web, call } = config
  useCallPorts(call.ports)
  const over = (door: Parameters<typeof brokerOver>[0], part: string, to = log) => brokerOver(door, { clock, log: to.part(part) })
  const broker = await openBroker({
    clock,
    log: log.part('broker'),
    home: { box: identity.peer, password: mqtt.password, prefix: mqtt.discovery },
  })
  scope.defer(() => broker.close())
  if (mqtt.port) await broker.listen(web.listen, mqtt.port)
  const meeting = call.rendezvous
    ? new RendezvousClient({ origin: call.rendezvous, room: roomKeys(own).id, clock, log: log.part('rendezvous') })
    : null
  void meeting
    ?.run(scope.signal)
    .catch((error: unknown) => scope.signal.aborted || log.error('the rendezvous is not asked any more', error))
  const server = mqtt.server || meeting?.broker
  const bridge = server ? new Bridge({ inside: broker, outside: over(server, 'bridge')(null) }) : null
  bridge?.open()
  bridge?.serve(roomKeys(own).id)
  scope.defer(() => bridge?.close())
  return {
    broker,
    inside: over(() => broker.local(), 'mqtt'),
    iceServers: () => (call.iceServers.length > 0 || !meeting ? serversFor(call.iceServers, identity.peer, Date.now()) : meeting.servers),
    serve: (room) => bridge?.serve(roomKeys(room).id),
    ready: async (signal) => meeting?.known(signal),
    // With one broker for all boxes everybody is found there; else a room is where its link says.
    elsewhere: (at, to) => (mqtt.server || at === null || isOurs(at) ? null : over(brokerAt(at), 'mqtt', to)),
    moved: (after) => (bridge ? bridge.renew(after) : after()),
    up: () => bridge?.up ?? null,
  }
}

/** The broker in the box or server whose pages are at `at`. Its certificate may be of its own making: all we say there is sealed and signed. */
const brokerAt = (at: string): Door => ({ url: `${at.replace(/^http/, 'ws')}/mqtt`, anyCertificate: true })
