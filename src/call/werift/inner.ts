// inner.ts — the parts of werift that we lean on and that its types keep to themselves. Seen in 0.25.2, which is why it is pinned:
// whoever raises the version reads these again. Types only.
import type { Candidate, Connection, DtlsSocket, Message, RTCSctpTransport } from 'werift'

export type Address = readonly [host: string, port: number]

export type Transaction = {
  readonly integrityKey?: Buffer | undefined
  readonly request?: Message
  readonly expectedAddr?: Address | undefined
}

/** A dgram.Socket, as far as we touch it. */
export type UdpSocket = {
  on(event: 'error', listener: (error: Error) => void): unknown
  send(data: Buffer, port: number, host: string): void
  /** Datagrams that the system has not taken yet. */
  getSendQueueCount(): number
  setRecvBufferSize(bytes: number): void
  setSendBufferSize(bytes: number): void
}

export type Udp = {
  readonly type: 'udp' | 'tcp' | 'tls'
  /** Only for udp. */
  readonly socket?: UdpSocket
  onData: (data: Buffer, from: Address) => void
}

/** A socket of the agent, or an allocation on a TURN server. */
export type Protocol = {
  readonly type: 'stun' | 'turn' | 'tcp'
  readonly localIp?: string
  localCandidate?: Candidate & { ufrag?: string; generation?: number }
  /** type stun */
  readonly transport?: Udp
  readonly transactions?: Readonly<Record<string, Transaction>>
  datagramReceived?: (data: Buffer, from: Address) => void
  /** type turn */
  readonly turn?: Turn
  handleStunMessage?: (data: Buffer, from: Address) => void
  sendData(data: Buffer, to: Address): Promise<void>
  sendStun(message: Message, to: Address): Promise<void>
  close(): Promise<void>
}

/** What stands behind an allocation: ours (turn.ts), in the shape that werift expects. */
export type Turn = { readonly transactions: Readonly<Record<string, Transaction>> }

export type Pair = {
  readonly protocol: Protocol
  readonly remoteCandidate: { readonly type: string }
  readonly remoteAddr: Address
  readonly state: number
  readonly nominated: boolean
  readonly rtt?: number
  handle?: unknown
  updateState(state: number): void
}
export const PAIR = { frozen: 0, waiting: 1, inProgress: 2, succeeded: 3, failed: 4 } as const

export type Agent = {
  readonly options: { portRange?: [number, number] | undefined }
  localUsername: string
  localPassword: string
  readonly remotePassword: string
  readonly userHistory: Record<string, string>
  stunServer: Address | undefined
  nominated: Pair | undefined
  readonly generation: number
  readonly checkList: readonly Pair[]
  earlyChecks: ReadonlyArray<readonly [message: unknown, from: Address, protocol: Protocol]>
  earlyChecksDone: boolean
  readonly protocols: Protocol[]
  _iceControlling: boolean
  restart(): Promise<void>
  ensureProtocol(protocol: Protocol): void
  pairLocalProtocol(protocol: Protocol): void
  tryPair(protocol: Protocol, remote: { readonly host: string; readonly type: string }): void
  getCandidatePromises(addresses: readonly string[], timeoutSeconds: number): ReadonlyArray<Promise<unknown>>
  appendLocalCandidate(candidate: Candidate): void
  checkComplete(pair: Pair): void
  checkIncoming(message: unknown, from: Address, protocol: Protocol): void
  checkStart(pair: Pair): unknown
  queryConsent(): void
  setState(state: 'checking' | 'connected'): void
}

export const agentOf = (connection: Connection): Agent => connection as unknown as Agent

export type Dtls = {
  /** Reads one datagram of whole records. */
  udpOnMessage(datagram: Buffer): void
  readonly cipher: {
    readonly cipher?: {
      encrypt(session: number, data: Buffer, header: Record<string, number>): Buffer
      decrypt(session: number, data: Buffer, header: Record<string, number>): Buffer
    }
    readonly masterSecret?: Buffer
    readonly localRandom?: { serialize(): Buffer }
    readonly remoteRandom?: { serialize(): Buffer }
  }
}

export const dtlsOf = (socket: DtlsSocket): Dtls => socket as unknown as Dtls

export type Sctp = {
  datachannelReceive: (stream: number, kind: number, data: Buffer) => Promise<void>
  readonly sctp: {
    isServer: boolean
    started: boolean
    /** 2: waits for the answer to our INIT. 4: established. */
    associationState: number
    setState(state: number): void
    start(remotePort: number): Promise<void>
    timer1Cancel(): void
    getExtensions(parameters: ReadonlyArray<readonly [type: number, value: Buffer]>): void
    localVerificationTag: number
    remoteVerificationTag: number
    /** Room that we have told the peer of; it sinks with what waits to be put together. */
    advertisedRwnd: number
    peerAdvertisedRwnd: number
    ssthresh: number
    localTsn: number
    lastSackedTsn: number
    advancedPeerAckTsn: number
    reconfigRequestSeq: number
    lastReceivedTsn: number
    reconfigResponseSeq: number
    _inboundStreamsCount: number
    _inboundStreamsMax: number
    _outboundStreamsCount: number
    /** Seconds until something is said again. */
    rto: number
    handleData(data: Buffer): Promise<void>
  }
}

export const sctpOf = (transport: RTCSctpTransport): Sctp => transport as unknown as Sctp
