// transport.ts — WebRTC in memory: transports that find each other by their descriptions, and a network between them that tests own.
//
// It models what a call relies on: the four m-lines, fingerprints that are checked (or, with `careless`, are not), a data channel with
// limits, the gate for media, ICE restarts that bring a rebound network back, silence when a path is cut. And one who may sit on
// the path: with intercept(), a pair is joined to the attacker's own transports instead of to each other.
import { addressIn } from '../../src/call/candidate.ts'
import { type Candidate, LINES, type Line, type Transport, type TransportEvents } from '../../src/call/transport.ts'
import { Emitter } from '../../src/lib/emitter.ts'
import { Bug, Fault, Refusal } from '../../src/lib/fault.ts'

export type Frame = { readonly from: string; readonly to: string; readonly line: Line; readonly bytes: Uint8Array }
export type FakeTransportEvents = TransportEvents & { frame: [line: Line, bytes: Uint8Array]; bytes: [bytes: Uint8Array] }

const MESSAGE_LIMIT = 16 * 1024
const SDP_LIMIT = 16 * 1024

export class FakeNet {
  /** Stacks that do not check fingerprints, as some did. */
  careless = false
  /** Sees each data channel text; what it gives is delivered, null is lost. */
  words: (text: string, from: string, to: string) => string | null = (text) => text
  /** All media that anybody was given. */
  readonly frames: Frame[] = []
  readonly #transports = new Map<string, FakeTransport>()
  readonly #cuts = new Set<string>()
  #attacker: { readonly name: string; readonly onPair: (ends: readonly FakeTransport[]) => void } | null = null
  #count = 0

