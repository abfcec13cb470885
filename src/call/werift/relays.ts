// relays.ts — the relays of one link: asked for by all ways that there are (turn-ways.ts, turn.ts), shown to werift's agent as protocols
// of its own, and given back when they are not needed.
import { Candidate, candidateFoundation, StunOverTurnProtocol, type TurnProtocol } from 'werift'
import type { Clock } from '../../lib/clock.ts'
import { seconds } from '../../lib/unit.ts'
import type { Address, Agent, Pair, Protocol } from './inner.ts'
import type { Odd } from './odd.ts'
import { Relay } from './turn.ts'
import { race } from './turn-ways.ts'
import type { TurnServer } from './turn-wire.ts'

/** A direct way must have held for so long before the relays are given back. */
const KEPT = seconds(10)
/** RFC 8445 §5.1.2.1: below everything else, and by the better way first. */
const PRIORITY = { udp: 2, tcp: 1, tls: 0 } as const

export type RelaysParts = {
  readonly agent: Agent
  readonly servers: readonly TurnServer[]
  readonly clock: Clock
  readonly odd: Odd
  /** Our credentials now: candidates carry the name. */
  readonly username: () => string
  /** There is one more to check. */
  readonly onOpen: () => void
  /** This one is gone, whatever went over it. */
  readonly onDrop: (protocol: Protocol) => void
  readonly onError: (error: unknown) => void
}

type Ears = { hear: (data: Buffer, from: Address) => void; end: () => void }

export class Relays {
  readonly #parts: RelaysParts
  readonly #all = new Map<Protocol, Relay>()
  #isClosed = false

  constructor(parts: RelaysParts) {
    this.#parts = parts
  }

  /** Asks for an address at a relay, by the ways that there are. */
  reach(signal: AbortSignal): Promise<void> {
    const { clock, odd, servers } = this.#parts
    return race(
      {
        servers,
        clock,
        open: async (server, signal) => {
          const ears: Ears = { hear: () => {}, end: () => {} }
          const relay = new Relay({ server, clock, odd, onData: (data, from) => ears.hear(data, from), onEnd: () => ears.end() })
          return { relay, ears, address: await relay.open(signal) }
        },
        onOpen: ({ relay, ears, address }) => {
          if (this.#isClosed || signal.aborted) relay.close()
          else this.#use(relay, address, ears)
        },
      },
      signal,
    )
  }

  /** Sends by the relay behind this protocol; false when it cannot go. */
  send(protocol: Protocol, datagram: Buffer, to: Address): boolean {
    return this.#all.get(protocol)?.send(datagram, to) ?? false
  }

  /** This way is in use now. */
  take({ protocol, remoteAddr }: Pair): void {
    this.#all.get(protocol)?.bind(remoteAddr)
  }

  /** An allocation may have died with the network; each gathering makes a new one, and only the one in use is kept beside it. */
  dropOld(inUse: Protocol | undefined): void {
    for (const protocol of this.#parts.agent.protocols.filter(({ type }) => type === 'turn')) if (protocol !== inUse) this.#drop(protocol)
  }

  /** A relay costs somebody else something: it goes when a direct way has held for a moment. */
  async giveBack(isStillDirect: () => boolean, signal: AbortSignal): Promise<void> {
    try {
      await this.#parts.clock.sleep('a direct way holds', KEPT, signal)
    } catch {
      return
    }
    if (isStillDirect()) for (const protocol of [...this.#all.keys()]) this.#drop(protocol)
  }

  /** Opens none any more. Those that are open go with the agent. */
  close(): void {
    this.#isClosed = true
  }

  #use(relay: Relay, [host, port]: Address, ears: Ears): void {
    const { agent, username, onOpen } = this.#parts
    // What werift sends of its own accord, checks and their answers, goes the same way as ours.
    const turn = {
      transactions: {},
      onData: { subscribe: () => ({ disposer: () => {} }) },
      sendData: async (data: Buffer, to: Address) => void relay.send(data, to),
      close: async () => relay.close(),
    }
    const protocol = new StunOverTurnProtocol(turn as unknown as TurnProtocol) as unknown as Protocol
    this.#all.set(protocol, relay)
    agent.ensureProtocol(protocol)
    const priority = PRIORITY[relay.transport] * 2 ** 24 + 65_535 * 256 + 255
    // Where we are behind it is nobody's business (RFC 8828 §5.2).
    const candidate = new Candidate(candidateFoundation('relay', 'udp', host), 1, 'udp', priority, host, port, 'relay', '0.0.0.0', 9)
    protocol.localCandidate = Object.assign(candidate, { generation: agent.generation, ufrag: username() })
    agent.protocols.push(protocol)
    ears.hear = (data, from) => protocol.handleStunMessage?.(data, from)
    ears.end = () => this.#drop(protocol)
    agent.pairLocalProtocol(protocol)
    agent.appendLocalCandidate(candidate)
    onOpen()
  }

  #drop(protocol: Protocol): void {
    const { agent, onDrop, onError } = this.#parts
    this.#all.delete(protocol)
    const at = agent.protocols.indexOf(protocol)
    if (at >= 0) agent.protocols.splice(at, 1)
    onDrop(protocol)
    protocol.close().catch(onError)
  }
}
