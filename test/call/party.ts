// party.ts — several whole calls in one process, over a broker and a network that the test owns, in a time that it moves.
import { Call } from '../../src/call/call.ts'
import type { Person } from '../../src/call/person.ts'
import type { CallTrouble } from '../../src/call/trouble.ts'
import type { PeerId } from '../../src/core/id.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import type { Log } from '../../src/lib/log.ts'
import { identityFrom } from '../../src/room/identity.ts'
import { newSecret, roomKeys } from '../../src/room/link.ts'
import { type Random, sha256 } from '../../src/wire/crypto.ts'
import type { Identity } from '../../src/wire/key.ts'
import { FakeBroker } from '../fake/broker.ts'
import { FakeNet, type FakeTransport } from '../fake/transport.ts'

/** Random bytes that are the same in every run. */
export function seeded(seed: number | string): Random {
  let state = sha256(new TextEncoder().encode(`${seed}`))
  return (length) => {
    const out = new Uint8Array(length)
    for (let at = 0; at < length; at += 32) {
      state = sha256(state)
      out.set(state.subarray(0, Math.min(32, length - at)), at)
    }
    return out
  }
}

export type Guest = {
  readonly name: string
  readonly peer: PeerId
  readonly identity: Identity
  readonly call: Call<FakeTransport>
  /** Confirmed links, as `opened` and `closed` told. */
  readonly open: Map<PeerId, FakeTransport>
  readonly troubles: CallTrouble[]
  /** Everything that `people` ever told. */
  readonly told: Array<readonly Person[]>
  readonly joined: Promise<unknown>
}

export class Party {
  readonly clock = new FakeClock()
  readonly broker = new FakeBroker()
  readonly net = new FakeNet()
  readonly room = roomKeys(newSecret(seeded('the room')))
  readonly errors: unknown[] = []
  readonly guests: Guest[] = []
  #count = 0

  /** Somebody comes in. `joined` settles with undefined, or with what was thrown. */
  come(
    name: string,
    options: { identity?: Identity; room?: Party['room']; limit?: number; signal?: AbortSignal; greets?: (peer: PeerId) => boolean } = {},
  ): Guest {
    const identity = options.identity ?? person(name)
    const call = new Call<FakeTransport>({
      identity,
      name,
      kind: 'browser',
      room: options.room ?? this.room,
      openBroker: this.broker.for(name),
      openTransport: () => this.net.open(name),
      clock: this.clock,
      log: this.#log,
      random: seeded(`${name} ${++this.#count}`),
      ...(options.greets && { greets: options.greets }),
      ...(options.limit === undefined ? {} : { limit: options.limit }),
    })
    const open = new Map<PeerId, FakeTransport>()
    const troubles: CallTrouble[] = []
    const told: Array<readonly Person[]> = []
    call.on('opened', (peer, transport) => void open.set(peer, transport))
    call.on('closed', (peer) => void open.delete(peer))
    call.on('trouble', (trouble) => void troubles.push(trouble))
    call.on('people', (people) => void told.push(people))
    const joined = call.join(options.signal ?? new AbortController().signal).then(
      () => undefined,
      (error: unknown) => error,
    )
    const guest = { name, peer: identity.peer, identity, call, open, troubles, told, joined }
    this.guests.push(guest)
    return guest
  }

  /** `ann: ben live, cai reconnecting`, one line per guest. */
  seen(...guests: readonly Guest[]): string[] {
    const nameOf = new Map(this.guests.map((g) => [g.peer, g.name]))
    return guests.map(({ name, call }) => {
      const people = call.people().map((p) => `${nameOf.get(p.peer) ?? 'nobody'} ${p.state}`)
      return `${name}: ${people.sort().join(', ')}`
    })
  }

  /** Everybody sends a frame on every open link. */
  async film(...guests: readonly Guest[]): Promise<void> {
    for (const { open } of guests) for (const transport of open.values()) transport.sendFrame('camera', Uint8Array.of(1))
    await this.clock.advance(0 as never)
  }

  readonly #log: Log = {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: (sentence, error) => void this.errors.push(sentence, error),
    part: () => this.#log,
  }
}

export const person = (name: string): Identity => identityFrom(seeded(`identity of ${name}`)(32))

/** What `seen` says when everybody sees everybody. */
export function fullMesh(guests: readonly Guest[]): string[] {
  return guests.map(({ name }) => {
    const others = guests.filter((g) => g.name !== name).map((g) => `${g.name} live`)
    return `${name}: ${others.sort().join(', ')}`
  })
}
