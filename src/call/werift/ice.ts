// ice.ts — finds a way to the peer and keeps it (RFC 8445): werift's ICE agent, with its gathering, its timing and its sockets in our hands.
//
// What is ours, and why:
//   - host candidates are ready within milliseconds and stand in the description; servers are asked meanwhile, and what they say
//     comes later as a candidate. (werift waits 5 s for a silent server, and asks one on the internet when none was named.)
//   - checks: the first starts at once, and the way is taken in the moment it is found. (werift sleeps 20 ms between and after.)
//   - the way found stays in use through an ICE restart until a better one is found.
//   - every datagram passes guard.ts before anything else sees it.
import { randomBytes } from 'node:crypto'
import {
  Candidate,
  Connection,
  classes,
  getHostAddresses,
  Message,
  methods,
  parseIceServers,
  type StunProtocol,
  serverReflexiveCandidate,
} from 'werift'
import type { Clock } from '../../lib/clock.ts'
import { ms } from '../../lib/unit.ts'
import { addressIn, CANDIDATE_LIMIT } from '../candidate.ts'
import type { IceServer } from '../transport.ts'
import { Guard } from './guard.ts'
import { type Address, type Agent, agentOf, PAIR, type Pair, type Protocol, type UdpSocket } from './inner.ts'
import type { Odd } from './odd.ts'
import type { Sent } from './outbox.ts'
import './socket.ts'
import { mendTurn } from './turn.ts'

/** RFC 8445 §14: the pause between one check and the next. */
const PACE = ms(20)
/** When all have failed they are tried again; how long in all is the link's decision. */
const AGAIN = ms(300)
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
    const servers = parts.iceServers
    const stun = servers.find(({ urls }) => urls.startsWith('stun:'))
    const turn = servers.find(({ urls }) => urls.startsWith('turn:') || urls.startsWith('turns:'))
    // werift uses the first of each kind and gives up on none: so it gets one of each.
    const found = parseIceServers([stun, turn].filter((s) => s !== undefined))
    this.#connection = new Connection(true, { ...found, useIpv4: true, useIpv6: true, iceLite: false })
    this.#agent = agentOf(this.#connection)
    if (!stun) this.#agent.stunServer = undefined
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
    return this.#path && (this.#path.protocol.type === 'turn' ? 'relay' : 'direct')
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
    Promise.all([...found, ...kept.map((protocol) => this.#reflect(protocol))]).then(unSubscribe, this.#parts.onError)
    return candidates
  }

  /** Asks the STUN server again how a socket that we keep looks from outside: the home may have another address by now. */
  async #reflect(protocol: Protocol): Promise<void> {
    const { stunServer } = this.#agent
    if (!stunServer || protocol.localIp?.includes(':')) return
    const candidate = await serverReflexiveCandidate(protocol as unknown as StunProtocol, [...stunServer])
    if (candidate && !this.#isClosed) this.#agent.appendLocalCandidate(candidate)
  }

  /** An allocation may have died with the network; each gathering makes a new one, and only the one in use is kept beside it. */
  #dropOldRelays(): void {
    const { protocols } = this.#agent
    for (const protocol of protocols.filter(({ type }) => type === 'turn')) {
      if (protocol === this.#path?.protocol) continue
      protocols.splice(protocols.indexOf(protocol), 1)
      protocol.close().catch(this.#parts.onError)
    }
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
    const { signal } = this.#turn
    this.#check(signal).catch((error) => {
      if (!signal.aborted) this.#parts.onError(error)
    })
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
    if (this.#connection.remoteCandidates.some((c) => c.host === host && c.port === Number(port))) return
    this.#remotes++
    const candidate = new Candidate(foundation, 1, 'udp', Number(priority), host, Number(port), type)
    this.#connection.addRemoteCandidate(candidate).then(() => this.#checkOne(), this.#parts.onError)
  }

  /** Sends one datagram. Unless it is held, its bytes may be used again. */
  send(datagram: Buffer): Sent {
    if (!this.#path) return 'no path'
    const { protocol, remoteAddr } = this.#path
    const socket = protocol.transport?.socket
    try {
      if (socket) return this.#give(socket, datagram, remoteAddr)
      protocol.sendData(datagram, remoteAddr).catch(() => this.#parts.odd.add('no path'))
      return 'held'
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

  async #check(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts
    while (!this.#agent.nominated) {
      const { checkList } = this.#agent
      const isIdle = !this.#checkOne() && !checkList.some(({ state }) => state === PAIR.inProgress)
      await clock.sleep('between connectivity checks', isIdle ? AGAIN : PACE, signal)
      if (isIdle) for (const pair of checkList) if (pair.state === PAIR.failed) pair.updateState(PAIR.waiting)
    }
  }

  /** Starts the most promising check that waits; false when none does. */
  #checkOne(): boolean {
    if (this.#isClosed || this.#agent.nominated || !this.#agent.remotePassword) return false
    const { checkList } = this.#agent
    const pair = checkList.find(({ state }) => state === PAIR.waiting) ?? checkList.find(({ state }) => state === PAIR.frozen)
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
      // A controlling peer may change its mind, as browsers do when a network goes; we follow.
      if (!agent._iceControlling) agent.nominated = pair
      if (agent.nominated === pair && this.#path !== pair) this.#take(pair)
    }
    this.#connection.stateChanged.subscribe((state) => {
      // Consent has run out (RFC 7675): we may not send there any more.
      if (state === 'failed') this.#path = null
    })
  }

  #take(pair: Pair): void {
    const isFirst = this.#path === null
    this.#path = pair
    this.#agent.setState('connected')
    this.#agent.queryConsent()
    for (const datagram of this.#waiting.splice(0)) this.send(datagram)
    if (isFirst) this.#parts.onPath()
  }

  /** Stands in front of a socket or an allocation, before anything can come out of it. */
  #stand(protocol: Protocol): void {
    if (protocol.turn) mendTurn(protocol.turn, this.#parts.odd)
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

const opened = new WeakSet<object>()

/** All addresses of this machine. The loopback one too: a browser on it may have no other, when the cable is out. */
const hostAddresses = (): string[] => [...getHostAddresses(true, true), LOOPBACK]

/** ice-char only (RFC 8839 §5.4). */
const credential = (bytes: number): string => randomBytes(bytes).toString('base64').replaceAll('=', '')

const toLine = (candidate: Candidate): string => {
  const sdp = candidate.toSdp()
  return sdp.startsWith('candidate:') ? sdp : `candidate:${sdp}`
}
