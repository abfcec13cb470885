// ice.ts — finds a way to the peer and keeps it (RFC 8445): werift's ICE agent, with its gathering, its timing and its sockets in our hands.
//
// What is ours, and why:
//   - host candidates are ready within milliseconds and stand in the description; servers are asked meanwhile, and what they say
//     comes later as a candidate. (werift waits 5 s for a silent server, and asks one on the internet when none was named.)
//   - checks: the first starts at once, and the way is taken in the moment it is found (search.ts, pair.ts). (werift sleeps 20 ms between
//     and after.) What a router swallowed is asked again as soon as the peer is heard.
//   - a way by relay is mostly found first. It is used, and the search for a direct one goes on; when that has held for a moment the
//     relay is given back. (werift stops at the first way.)
//   - relays are reached by UDP, TCP or TLS, whatever the network lets through (relays.ts), by a TURN client of our own (turn.ts).
//   - the way found stays in use through an ICE restart until a better one is found.
//   - every datagram passes guard.ts before anything else sees it.
import { randomBytes } from 'node:crypto'
import { Candidate, Connection, classes, Message, methods } from 'werift'
import type { Clock } from '../../lib/clock.ts'
import { addressIn, CANDIDATE_LIMIT } from '../candidate.ts'
import type { IceServer } from '../transport.ts'
import { Ahead } from './ahead.ts'
import { Guard } from './guard.ts'
import { type Address, type Agent, agentOf, PAIR, type Pair, type Protocol, type UdpSocket } from './inner.ts'
import type { Odd } from './odd.ts'
import type { Sent } from './outbox.ts'
import { betterAgreed, isDirect, mayMeet, Preference } from './pair.ts'
import { Relays } from './relays.ts'
import { Search } from './search.ts'
import { waitedHere } from './socket.ts'
import { Sockets } from './sockets.ts'
import { stunServerIn, turnServersIn } from './turn-ways.ts'

/** Datagrams that wait in a socket which the system takes nothing more from: 50 ms at 4 Mb/s, and older media is worth nothing. */
const MOST_HELD = 24

export type IceParts = {
  readonly iceServers: readonly IceServer[]
  readonly odd: Odd
  readonly clock: Clock
  readonly onDtls: (datagram: Buffer) => void
  /** @param waited as waitedHere() has it */
  readonly onMedia: (datagram: Buffer, waited: number) => void
  /** `candidate:...`, found after gather() had ended. */
  readonly onCandidate: (candidate: string) => void
  /** The peer was heard, so handshake() reaches it. May come again. */
  readonly onReach: () => void
  /** The first way was agreed on. */
  readonly onPath: () => void
  readonly onError: (error: unknown) => void
}

type Credentials = { readonly username: string; readonly password: string }

export class Ice {
  readonly #parts: IceParts
  readonly #connection: Connection
  readonly #agent: Agent
  readonly #guard: Guard
  readonly #sockets: Sockets
  readonly #relays: Relays
  readonly #search: Search
  readonly #preference = new Preference()
  readonly #ahead: Ahead
  #path: Pair | null = null
  #turn = new AbortController()
  #isClosed = false
  /** The last datagram waits in the socket. */
  #isHeld = false
  #remotes = 0
  #remoteUsername = ''
  /** The credentials in use, and those of before the last restart: a peer still asks with them until it has the new ones. */
  #own: Credentials
  #before: Credentials | null = null

