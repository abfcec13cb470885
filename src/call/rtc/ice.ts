// ice.ts — what we do to werift's ICE agent: a guard in front of every path, nobody asked who was not named, and no idle waiting.
//
// An agent is prepared before it has opened a socket, and it shows us each new path before that exists. So there is no moment in which
// a datagram could get round the guard.
import type { RTCPeerConnection } from 'werift'
import type { IceServer } from '../transport.ts'
import { Guard, type IceSecrets } from './guard.ts'
import type { Odd } from './odd.ts'

type Receive = (data: Buffer, from: readonly [address: string, port: number]) => void
/** A path of the agent: an own UDP socket has the first, a relay the second. */
type Path = { datagramReceived?: Receive; handleStunMessage?: Receive }
type Pair = { readonly protocol: { sendData(data: Buffer, to: unknown): Promise<void> }; readonly remoteAddr: unknown }
type Agent = IceSecrets & {
  stunServer: unknown
  readonly state: string
  readonly generation: number
  readonly remoteUsername: string
  readonly localCandidatesStart: boolean
  readonly nominated?: Pair
  readonly remoteCandidates: readonly unknown[]
  readonly checkList: ReadonlyArray<{ readonly handle?: { resolve?: () => void } }>
  readonly checkListState: { get(): Promise<unknown> }
  earlyChecks: Array<readonly unknown[]>
  earlyChecksDone: boolean
  ensureProtocol(path: Path): void
  restart(): Promise<void>
  send(data: Buffer): Promise<void>
  connect(): Promise<void>
  pairRemoteCandidate(candidate: unknown): void
  sortCheckList(): void
  unfreezeInitial(): void
  checkIncoming(...check: readonly unknown[]): void
  schedulingChecks(): boolean
  queryConsent(): void
  setState(state: 'connected'): void
}

/** How long a peer may need to repeat the end of its handshake. */
const SETTLE_MS = 5000
/** So many checks begin at once, the others at this pace (RFC 8445 §14.2 asks for 5 ms at least). */
const AT_ONCE = 4
const PACE_MS = 20
/** The beginning of a handshake that came before our DTLS was there; an honest peer sends one or two. */
const EARLY_MOST = 8

/** Call before the first description. */
export function prepareIce(transport: RTCPeerConnection['iceTransports'][number], odd: Odd, iceServers: readonly IceServer[]) {
  const agent = transport.connection as unknown as Agent
  const guard = new Guard(agent, odd)
  let early: Array<() => void> | null = []
  let settling: NodeJS.Timeout | undefined

  const guarded =
    (receive: Receive): Receive =>
    (data, from) => {
      if (!guard.lets(data, `${from[0]}|${from[1]}`)) return
      if (early === null || !isDtls(data)) receive(data, from)
      else if (early.length < EARLY_MOST) early.push(() => receive(data, from))
      else odd.add('dtls too early')
    }
  const ensureProtocol = agent.ensureProtocol.bind(agent)
  agent.ensureProtocol = (path) => {
    if (path.datagramReceived) path.datagramReceived = guarded(path.datagramReceived.bind(path))
    if (path.handleStunMessage) path.handleStunMessage = guarded(path.handleStunMessage.bind(path))
    ensureProtocol(path)
  }
  agent.connect = () => connect(agent)
  keepOldPath(agent)
  // Without one of ours, werift would ask a STUN server on the internet who we are.
  if (!iceServers.some(({ urls }) => /^stuns?:/i.test(urls))) agent.stunServer = undefined

  return {
    /** After an ICE restart: werift leaves the checks to the other side when its DTLS is up, and two boxes would wait for each other. */
    resume: (): void => {
      if (guard.isConnected && !agent.earlyChecksDone) transport.start().catch(() => {}) // superseded by another, or closed
    },
    /** DTLS is there: what came early goes on. */
    listening: (): void => {
      const waiting = early ?? []
      early = null
      for (const deliver of waiting) deliver()
    },
    connected: (): void => {
      guard.connected()
      settling ??= setTimeout(() => guard.settled(), SETTLE_MS).unref()
    },
    close: (): void => clearTimeout(settling),
  }
}

const isDtls = (data: Buffer): boolean => data.length > 0 && data.readUInt8(0) >= 20 && data.readUInt8(0) < 64

/** While ICE is restarted, what is sent goes the old way until there is a new one (RFC 8445 §9). werift would drop it. */
function keepOldPath(agent: Agent): void {
  const restart = agent.restart.bind(agent)
  const send = agent.send
  let old: Pair | undefined
  agent.restart = () => {
    old = agent.nominated ?? old
    return restart()
  }
  agent.send = (data) => {
    if (!agent.nominated && old && agent.state !== 'closed') return old.protocol.sendData(data, old.remoteAddr).catch(() => {})
    return send(data)
  }
}

/**
 * As werift's own, which looks every 20 ms whether it has got through; this one goes on as soon as it has. It does not fail by
 * itself: the link keeps the time.
 */
async function connect(agent: Agent): Promise<void> {
  if (!agent.localCandidatesStart || !agent.remoteUsername || !agent.remotePassword) throw new Error('ICE has nobody to connect to')
  const { generation } = agent
  for (const candidate of agent.remoteCandidates) agent.pairRemoteCandidate(candidate)
  agent.sortCheckList()
  agent.unfreezeInitial()
  for (const check of agent.earlyChecks.splice(0)) agent.checkIncoming(...check)
  agent.earlyChecksDone = true
  for (let i = 0; i < AT_ONCE; i++) agent.schedulingChecks()
  const over = Promise.withResolvers<never>()
  over.promise.catch(() => {})
  const pace = setInterval(() => {
    if (agent.state === 'closed' || agent.generation !== generation) over.reject(new Error('ICE was closed or restarted'))
    else agent.schedulingChecks()
  }, PACE_MS)
  try {
    while (!agent.nominated) await Promise.race([agent.checkListState.get(), over.promise])
  } finally {
    clearInterval(pace)
  }
  for (const { handle } of agent.checkList) handle?.resolve?.()
  agent.queryConsent()
  agent.setState('connected')
}
