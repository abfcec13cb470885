// ice.ts — finds a way to the peer and keeps it (RFC 8445): werift's ICE agent, with its gathering, its timing and its sockets in our hands.
//
// What is ours, and why:
//   - host candidates are ready within milliseconds and stand in the description; servers are asked meanwhile, and what they say
//     comes later as a candidate. (werift waits 5 s for a silent server, and asks one on the internet when none was named.)
//   - checks: the first starts at once, and the way is taken in the moment it is found. (werift sleeps 20 ms between and after.)
//   - a way by relay is mostly found first. It is used, and the search for a direct one goes on; when that has held for a moment the
//     relay is given back. (werift stops at the first way.)
//   - relays are reached by UDP, TCP or TLS, whatever the network lets through (turn-ways.ts), by a TURN client of our own (turn.ts).
//   - the way found stays in use through an ICE restart until a better one is found.
//   - every datagram passes guard.ts before anything else sees it.
import { randomBytes } from 'node:crypto'
import {
  Candidate,
  Connection,
  candidateFoundation,
  classes,
  getHostAddresses,
  Message,
  methods,
  StunOverTurnProtocol,
  type StunProtocol,
  serverReflexiveCandidate,
  type TurnProtocol,
} from 'werift'
import type { Clock } from '../../lib/clock.ts'
import { type Ms, ms, seconds } from '../../lib/unit.ts'
import { addressIn, CANDIDATE_LIMIT, isFar } from '../candidate.ts'
import type { IceServer } from '../transport.ts'
import { Guard } from './guard.ts'
import { type Address, type Agent, agentOf, PAIR, type Pair, type Protocol, type UdpSocket } from './inner.ts'
import type { Odd } from './odd.ts'
import type { Sent } from './outbox.ts'
import './socket.ts'
import { Relay } from './turn.ts'
import { race, stunServerIn, turnServersIn } from './turn-ways.ts'
import type { TurnServer } from './turn-wire.ts'

/** RFC 8445 §14: the pause between one check and the next. */
const PACE = ms(20)
/** When all have failed they are tried again; how long in all is the link's decision. */
const AGAIN = ms(300)
/** Once there is a way, all that could be better are tried so often. */
const BETTER_ROUNDS = 12
/** A direct way must have held for so long before the relays are given back. */
const RELAY_KEPT = seconds(10)
/** RFC 8445 §5.1.2.1: below everything else, and by the better way first. */
const RELAY_PRIORITY = { udp: 2, tcp: 1, tls: 0 } as const
/** A controlling peer that names one worse way than ours so often in a row, and for so long, means it. */
const MEANT = 4
const MEANT_FOR = seconds(2)
const SERVER_SECONDS = 5
const LOOPBACK = '127.0.0.1'
const SOCKET_BUFFER = 1024 * 1024
/** DTLS datagrams that wait for a way. */
const WAITING = 8
/** Datagrams that wait in a socket which the system takes nothing more from: 50 ms at 4 Mb/s, and older media is worth nothing. */
const MOST_HELD = 24

export type IceParts = {
  readonly iceServers: readonly IceServer[]
  readonly odd: Odd
  readonly clock: Clock
  readonly onDtls: (datagram: Buffer) => void
  readonly onMedia: (datagram: Buffer) => void
  /** `candidate:...`, found after gather() had ended. */
  readonly onCandidate: (candidate: string) => void
  /** The first way was found. */
  readonly onPath: () => void
  readonly onError: (error: unknown) => void
}

type Credentials = { readonly username: string; readonly password: string }

export class Ice {
  readonly #parts: IceParts
  readonly #connection: Connection
  readonly #agent: Agent
  readonly #guard: Guard
  readonly #stunServer: Address | null
  readonly #turnServers: readonly TurnServer[]
  readonly #relays = new Map<Protocol, Relay>()
  /** Rounds that are left to look for a better way, and whether anybody looks. */
  #rounds = 0
  #isLooking = false
  /** The worse way that the peer names: since when, and how often. */
  #named: { readonly pair: Pair; readonly since: Ms; times: number } | null = null
  #path: Pair | null = null
  #turn = new AbortController()
  #isClosed = false
  /** The last datagram waits in the socket. */
  #isHeld = false
  #remotes = 0
  #remoteUsername = ''
  #waiting: Buffer[] = []
  /** The credentials in use, and those of before the last restart: a peer still asks with them until it has the new ones. */
  #own: Credentials
  #before: Credentials | null = null

