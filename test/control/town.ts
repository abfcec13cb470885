// town.ts — many calls at once over real brokers: real rooms, and media that flows all the time. In two of the rooms it flows over real
// links (werift); in the others in memory, because that costs nothing.
import { setTimeout as sleep } from 'node:timers/promises'
import { Call } from '../../src/call/call.ts'
import type { Transport } from '../../src/call/transport.ts'
import { openWerift } from '../../src/call/werift.ts'
import { brokerOver } from '../../src/control/mqtt.ts'
import type { PeerId } from '../../src/core/id.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { newSecret, roomKeys } from '../../src/room/link.ts'
import { systemRandom } from '../../src/wire/crypto.ts'
import { person } from '../call/party.ts'
import { CAMERA, rtp } from '../contract/rtp.ts'
import { quietLog } from '../fake/quiet.ts'
import { FakeNet } from '../fake/transport.ts'

const REAL_ROOMS = 2
/** Milliseconds from picture to picture. */
const EVERY = 50

/** A transport that can film. `film` sends a picture, and counts it when it could not go. */
type Filming = Transport & { film(): void }
type Guest = {
  readonly name: string
  readonly room: number
  readonly call: Call<Filming>
  readonly links: Map<PeerId, Filming>
  /** Pictures that came in, over all links. */
  seen: number
}

export class Town {
  /** Whose link to whom was closed or sought, though both were there all the time. */
  readonly parted: string[] = []
  readonly #wayIn: () => string
  readonly #rooms = new Map<number, ReturnType<typeof roomKeys>>()
  readonly #net = new FakeNet()
  readonly #names = new Map<PeerId, string>()
  readonly #guests = new Set<Guest>()
  /** Who goes is not missed. */
  readonly #gone = new Set<string>()
  readonly #going: Promise<unknown>[] = []
  #filming: NodeJS.Timeout | undefined
  /** How often all have filmed. */
  #turns = 0

  /** @param wayIn gives the way to the broker for the next one who comes */
  constructor(wayIn: () => string) {
    this.#wayIn = wayIn
  }

  come(who: string, room: number): void {
    const name = `${who} ${room}`
    const identity = person(name)
    const keys = this.#rooms.get(room) ?? roomKeys(newSecret(systemRandom))
    this.#rooms.set(room, keys)
    this.#names.set(identity.peer, name)
    const { log } = quietLog()
    const call = new Call<Filming>({
      identity,
      name,
      kind: 'browser',
      room: keys,
      openBroker: (will) => brokerOver(this.#wayIn(), { clock: systemClock, log })(will),
      openTransport: () => (room < REAL_ROOMS ? this.#real(guest) : this.#fake(guest)),
      clock: systemClock,
      log,
      random: systemRandom,
    })
    const guest: Guest = { name, room, call, links: new Map(), seen: 0 }
    call.on('opened', (peer, transport) => void guest.links.set(peer, transport))
    call.on('closed', (peer) => {
      guest.links.delete(peer)
      this.#part(name, this.#names.get(peer) ?? 'a stranger', 'has no link to')
    })
    call.on('people', (people) => {
      for (const other of people) if (other.state === 'reconnecting') this.#part(name, other.name, 'looks for')
    })
    this.#guests.add(guest)
    call.join(new AbortController().signal).catch((error: unknown) => this.parted.push(`${name} could not come in: ${error}`))
  }

  go(who: string, room: number): void {
    const guest = [...this.#guests].find(({ name }) => name === `${who} ${room}`)
    if (!guest) throw new Error(`nobody is called ${who} ${room}`)
    this.#guests.delete(guest)
    this.#gone.add(guest.name)
    this.#going.push(guest.call.leave())
  }

  /** Waits until everybody sees all the others of their room, with a link to each, and nobody else. */
  async settles(): Promise<void> {
    while (![...this.#guests].every((guest) => this.#isRight(guest))) await sleep(10)
  }

  /** From now on all film. Gives how many pictures each had seen before. */
  film(): ReadonlyMap<string, number> {
    this.#filming = setInterval(() => {
      this.#turns++
      for (const { links } of this.#guests) for (const link of links.values()) link.film()
    }, EVERY)
    return this.#count()
  }

  /** What part of its time this process was given since it began to film so long ago: 1 for all of it. */
  given(milliseconds: number): number {
    return (this.#turns * EVERY) / milliseconds
  }

  /** Waits until pictures have come, and still come, to everybody who was counted and is still here. */
  async hears(before: ReadonlyMap<string, number>): Promise<void> {
    for (const counted of [before, this.#count()])
      while ([...this.#guests].some(({ name, links, seen }) => links.size > 0 && seen <= (counted.get(name) ?? Number.NEGATIVE_INFINITY)))
        await sleep(10)
  }

  async close(): Promise<void> {
    clearInterval(this.#filming)
    for (const { name } of this.#guests) this.#gone.add(name)
    await Promise.all([...this.#going, ...[...this.#guests].map(({ call }) => call.leave())])
  }

  #count(): ReadonlyMap<string, number> {
    return new Map([...this.#guests].map(({ name, seen }) => [name, seen]))
  }

  #isRight({ name, room, call, links }: Guest): boolean {
    const others = [...this.#guests].filter((other) => other.room === room && other.name !== name)
    const seen = call.people().map((other) => `${other.name} ${other.state}`)
    const due = others.map((other) => `${other.name} live`)
    return links.size === others.length && seen.sort().join() === due.sort().join()
  }

  #part(a: string, b: string, how: string): void {
    if (!this.#gone.has(a) && !this.#gone.has(b)) this.parted.push(`${a} ${how} ${b}`)
  }

  #fake(guest: Guest): Filming {
    const transport = this.#net.open(guest.name)
    transport.on('frame', () => void guest.seen++)
    return Object.assign(transport, {
      film: () => {
        if (!transport.sendFrame('camera', Uint8Array.of(1))) this.#part(guest.name, transport.otherEnd ?? 'nobody', 'cannot film for')
      },
    })
  }

  #real(guest: Guest): Filming {
    let sent = 0
    const transport = openWerift({ iceServers: [], onRtp: () => void guest.seen++, log: quietLog().log })
    return Object.assign(transport, { film: () => transport.sendRtp('camera', rtp(CAMERA, ++sent)) })
  }
}