  constructor(parts: IceParts) {
    this.#parts = parts
    this.#connection = new Connection(true, { useIpv4: true, useIpv6: true, iceLite: false })
    this.#agent = agentOf(this.#connection)
    this.#agent.stunServer = undefined // we ask ourselves, and not the one on the internet that werift knows
    this.#own = this.#newCredentials()
    this.#guard = new Guard({
      passwordOf: (username) => this.#credentialsOf(username)?.password ?? null,
      isBefore: (username) => username === this.#before?.username,
      keyOf: (transaction) => this.#keyOf(transaction),
    })
    const { clock, odd, onError } = parts
    this.#ahead = new Ahead({
      clock,
      send: (datagram, { protocol, address }) => void this.#sendBy(protocol, datagram, address),
      onFull: () => odd.add('no path'),
    })
    this.#search = new Search({ agent: this.#agent, clock, onError })
    this.#sockets = new Sockets({
      ...{ agent: this.#agent, connection: this.#connection, stunServer: stunServerIn(parts.iceServers), clock, onError },
      username: () => this.username,
    })
    this.#relays = new Relays({
      ...{ agent: this.#agent, servers: turnServersIn(parts.iceServers), clock, odd, onError },
      username: () => this.username,
      onOpen: () => this.#lookOn(),
      onDrop: (protocol) => {
        if (this.#path?.protocol === protocol) this.#path = null
      },
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
    return this.#path && (isDirect(this.#path) ? 'direct' : 'relay')
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
    this.#search.restart()
    this.#own = this.#newCredentials()
    this.#remotes = 0
  }

  /** Opens sockets and learns how they look from outside, before anybody needs it. */
  prepare(): void {
    this.#sockets.prepare()
  }

  /** Opens sockets and gives the candidates that are known as `candidate:...`: milliseconds. What servers say later comes as onCandidate. */
  async gather(): Promise<string[]> {
    const { signal } = this.#turn
    this.#relays.dropOld(this.#path?.protocol)
    await this.#sockets.open()
    const candidates = this.#connection.localCandidates.map(toLine)
    const { unSubscribe } = this.#connection.onIceCandidate.subscribe((candidate) => {
      if (!signal.aborted && !this.#isClosed) this.#parts.onCandidate(toLine(candidate))
    })
    Promise.all([this.#sockets.reflect(), this.#relays.reach(signal)])
      .catch((error) => {
        if (!signal.aborted) this.#parts.onError(error)
      })
      .finally(unSubscribe)
    return candidates
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
      this.#judgeAnew()
      this.#lookOn()
      return
    }
    this.#remotes++
    const candidate = new Candidate(foundation, 1, 'udp', Number(priority), host, Number(port), type)
    this.#connection.addRemoteCandidate(candidate).then(() => {
      this.#search.checkOne()
      this.#lookOn()
    }, this.#parts.onError)
  }

  /** Sends one datagram. Unless it is held, its bytes may be used again. */
  send(datagram: Buffer): Sent {
    return this.#path ? this.#sendBy(this.#path.protocol, datagram, this.#path.remoteAddr) : 'no path'
  }

  #sendBy(protocol: Protocol, datagram: Buffer, to: Address): Sent {
    const socket = protocol.transport?.socket
    try {
      if (socket) return this.#give(socket, datagram, to)
      return this.#relays.send(protocol, datagram, to) ? 'gone' : 'full'
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

  /** The same for the handshake, which need not wait until a way is agreed on (ahead.ts). */
  handshake(datagram: Buffer): void {
    if (!this.#isClosed && this.send(datagram) === 'no path') this.#ahead.say(datagram)
  }

  /** Can the peer be reached, by an agreed way or where it was heard? */
  get isReached(): boolean {
    return this.#path !== null || this.#ahead.isPossible
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#turn.abort()
    this.#sockets.close()
    this.#search.close()
    this.#relays.close()
    this.#path = null
    this.#ahead.forget()
    await this.#connection.close()
  }

  #lookOn(): void {
    this.#search.lookOn(this.#turn.signal)
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
      if (this.#preference.isFor(pair, agent.nominated, agent._iceControlling, this.#parts.clock.now())) agent.nominated = pair
      if (agent.nominated === pair && this.#path !== pair) this.#take(pair)
    }
    const incoming = agent.checkIncoming.bind(agent)
    agent.checkIncoming = (message, from, protocol) => {
      incoming(message, from, protocol)
      this.#askAgain(protocol, from)
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

  /**
   * A check came from there, so by now a router on the way lets ours through: what was asked and not answered is asked again at once
   * (RFC 8445 §7.3.1.4). werift would wait, twice as long each time.
   */
  #askAgain(protocol: Protocol, from: Address): void {
    for (const { request, expectedAddr } of Object.values(protocol.transactions ?? {}))
      if (request && expectedAddr?.[0] === from[0] && expectedAddr[1] === from[1])
        protocol.sendStun(request, from).catch(() => this.#parts.odd.add('no path'))
  }

  /** What looked like the peer itself may turn out to be its relay, and then a way that was agreed on and not taken is the better one. */
  #judgeAnew(): void {
    const better = this.#path && betterAgreed(this.#agent.checkList, this.#path)
    if (!better) return
    this.#agent.nominated = better
    this.#take(better)
  }

  #take(pair: Pair): void {
    const isFirst = this.#path === null
    this.#path = pair
    this.#preference.forget()
    this.#relays.take(pair)
    if (isDirect(pair)) void this.#relays.giveBack(() => this.#path !== null && isDirect(this.#path), this.#turn.signal)
    this.#agent.setState('connected')
    this.#agent.queryConsent()
    this.#ahead.agreed(pair, (datagram) => void this.send(datagram), this.#turn.signal).catch(() => {}) // a restart or the end came first
    if (isFirst) this.#parts.onReach()
    if (isFirst) this.#parts.onPath()
  }

  /** Stands in front of a socket or an allocation, before anything can come out of it. */
  #stand(protocol: Protocol): void {
    const handler = protocol.turn ? 'handleStunMessage' : 'datagramReceived'
    const inner = protocol[handler]?.bind(protocol)
    protocol[handler] = (data: Buffer, from: Address) => {
      const verdict = this.#guard.judge(data, from[0], from[1])
      if (verdict === 'media') this.#parts.onMedia(data, waitedHere())
      else if (verdict === 'dtls') {
        this.#ahead.answered()
        this.#parts.onDtls(data)
      } else if (verdict === 'request' || verdict === 'answer') {
        inner?.(data, from)
        if (verdict === 'request' && this.#ahead.heard(protocol, from)) this.#parts.onReach()
      } else if (verdict === 'request of before') this.#answer(protocol, data, from)
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
}

/** ice-char only (RFC 8839 §5.4). */
const credential = (bytes: number): string => randomBytes(bytes).toString('base64').replaceAll('=', '')

const toLine = (candidate: Candidate): string => {
  const sdp = candidate.toSdp()
  return sdp.startsWith('candidate:') ? sdp : `candidate:${sdp}`
}
