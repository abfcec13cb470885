// sockets.ts — the UDP sockets of one link: one for each of our addresses, and how they look from outside (RFC 8489 §2).
//
// They can be made ready long before there is anybody to tell of them: then they ask the STUN server again and again, so that routers keep
// their ports open, until they are wanted. Through an ICE restart they are kept; asked they are anew, for the home may have another address by now.
import { type Connection, getHostAddresses, type StunProtocol, serverReflexiveCandidate } from 'werift'
import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import { seconds } from '../../lib/unit.ts'
import type { Address, Agent, Protocol } from './inner.ts'
import { LOOPBACK } from './pair.ts'
import { nextCallPort } from './ports.ts'

const SERVER_SECONDS = 5
const SOCKET_BUFFER = 1024 * 1024
/** Ports of a range that are tried for one socket: others of this machine may hold some. */
const MOST_PORTS = 20
/** Routers that forget sooner are rare (RFC 8445 §11). */
const KEEP = seconds(15)

export type SocketsParts = {
  readonly agent: Agent
  readonly connection: Connection
  readonly stunServer: Address | null
  readonly clock: Clock
  /** Our credentials now: candidates carry the name. */
  readonly username: () => string
  readonly onError: (error: unknown) => void
}

export class Sockets {
  readonly #parts: SocketsParts
  #ready: { readonly opened: Promise<void>; readonly stop: () => void } | null = null
  #isClosed = false

  constructor(parts: SocketsParts) {
    this.#parts = parts
  }

  /** Opens them ahead of time and keeps them known from outside, until open() or the end. */
  prepare(): void {
    if (this.#ready || this.#isClosed) return
    const ready = new AbortController()
    this.#ready = { opened: this.#open(), stop: () => ready.abort() }
    this.#keepReady(this.#ready.opened, ready.signal).catch((error) => {
      if (!ready.signal.aborted) this.#parts.onError(error)
    })
  }

  /** Opens what is not open yet: milliseconds. */
  open(): Promise<void> {
    const ready = this.#ready
    this.#ready = null
    ready?.stop()
    return ready?.opened ?? this.#open()
  }

  /** Asks how they look from outside. What is new becomes a candidate. */
  async reflect(): Promise<void> {
    await Promise.all(this.#all.map((protocol) => this.#reflect(protocol).catch(this.#parts.onError)))
  }

  /** Opens none any more. Those that are open go with the agent. */
  close(): void {
    this.#isClosed = true
    this.#ready?.stop()
  }

  async #keepReady(opened: Promise<void>, signal: AbortSignal): Promise<void> {
    await opened
    for (;;) {
      await this.reflect()
      await this.#parts.clock.sleep('until a router might forget a spare socket', KEEP, signal)
    }
  }

  async #open(): Promise<void> {
    const { agent, username, onError } = this.#parts
    const kept = this.#all
    for (const { localCandidate } of kept) {
      if (!localCandidate) continue
      localCandidate.ufrag = username()
      agent.appendLocalCandidate(localCandidate)
    }
    const fresh = hostAddresses().filter((address) => !kept.some(({ localIp }) => localIp === address))
    await Promise.all(fresh.map((address) => this.#openAt(address)))
    // It was closed while they opened, and the agent knew nothing of them.
    if (this.#isClosed) for (const protocol of agent.protocols.splice(0)) protocol.close().catch(onError)
    for (const { transport } of agent.protocols) this.#widen(transport)
  }

  async #openAt(address: string): Promise<void> {
    const { agent, onError } = this.#parts
    for (let n = 0; n < MOST_PORTS && !this.#isClosed; n++) {
      const port = nextCallPort()
      // The agent reads it before it waits for anything.
      agent.options.portRange = port === null ? undefined : [port, port]
      await Promise.all(agent.getCandidatePromises([address], SERVER_SECONDS).map((promise) => promise.catch(onError)))
      if (port === null || agent.protocols.some(({ localIp }) => localIp === address)) return
    }
    if (!this.#isClosed) onError(new Fault('transport', `none of the ports for calls is free at ${address}`))
  }

  get #all(): Protocol[] {
    return this.#parts.agent.protocols.filter(({ type }) => type === 'stun')
  }

  async #reflect(protocol: Protocol): Promise<void> {
    const { agent, connection, stunServer } = this.#parts
    const { localIp = '' } = protocol
    if (!stunServer || localIp.includes(':') || localIp === LOOPBACK) return
    const { generation } = agent
    const found = await serverReflexiveCandidate(protocol as unknown as StunProtocol, [...stunServer])
    if (!found || this.#isClosed || generation !== agent.generation) return
    const { localCandidates } = connection
    const at = localCandidates.findIndex(
      ({ type, relatedAddress, relatedPort }) =>
        type === 'srflx' && relatedAddress === found.relatedAddress && relatedPort === found.relatedPort,
    )
    const known = localCandidates[at]
    if (known?.host === found.host && known.port === found.port) return
    if (known) localCandidates.splice(at, 1)
    agent.appendLocalCandidate(found)
  }

  #widen(transport: Protocol['transport']): void {
    const socket = transport?.socket
    if (!socket || opened.has(socket)) return
    opened.add(socket)
    socket.on('error', this.#parts.onError)
    try {
      socket.setRecvBufferSize(SOCKET_BUFFER)
      socket.setSendBufferSize(SOCKET_BUFFER)
    } catch (error) {
      this.#parts.onError(error) // a small buffer is a pity and no more
    }
  }
}

const opened = new WeakSet<object>()

/** All addresses of this machine. The loopback one too: a browser on it may have no other, when the cable is out. */
const hostAddresses = (): string[] => [...getHostAddresses(true, true), LOOPBACK]
