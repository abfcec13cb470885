// whip.ts — another program as one more person in this box's room (WHIP): joins who may (whip-tokens.ts), the door (broadcast/whip.ts), and the
// person it becomes (publisher.ts).
//
// Into the box's own room only: for those of others they have their own boxes, or their link. What speaks WebRTC is loaded with the first.

import { linkOf } from '../broadcast/whip/door.ts'
import { Whip } from '../broadcast/whip.ts'
import type { OpenBroker } from '../call/signalling.ts'
import type { IceServer } from '../call/transport.ts'
import type { RoomSecret } from '../core/id.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { may } from '../room/access.ts'
import { type Identity, identityFrom } from '../room/identity.ts'
import { roomKeys } from '../room/link.ts'
import { bytesOf, derive, systemRandom } from '../wire/crypto.ts'
import type { Publisher } from './publisher.ts'
import { sessionsAt } from './sessions.ts'
import { WhipTokens } from './whip-tokens.ts'

type Parts = {
  /** The data folder. */
  readonly folder: string
  readonly identity: Identity
  /** The box's own room. */
  readonly own: RoomSecret
  readonly openBroker: OpenBroker
  readonly iceServers: () => readonly IceServer[]
  readonly clock: Clock
  readonly log: Log
}

/** What the person at the machine sees and orders of it. */
export type WhipReach = {
  /** The path at which it is published. */
  readonly path: string
  list(): ReadonlyArray<{ readonly name: string; readonly publishing: boolean }>
  /** @returns the token, which is shown this once */
  add(name: string): Promise<string>
  remove(name: string): Promise<void>
}

export async function openWhip({ folder, identity, own, openBroker, iceServers, clock, log }: Parts) {
  const tokens = new WhipTokens(folder, systemRandom)
  await tokens.open()
  const room = roomKeys(own)
  const policy = { owner: identity.peer, roles: new Map() }
  let Person: typeof Publisher | null = null
  const whip = new Whip({
    tokens,
    publish: (name) => {
      // Out of the box's own key: whoever publishes under a name is the same person tomorrow.
      const its = identityFrom(derive(identity.secretKey, bytesOf('parlor/1'), `publisher ${name}`, 32))
      if (!Person || !may(its.peer, 'join', policy) || !may(its.peer, 'show', policy) || !may(its.peer, 'speak', policy))
        return { status: 403, sentence: 'Nobody may be shown in this room by that.' }
      const person = new Person({ identity: its, name, room, openBroker, iceServers, clock, log })
      return {
        peering: person.peering,
        look: () => person.failed,
        ended: (why) => {
          log.info('somebody publishes no more', { who: name, why })
          void person.leave().catch((error: unknown) => log.error('a publisher could not leave', error))
        },
      }
    },
    links: () => iceServers().map(linkOf),
    random: systemRandom,
    clock,
  })
  const load = async () => {
    Person ??= (await import('./publisher.ts')).Publisher
  }
  const path = `/whip/${room.id}`
  const reach: WhipReach = {
    path,
    list: () => tokens.names.map((name) => ({ name, publishing: whip.publishing.includes(name) })),
    add: async (name) => {
      const token = await tokens.add(name)
      await whip.revoke(name.trim())
      return token
    },
    remove: async (name) => {
      await tokens.remove(name)
      await whip.revoke(name.trim())
    },
  }
  return {
    reach,
    close: () => whip.close(),
    sessions: sessionsAt(path, load, (ask, below) => whip.answer(ask, below)),
  }
}