  open(owner: string): FakeTransport {
    const id = `t${++this.#count}`
    const transport = new FakeTransport(this, owner, id, fingerprint(this.#count))
    this.#transports.set(id, transport)
    return transport
  }

  get openTransports(): readonly FakeTransport[] {
    return [...this.#transports.values()]
  }

  /** Nothing passes between the two until heal(). Nobody is told. */
  cut(a: string, b: string): void {
    this.#cuts.add(pair(a, b))
  }

  heal(a: string, b: string): void {
    this.#cuts.delete(pair(a, b))
  }

  /** Somebody's network changes: all their paths are dead until ICE is restarted. */
  rebind(owner: string): void {
    for (const transport of this.#transports.values()) if (transport.owner === owner) transport.losePath()
  }

  /** From now on, whoever connects is connected to this attacker instead, who gets the two ends. */
  intercept(name: string, onPair: (ends: readonly FakeTransport[]) => void): void {
    this.#attacker = { name, onPair }
  }

  passes(a: string, b: string): boolean {
    return !this.#cuts.has(pair(a, b))
  }

  find(id: string): FakeTransport | undefined {
    return this.#transports.get(id)
  }

  forget(transport: FakeTransport): void {
    this.#transports.delete(transport.id)
  }

  /** Two know each other's descriptions: joins them, or each of them to the attacker. */
  join(a: FakeTransport, b: FakeTransport): void {
    const attacker = this.#attacker
    if (attacker === null || a.owner === attacker.name || b.owner === attacker.name) {
      a.pathTo(b)
      b.pathTo(a)
      return
    }
    if (a.hasPath || b.hasPath) return
    const ends = [a, b].map((victim) => {
      const end = this.open(attacker.name)
      end.expect(victim)
      end.pathTo(victim)
      return end
    })
    attacker.onPair(ends)
    for (const [i, victim] of [a, b].entries()) {
      const end = ends[i]
      if (end) victim.pathTo(end)
    }
  }
}

export class FakeTransport extends Emitter<FakeTransportEvents> implements Transport {
  readonly owner: string
  readonly id: string
  readonly fingerprint: string
  /** What arrived and was not taken. */
  odd = 0
  readonly candidates: Candidate[] = []
  readonly #net: FakeNet
  #turn = 0
  /** What the remote description said: whom to reach, with which fingerprint, in which turn of ICE. */
  #remote: Description | null = null
  #offered = false
  #path: FakeTransport | null = null
  #opened = false
  #hasCome = false
  #released = false
  #closed = false

  constructor(net: FakeNet, owner: string, id: string, ownFingerprint: string) {
    super((error) => {
      throw error
    })
    this.#net = net
    this.owner = owner
    this.id = id
    this.fingerprint = ownFingerprint
  }

  get released(): boolean {
    return this.#released
  }

  /** Whose transport is at the other end of the path; null without a path. */
  get otherEnd(): string | null {
    return this.#path?.owner ?? null
  }

  get hasPath(): boolean {
    return this.#path !== null
  }

  get closed(): boolean {
    return this.#closed
  }

  async offer({ iceRestart }: { iceRestart: boolean }, signal: AbortSignal): Promise<string> {
    await this.#wait(signal)
    if (iceRestart) this.#turn++
    this.#offered = true
    return this.#describe()
  }

  async answer(offer: string, signal: AbortSignal): Promise<string> {
    const remote = described(offer)
    await this.#wait(signal)
    if (this.#offered) throw new Refusal('bad-message', 'an offer came while ours is open')
    this.#remote = remote
    this.#turn = remote.turn
    queueMicrotask(() => this.#meet())
    return this.#describe()
  }

  async accept(answer: string, signal: AbortSignal): Promise<void> {
    const remote = described(answer)
    await this.#wait(signal)
    if (!this.#offered) throw new Refusal('bad-message', 'an answer came that nobody waits for')
    this.#offered = false
    this.#remote = remote
    queueMicrotask(() => this.#meet())
  }

  addCandidate(candidate: Candidate): void {
    if (addressIn(candidate.candidate) === 'name') this.odd++
    else this.candidates.push(candidate)
  }

  fingerprints(): { readonly local: string; readonly remote: string } | null {
    return this.#opened && this.#path ? { local: this.fingerprint, remote: this.#path.fingerprint } : null
  }

  send(text: string): boolean {
    const to = this.#path
    if (!to || !this.#opened || this.#closed) return false
    queueMicrotask(() => {
      if (!this.#net.passes(this.owner, to.owner)) return
      const arriving = this.#net.words(text, this.owner, to.owner)
      if (arriving !== null) to.receive(arriving, this)
    })
    return true
  }

  /** Bytes on the data channel, as werift.ts sends them where both ends want it. */
  sendBytes(bytes: Uint8Array): boolean {
    const to = this.#path
    if (!to || !this.#opened || this.#closed) return false
    queueMicrotask(() => {
      if (this.#net.passes(this.owner, to.owner) && !to.#closed && to.#path === this) to.emit('bytes', bytes.slice())
    })
    return true
  }

  onBytes(listener: (bytes: Uint8Array) => void): void {
    this.on('bytes', listener)
  }

  /** Media to the other end; false when the gate is shut or there is no path. */
  sendFrame(line: Line, bytes: Uint8Array): boolean {
    const to = this.#path
    if (!to || !this.#released || this.#closed) return false
    if (this.#net.passes(this.owner, to.owner)) queueMicrotask(() => to.receiveFrame(line, bytes, this))
    return true
  }

  release(): void {
    if (!this.#closed) this.#released = true
  }

  async close(): Promise<void> {
    if (this.#closed) return
    const was = this.#path
    this.#closed = true
    this.#path = null
    this.#net.forget(this)
    if (was && this.#net.passes(this.owner, was.owner)) queueMicrotask(() => was.#lostTheOther(this))
  }

  // --- what the net and the other end call

  /** The attacker's transport knows whom it waits for without a description. */
  expect(victim: FakeTransport): void {
    this.#remote = { id: victim.id, fingerprint: victim.fingerprint, turn: victim.#turn }
  }

  pathTo(other: FakeTransport): void {
    if (this.#closed) return
    this.#path = other
    if (this.#opened) return
    if (!this.#net.careless && this.#remote?.fingerprint !== other.fingerprint) {
      this.emit('failed', new Fault('transport', 'the certificate of the other end is not the promised one'))
      return
    }
    this.#opened = true
    queueMicrotask(() => this.emit('open'))
  }

  mediaCame(): boolean {
    const hasCome = this.#hasCome
    this.#hasCome = false
    return hasCome
  }

  losePath(): void {
    this.#path = null
  }

  receive(text: string, from: FakeTransport): void {
    if (this.#closed || this.#path !== from) return
    if (new TextEncoder().encode(text).length > MESSAGE_LIMIT) this.odd++
    else this.emit('message', text)
  }

  receiveFrame(line: Line, bytes: Uint8Array, from: FakeTransport): void {
    if (this.#closed || !this.#released || this.#path !== from) return
    this.#hasCome = true
    this.#net.frames.push({ from: from.owner, to: this.owner, line, bytes })
    this.emit('frame', line, bytes)
  }

  #lostTheOther(other: FakeTransport): void {
    if (this.#closed || this.#path !== other) return
    this.#path = null
    this.emit('failed', new Fault('transport', 'the other end closed the link'))
  }

  async #wait(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    await Promise.resolve()
    signal.throwIfAborted()
    if (this.#closed) throw new Bug('this transport is closed')
  }

  /** Both descriptions of one turn are there on both sides: the path opens. */
  #meet(): void {
    const other = this.#remote && this.#net.find(this.#remote.id)
    if (!other || this.#closed || other.#remote?.id !== this.id || other.#turn !== this.#turn || this.#offered || other.#offered) return
    if (this.#net.passes(this.owner, other.owner)) this.#net.join(this, other)
  }

  #describe(): string {
    const lines = [
      ...LINES.map((line, mid) => `m=${line === 'audio' ? 'audio' : 'video'} 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:${mid}\r\na=sendrecv`),
    ]
    return [
      'v=0',
      `o=- ${this.id} ${this.#turn} IN IP4 127.0.0.1`,
      's=-',
      't=0 0',
      `a=fingerprint:sha-256 ${this.fingerprint}`,
      ...lines,
      'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
      'a=mid:3',
      '',
    ].join('\r\n')
  }
}

type Description = { readonly id: string; readonly fingerprint: string; readonly turn: number }

function described(sdp: string): Description {
  const [, id = '', turn = ''] = /^o=- (t\d+) (\d+) IN IP4/m.exec(sdp) ?? []
  const [, said = ''] = /^a=fingerprint:sha-256 (\S+)/m.exec(sdp) ?? []
  const kinds = [...sdp.matchAll(/^m=(\w+)/gm)].map(([, kind]) => kind).join()
  if (sdp.length > SDP_LIMIT || id === '' || said === '' || kinds !== 'audio,video,video,application')
    throw new Refusal('bad-message', 'this description is none of ours')
  return { id, fingerprint: said, turn: Number(turn) }
}

const pair = (a: string, b: string): string => [a, b].sort().join(' and ')

/** As good as a hash for a test: 32 bytes that differ for each transport. */
const fingerprint = (seed: number): string =>
  Array.from({ length: 32 }, (_, i) => ((i === 0 ? seed >> 8 : seed * 31 + i * 7) & 255).toString(16).toUpperCase().padStart(2, '0')).join(
    ':',
  )