  constructor(parts: IceParts) {
    this.#parts = parts
    this.#stunServer = stunServerIn(parts.iceServers)
    this.#turnServers = turnServersIn(parts.iceServers)
    this.#connection = new Connection(true, { useIpv4: true, useIpv6: true, iceLite: false })
    this.#agent = agentOf(this.#connection)
    this.#agent.stunServer = undefined // we ask ourselves, and not the one on the internet that werift knows
    this.#own = this.#newCredentials()
    this.#guard = new Guard({
      passwordOf: (username) => this.#credentialsOf(username)?.password ?? null,
      isBefore: (username) => username === this.#before?.username,
      keyOf: (transaction) => this.#keyOf(transaction),
    })
    this.#takeOver()
  }

  get username(): string {
    return this.#own.username
  }

  get password(): string {
    return this.#own.password
  }

  get isControlling(): boolean {
    return this.#agent._iceControlling
  }

  /** How datagrams go now; null without a way. */
  get way(): 'direct' | 'relay' | null {
    return this.#path && (rank(this.#path) < DIRECT ? 'relay' : 'direct')
  }

  /** Of the last answered check, in milliseconds; null before. */
  get roundTrip(): number | null {
    return this.#path?.rtt === undefined ? null : this.#path.rtt * 1000
  }

  #newCredentials(): Credentials {
    const made = { username: credential(6), password: credential(18) }
    const { userHistory } = this.#agent
    for (const name of Object.keys(userHistory)) delete userHistory[name]
    this.#agent.localUsername = made.username
    this.#agent.localPassword = made.password
    userHistory[made.username] = made.password
    return made
  }

  #credentialsOf(username: string): Credentials | null {
    return [this.#own, this.#before].find((c) => c?.username === username) ?? null
  }

  /** New credentials for new checks over the same sockets. The way in use stays until a new one is found. */
  restart(): void {
    this.#turn.abort()
    this.#turn = new AbortController()
    this.#before = this.#own
    void this.#agent.restart()
    this.#isLooking = false
    this.#own = this.#newCredentials()
    this.#remotes = 0
  }

  /** Opens sockets and gives the host candidates as `candidate:...`: milliseconds. What servers say comes later, as onCandidate. */
  async gather(): Promise<string[]> {
    const agent = this.#agent
    const { signal } = this.#turn
    const kept = agent.protocols.filter(({ type }) => type === 'stun')
    for (const { localCandidate } of kept) {
      if (!localCandidate) continue
      localCandidate.ufrag = this.#own.username
      agent.appendLocalCandidate(localCandidate)
    }
    this.#dropOldRelays()
    const fresh = hostAddresses().filter((address) => !kept.some(({ localIp }) => localIp === address))
    const found = agent.getCandidatePromises(fresh, SERVER_SECONDS).map((promise) => promise.catch(this.#parts.onError))
    await Promise.all(found.slice(0, fresh.length))
    for (const { transport } of agent.protocols) this.#openWide(transport)
    const candidates = this.#connection.localCandidates.map(toLine)
    const { unSubscribe } = this.#connection.onIceCandidate.subscribe((candidate) => {
      if (!signal.aborted && !this.#isClosed) this.#parts.onCandidate(toLine(candidate))
    })
    const sockets = agent.protocols.filter(({ type }) => type === 'stun')
    const asked = sockets.map((protocol) => this.#reflect(protocol, signal).catch(this.#parts.onError))
    Promise.all([...found, ...asked, this.#reachRelay(signal)])
      .catch((error) => {
        if (!signal.aborted) this.#parts.onError(error)
      })
      .finally(unSubscribe)
    return candidates
  }

  /** Asks the STUN server how a socket looks from outside; after a restart again, for the home may have another address by now. */
  async #reflect(protocol: Protocol, signal: AbortSignal): Promise<void> {
    const { localIp = '' } = protocol
    if (!this.#stunServer || localIp.includes(':') || localIp === LOOPBACK) return
    const candidate = await serverReflexiveCandidate(protocol as unknown as StunProtocol, [...this.#stunServer])
    if (candidate && !this.#isClosed && !signal.aborted) this.#agent.appendLocalCandidate(candidate)
  }

  /** Asks for an address at a relay, by the ways that there are. */
  #reachRelay(signal: AbortSignal): Promise<void> {
    const { clock, odd } = this.#parts
    return race(
      {
        servers: this.#turnServers,
        clock,
        open: async (server, signal) => {
          let hear = (_data: Buffer, _from: Address) => {}
          let end = () => {}
          const relay = new Relay({ server, clock, odd, onData: (data, from) => hear(data, from), onEnd: () => end() })
          const address = await relay.open(signal)
          return {
            relay,
            address,
            listen: (onData: typeof hear, onEnd: typeof end) => {
              hear = onData
              end = onEnd
            },
          }
        },
        onOpen: ({ relay, address, listen }) => {
          if (this.#isClosed || signal.aborted) relay.close()
          else this.#useRelay(relay, address, listen)
        },
      },
      signal,
    )
  }

  #useRelay(relay: Relay, [host, port]: Address, listen: (onData: (data: Buffer, from: Address) => void, onEnd: () => void) => void): void {
    const agent = this.#agent
    // What werift sends of its own accord, checks and their answers, goes the same way as ours.
    const turn = {
      transactions: {},
      onData: { subscribe: () => ({ disposer: () => {} }) },
      sendData: async (data: Buffer, to: Address) => void relay.send(data, to),
      close: async () => relay.close(),
    }
    const protocol = new StunOverTurnProtocol(turn as unknown as TurnProtocol) as unknown as Protocol
    this.#relays.set(protocol, relay)
    agent.ensureProtocol(protocol)
    const priority = RELAY_PRIORITY[relay.transport] * 2 ** 24 + 65_535 * 256 + 255
    // Where we are behind it is nobody's business (RFC 8828 §5.2).
    const candidate = new Candidate(candidateFoundation('relay', 'udp', host), 1, 'udp', priority, host, port, 'relay', '0.0.0.0', 9)
    protocol.localCandidate = Object.assign(candidate, { generation: agent.generation, ufrag: this.#own.username })
    agent.protocols.push(protocol)
    listen(
      (data, from) => protocol.handleStunMessage?.(data, from),
      () => this.#dropRelay(protocol),
    )
    agent.pairLocalProtocol(protocol)
    agent.appendLocalCandidate(candidate)
    this.#lookOn()
  }

  #dropRelay(protocol: Protocol): void {
    const { protocols } = this.#agent
    this.#relays.delete(protocol)
    const at = protocols.indexOf(protocol)
    if (at >= 0) protocols.splice(at, 1)
    if (this.#path?.protocol === protocol) this.#path = null
    protocol.close().catch(this.#parts.onError)
  }

  /** An allocation may have died with the network; each gathering makes a new one, and only the one in use is kept beside it. */
  #dropOldRelays(): void {
    const { protocols } = this.#agent
    for (const protocol of protocols.filter(({ type }) => type === 'turn')) if (protocol !== this.#path?.protocol) this.#dropRelay(protocol)
  }

  /** Whether these are credentials that we do not work with yet. */
  isNews(username: string): boolean {
    return username !== this.#remoteUsername
  }

  /** Takes the peer's credentials and begins to look for a way. */
  connect(username: string, password: string, isControlling: boolean): void {
    this.#remoteUsername = username
    this.#connection.setRemoteParams({ iceLite: false, usernameFragment: username, password })
    this.#agent._iceControlling = isControlling
    for (const [message, from, protocol] of this.#agent.earlyChecks) this.#agent.checkIncoming(message, from, protocol)
    this.#agent.earlyChecks = []
    this.#agent.earlyChecksDone = true
    this.#lookOn()
  }

  /** @param line `candidate:...` of the peer; names are counted and never looked up */
  addRemote(line: string): void {
    const { odd } = this.#parts
    const kind = addressIn(line)
    if (kind !== 'address') {
      odd.add(kind === 'malformed' ? 'candidate of no use' : 'candidate with a name')
      return
    }
    if (this.#isClosed || this.#remotes >= CANDIDATE_LIMIT) {
      odd.add('candidate too many')
      return
    }
    const [foundation = '', component, transport = '', priority, host = '', port, , type = '', ...rest] = line.slice(10).split(' ')
    const username = rest[rest.indexOf('ufrag') + 1]
    const isStale = rest.includes('ufrag') && username !== this.#remoteUsername
    if (component !== '1' || transport.toLowerCase() !== 'udp' || Number(port) < 1 || isStale) {
      odd.add('candidate of no use')
      return
    }
    const known = this.#connection.remoteCandidates.find((c) => c.host === host && c.port === Number(port))
    if (known) {
      // A check of theirs was faster than the word about where it comes from.
      if (known.type === 'prflx') known.type = type
      this.#lookOn()
      return
    }
    this.#remotes++
    const candidate = new Candidate(foundation, 1, 'udp', Number(priority), host, Number(port), type)
    this.#connection.addRemoteCandidate(candidate).then(() => {
      this.#checkOne()
      this.#lookOn()
    }, this.#parts.onError)
  }

  /** Sends one datagram. Unless it is held, its bytes may be used again. */
  send(datagram: Buffer): Sent {
    if (!this.#path) return 'no path'
    const { protocol, remoteAddr } = this.#path
    const socket = protocol.transport?.socket
    try {
      if (socket) return this.#give(socket, datagram, remoteAddr)
      return this.#relays.get(protocol)?.send(datagram, remoteAddr) ? 'gone' : 'full'
    } catch {
      return 'no path' // the socket was closed under us
    }
  }

  #give(socket: UdpSocket, datagram: Buffer, [host, port]: Address): Sent {
    if (this.#isHeld && socket.getSendQueueCount() > MOST_HELD) return 'full'
    socket.send(datagram, port, host)
    this.#isHeld = socket.getSendQueueCount() > 0
    return this.#isHeld ? 'held' : 'gone'
  }

  /** The same, for what must not be lost before there is a way. */
  sendSoon(datagram: Buffer): void {
    if (this.#isClosed || this.send(datagram) !== 'no path') return
    if (this.#waiting.length < WAITING) this.#waiting.push(datagram)
    else this.#parts.odd.add('no path')
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#turn.abort()
    this.#path = null
    this.#waiting = []
    await this.#connection.close()
  }

  /** There is something new to try: looks for a way, or for a better one. */
  #lookOn(): void {
    this.#rounds = BETTER_ROUNDS
    if (this.#isLooking || this.#isClosed || !this.#agent.remotePassword) return
    this.#isLooking = true
    const { signal } = this.#turn
    this.#check(signal)
      .catch((error) => {
        if (!signal.aborted) this.#parts.onError(error)
      })
      .finally(() => {
        if (!signal.aborted) this.#isLooking = false
      })
  }

  /** Until there is a way all are tried over and over; then those that would be better, for a while. */
  async #check(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts
    while (!this.#agent.nominated || (this.#rounds > 0 && this.#wouldHelp.length > 0)) {
      const isIdle = !this.#checkOne() && !this.#wouldHelp.some(({ state }) => state === PAIR.inProgress)
      await clock.sleep('between connectivity checks', isIdle ? AGAIN : PACE, signal)
      if (!isIdle) continue
      if (this.#agent.nominated) this.#rounds--
      for (const pair of this.#wouldHelp) if (pair.state === PAIR.failed) pair.updateState(PAIR.waiting)
    }
  }

  /** The ways that would be better than the one that was agreed on; without one, all. */
  get #wouldHelp(): readonly Pair[] {
    const { nominated, checkList } = this.#agent
    return nominated ? checkList.filter((pair) => rank(pair) > rank(nominated)) : checkList
  }

  /** Starts the most promising check that waits; false when none does. */
  #checkOne(): boolean {
    if (this.#isClosed || !this.#agent.remotePassword) return false
    const pairs = this.#wouldHelp
    const pair = pairs.find(({ state }) => state === PAIR.waiting) ?? pairs.find(({ state }) => state === PAIR.frozen)
    if (pair) pair.handle = this.#agent.checkStart(pair)
    return pair !== undefined
  }

  #takeOver(): void {
    const agent = this.#agent
    const ensure = agent.ensureProtocol.bind(agent)
    agent.ensureProtocol = (protocol) => {
      ensure(protocol)
      this.#stand(protocol)
    }
    const complete = agent.checkComplete.bind(agent)
    agent.checkComplete = (pair) => {
      if (this.#isClosed || !agent.checkList.includes(pair)) return // a check from before a restart
      complete(pair)
      if (pair.state !== PAIR.succeeded || !pair.nominated) return
      if (this.#isBetter(pair)) agent.nominated = pair
      if (agent.nominated === pair && this.#path !== pair) this.#take(pair)
    }
    const tryPair = agent.tryPair.bind(agent)
    agent.tryPair = (protocol, remote) => {
      if (mayMeet(protocol, remote.host)) tryPair(protocol, remote)
    }
    this.#connection.stateChanged.subscribe((state) => {
      // Consent has run out (RFC 7675): we may not send there any more.
      if (state === 'failed') this.#path = null
    })
  }

  /** Both ends find the better of two ways the better one. For a worse one a controlling peer has its reasons, if it keeps to it. */
  #isBetter(pair: Pair): boolean {
    const { nominated, _iceControlling } = this.#agent
    if (!nominated || nominated === pair || rank(pair) > rank(nominated)) {
      this.#named = null
      return true
    }
    // One that checks all ways at once names many in passing.
    const now = this.#parts.clock.now()
    if (this.#named?.pair !== pair) this.#named = { pair, since: now, times: 0 }
    return !_iceControlling && ++this.#named.times >= MEANT && now - this.#named.since >= MEANT_FOR
  }

  #take(pair: Pair): void {
    const isFirst = this.#path === null
    this.#path = pair
    this.#named = null
    this.#relays.get(pair.protocol)?.bind(pair.remoteAddr)
    if (rank(pair) >= DIRECT) void this.#giveBack()
    this.#agent.setState('connected')
    this.#agent.queryConsent()
    for (const datagram of this.#waiting.splice(0)) this.send(datagram)
    if (isFirst) this.#parts.onPath()
  }

  /** A relay costs somebody else something: it goes when it is not needed. */
  async #giveBack(): Promise<void> {
    const { signal } = this.#turn
    try {
      await this.#parts.clock.sleep('a direct way holds', RELAY_KEPT, signal)
    } catch {
      return
    }
    if (this.#path && rank(this.#path) >= DIRECT) for (const protocol of [...this.#relays.keys()]) this.#dropRelay(protocol)
  }

  /** Stands in front of a socket or an allocation, before anything can come out of it. */
  #stand(protocol: Protocol): void {
    const handler = protocol.turn ? 'handleStunMessage' : 'datagramReceived'
    const inner = protocol[handler]?.bind(protocol)
    protocol[handler] = (data: Buffer, from: Address) => {
      const verdict = this.#guard.judge(data, from[0], from[1])
      if (verdict === 'media') this.#parts.onMedia(data)
      else if (verdict === 'dtls') this.#parts.onDtls(data)
      else if (verdict === 'request' || verdict === 'answer') inner?.(data, from)
      else if (verdict === 'request of before') this.#answer(protocol, data, from)
      else this.#parts.odd.add(verdict)
    }
  }

  /** Until the peer has our new credentials it asks for consent with the old ones. werift would mix them up. */
  #answer(protocol: Protocol, request: Buffer, from: Address): void {
    if (!this.#before) return
    const response = new Message(methods.BINDING, classes.RESPONSE, Buffer.from(request.subarray(8, 20)))
    response.setAttribute('XOR-MAPPED-ADDRESS', from).addMessageIntegrity(Buffer.from(this.#before.password)).addFingerprint()
    protocol.sendStun(response, from).catch(() => this.#parts.odd.add('no path'))
  }

  #keyOf(transaction: string): Buffer | null | undefined {
    for (const { transactions, turn } of this.#agent.protocols) {
      const open = transactions?.[transaction] ?? turn?.transactions[transaction]
      if (open) return open.integrityKey ?? null
    }
    return undefined
  }

  #openWide(transport: Protocol['transport']): void {
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

/** From here on nobody stands between. */
const DIRECT = 10

/** How good a way is, as both ends see it: straight at home, straight over the internet, by one relay, by two. */
function rank({ protocol, remoteCandidate }: Pair): number {
  const relays = (protocol.type === 'turn' ? 1 : 0) + (remoteCandidate.type === 'relay' ? 1 : 0)
  return relays === 0 ? (remoteCandidate.type === 'host' ? DIRECT + 1 : DIRECT) : DIRECT - relays
}

/**
 * Whether a check makes any sense: a relay on the internet reaches nobody's home, and some servers take it badly; and from our loopback
 * address one reaches this machine alone.
 */
function mayMeet(protocol: Protocol, host: string): boolean {
  if (protocol.type === 'turn') return isFar(host) || !isFar(protocol.localCandidate?.host ?? '')
  return protocol.localIp !== LOOPBACK || host.startsWith('127.')
}

const opened = new WeakSet<object>()

/** All addresses of this machine. The loopback one too: a browser on it may have no other, when the cable is out. */
const hostAddresses = (): string[] => [...getHostAddresses(true, true), LOOPBACK]

/** ice-char only (RFC 8839 §5.4). */
const credential = (bytes: number): string => randomBytes(bytes).toString('base64').replaceAll('=', '')

const toLine = (candidate: Candidate): string => {
  const sdp = candidate.toSdp()
  return sdp.startsWith('candidate:') ? sdp : `candidate:${sdp}`
}
