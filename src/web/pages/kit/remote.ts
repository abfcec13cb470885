// remote.ts — a phone's link to its box: pairs, connects, stays connected, knows the box's state, asks it for things. No page here:
// the page shows what this tells (the head of wire/remote.ts says how it is used).
//
// The first pairing pins the box's key. From then on a line is the box's only when that key has signed it; a box that says in such
// a line that it does not know us has removed us, and we forget it. A line that just ends is called again, sooner at first.
import type { Intent } from '../../../core/intent.ts'
import type { Clock } from '../../../lib/clock.ts'
import { Emitter } from '../../../lib/emitter.ts'
import { Fault, Refusal } from '../../../lib/fault.ts'
import { type Ms, ms, seconds } from '../../../lib/unit.ts'
import { type Identity, identityFrom, newIdentity } from '../../../room/identity.ts'
import { hex, type Random, systemRandom, unhex } from '../../../wire/crypto.ts'
import { parsePairing, parsePairingCode } from '../../../wire/pairing.ts'
import { type About, type Answer, BEAT_MS, type Order, QUERIES, type QueryName, type RemoteState, stateIn } from '../../../wire/remote.ts'
import { toSign } from '../../../wire/remote-channel.ts'
import { type PhoneMemory, phoneMemoryIn } from '../../../wire/roster.ts'
import { isPersonName } from '../../../wire/schema.ts'
import { AWAY, type Heard, type OpenSocket, RemoteLine } from './remote-line.ts'
import { type Brought, pairOn } from './remote-pair.ts'

/** Where a phone keeps its key. */
export interface RemoteShelf {
  read(): string | null
  /** Null removes it. */
  write(text: string | null): void
}

/**
 * resting: not started, or closed. stranger: not paired. connecting: for the first time. connected: state is live. away: the box does
 * not answer, we go on trying. removed: the box has put this phone out. another box: somebody else answers at this address.
 */
export type RemoteNow = 'resting' | 'stranger' | 'connecting' | 'connected' | 'away' | 'removed' | 'another box'
export type RemotePairing =
  | { readonly is: 'none' | 'asking' }
  | { readonly is: 'comparing'; readonly words: readonly string[] }
  | { readonly is: 'paired'; readonly words: readonly string[]; readonly box: string }

export type RemoteLinkParts = {
  readonly socket: OpenSocket
  readonly shelf: RemoteShelf
  readonly clock: Clock
  readonly random?: Random
}
type Events = { now: [now: RemoteNow]; state: [state: RemoteState]; pairing: [pairing: RemotePairing] }
type Waiting = { readonly done: (answer: unknown) => void; readonly fail: (error: unknown) => void; readonly late: AbortController }

const FIRST_WAIT = ms(300)
const LONGEST_WAIT = seconds(4)
const CONNECT_FOR = seconds(8)
const ANSWER_FOR = seconds(20)

export class RemoteLink extends Emitter<Events> {
  readonly #parts: RemoteLinkParts
  readonly #random: Random
  #memory: PhoneMemory | null = null
  #identity: Identity | null = null
  #now: RemoteNow = 'resting'
  #state: RemoteState | null = null
  #line: RemoteLine | null = null
  /** Of the line: its watch. */
  #over = new AbortController()
  #pause = new AbortController()
  #wait: Ms = FIRST_WAIT
  #heardAt: Ms = ms(0)
  #counter = 0
  readonly #waiting = new Map<number, Waiting>()

  constructor(parts: RemoteLinkParts) {
    super((error) => reportError(error))
    this.#parts = parts
    this.#random = parts.random ?? systemRandom
  }

  get now(): RemoteNow {
    return this.#now
  }
  /** The newest; kept while the box is away. Null until it has told. */
  get state(): RemoteState | null {
    return this.#state
  }
  /** The name of the box we are paired with; null: with none. */
  get box(): string | null {
    return this.#memory?.box.name ?? null
  }
  /** Our key as the roster has it; null while we have none. */
  get key(): string | null {
    return this.#identity && hex(this.#identity.publicKey)
  }

  /** Reads what was kept, and calls the box when there is one. */
  start(): void {
    this.#memory = phoneMemoryIn(this.#parts.shelf.read())
    this.#identity = this.#memory && identityFrom(unhex(this.#memory.secretKey))
    if (this.#memory) {
      this.#turn('connecting')
      this.#call()
    } else this.#turn('stranger')
  }

  /** Tries at once instead of after a pause: the page is looked at again, or the network is back. */
  nudge(): void {
    this.#wait = FIRST_WAIT
    this.#pause.abort()
    // While a phone slept its line may have died without a word.
    if (this.#parts.clock.now() - this.#heardAt > 2 * BEAT_MS) this.#line?.close()
    if (this.#memory && !this.#line && (this.#now === 'away' || this.#now === 'another box')) this.#call()
  }

  close(): void {
    this.#drop()
    this.#pause.abort()
    this.#turn('resting')
  }

  /**
   * Pairs with what the QR code holds: the whole link, or what stands behind its #.
   * @throws Refusal with a sentence; Fault when the box does not answer, or is not the one that showed the code
   */
  async pairByQr(text: string, name: string, signal: AbortSignal = NEVER): Promise<void> {
    await this.#pair({ secret: parsePairing(text) }, name, signal)
  }

  /** Pairs with the six digits on the TV. Resolves when somebody at the box has said yes; 'pairing' tells the words meanwhile. */
  async pairByCode(code: string, name: string, signal: AbortSignal = NEVER): Promise<void> {
    await this.#pair({ code: parsePairingCode(code) }, name, signal)
  }

  /**
   * Asks the box for something. Resolves when it has taken it; what comes of it is seen in the state.
   * @throws Refusal when the box refuses; Fault 'daemon-away' when it does not answer
   */
  async ask(intent: Intent): Promise<void> {
    await this.#order({ intent })
  }

  /** Asks the box a question. @throws like ask() */
  async query<Q extends QueryName>(query: Q, ...about: undefined extends About<Q> ? [] : [about: About<Q>]): Promise<Answer<Q>> {
    const answer = await this.#order({ query, ...(about.length > 0 && { about: about[0] }) })
    const read = QUERIES[query].answer.safeParse(answer)
    if (!read.success) throw new Fault('daemon-away', 'The box answered something that this page does not understand; load it again.')
    return read.data as Answer<Q>
  }

  /** This phone is no remote any more: here, and in the box if it answers. Never rejects. */
  async forget(): Promise<void> {
    const { key } = this
    // The box ends the line instead of answering.
    if (key && this.#now === 'connected') await this.query('remove phone', { key }).catch(() => {})
    this.#forget('stranger')
  }

  async #pair(brought: Brought, as: string, signal: AbortSignal): Promise<void> {
    const name = as.trim()
    if (!isPersonName(name)) throw new Refusal('bad-request', 'Give this phone a name of at most 40 letters.')
    const before = this.#now
    this.#drop()
    this.#pause.abort()
    const { clock, socket } = this.#parts
    const line = new RemoteLine(socket, this.#random)
    const identity = this.#identity ?? newIdentity(this.#random)
    const onCompare = (words: readonly string[]) => this.emit('pairing', { is: 'comparing', words })
    this.emit('pairing', { is: 'asking' })
    try {
      line.open()
      const late = this.#lateness('the box answers at all', CONNECT_FOR)
      await line.next('greeted', AbortSignal.any([signal, late.signal])).finally(() => late.abort())
      const { box, words } = await pairOn(brought, { line, identity, name, clock, random: this.#random, onCompare }, signal)
      this.#identity = identity
      this.#memory = { secretKey: hex(identity.secretKey), box }
      this.#parts.shelf.write(JSON.stringify(this.#memory))
      this.#adopt(line)
      this.#connected()
      this.emit('pairing', { is: 'paired', words, box: box.name })
    } catch (error) {
      line.close()
      this.emit('pairing', { is: 'none' })
      if (this.#memory && before !== 'resting') {
        this.#turn('away')
        this.#call()
      }
      throw error
    }
  }

  #call(): void {
    const line = new RemoteLine(this.#parts.socket, this.#random)
    this.#adopt(line)
    const { signal } = this.#over
    this.#after('the box lets us in', CONNECT_FOR, signal, () => {
      if (this.#now !== 'connected') line.close()
    })
    line.open()
  }

  /** This line is ours now. */
  #adopt(line: RemoteLine): void {
    this.#line = line
    this.#over = new AbortController()
    this.#counter = 0
    this.#heardAt = this.#parts.clock.now()
    this.#watch(line, this.#over.signal)
    line.listen((heard) => this.#hear(line, heard))
  }

  /** A box that says nothing for three beats is away, whatever the network thinks. */
  #watch(line: RemoteLine, signal: AbortSignal): void {
    this.#after('the next beat to the box', ms(BEAT_MS), signal, () => {
      if (this.#parts.clock.now() - this.#heardAt > 3 * BEAT_MS) line.close()
      else if (this.#now === 'connected') line.say({ say: 'beat' })
      if (!signal.aborted) this.#watch(line, signal)
    })
  }

  #hear(line: RemoteLine, heard: Heard): void {
    if (this.#line !== line) return
    this.#heardAt = this.#parts.clock.now()
    switch (heard.say) {
      case 'greeted':
        this.#prove(line)
        break
      case 'welcome':
        this.#connected()
        break
      case 'state': {
        const state = stateIn(heard.state)
        if (!state) break
        this.#state = state
        this.emit('state', state)
        break
      }
      case 'done':
        this.#settle(heard.counter, ({ done }) => done(heard.answer))
        break
      case 'bytes':
        this.#settle(heard.counter, ({ done }) => done(heard.bytes))
        break
      case 'failed':
        this.#settle(heard.counter, ({ fail }) => fail(new Refusal('not-allowed', heard.sentence)))
        break
      case 'refused':
        if (heard.why === 'stranger') this.#forget('removed')
        break
      case 'closed':
        this.#lost()
        break
      default:
        break
    }
  }

  #prove(line: RemoteLine): void {
    const { key } = this
    if (!this.#memory || !this.#identity || !key) return
    if (hex(line.boxKey) !== this.#memory.box.key) {
      this.#drop()
      this.#turn('another box')
      this.#again()
      return
    }
    line.say({ say: 'prove', key, signature: hex(this.#identity.sign(toSign.phone(line.transcript))) })
  }

  #connected(): void {
    this.#wait = FIRST_WAIT
    this.#turn('connected')
  }

  #lost(): void {
    const wasIn = this.#now === 'connected'
    this.#drop()
    if (wasIn || this.#now === 'connecting') this.#turn('away')
    this.#again()
  }

  /** Calls again after a pause, which grows. */
  #again(): void {
    this.#pause = new AbortController()
    const { signal } = this.#pause
    this.#after('before the box is called again', this.#wait, signal, () => {
      if (this.#memory && !this.#line) this.#call()
    })
    this.#wait = ms(Math.min(LONGEST_WAIT, this.#wait * 2))
  }

  #forget(then: 'removed' | 'stranger'): void {
    this.#drop()
    this.#pause.abort()
    this.#memory = null
    this.#identity = null
    this.#state = null
    this.#parts.shelf.write(null)
    this.#turn(then)
  }

  /** Ends the line, and what waits for answers on it. */
  #drop(): void {
    const line = this.#line
    this.#line = null
    this.#over.abort()
    line?.close()
    for (const counter of [...this.#waiting.keys()]) this.#settle(counter, ({ fail }) => fail(new Fault('daemon-away', AWAY)))
  }

  #order(order: Order): Promise<unknown> {
    const line = this.#line
    const identity = this.#identity
    if (!line || !identity || this.#now !== 'connected') return Promise.reject(new Fault('daemon-away', AWAY))
    const counter = ++this.#counter
    const text = JSON.stringify(order)
    const signature = hex(identity.sign(toSign.order(line.transcript, counter, text)))
    return new Promise((done, fail) => {
      const late = new AbortController()
      this.#waiting.set(counter, { done, fail, late })
      this.#after('the answer of the box', ANSWER_FOR, late.signal, () =>
        this.#settle(counter, (waiting) => waiting.fail(new Fault('daemon-away', AWAY))),
      )
      line.say({ say: 'do', counter, text, signature })
    })
  }

  #settle(counter: number, act: (waiting: Waiting) => void): void {
    const waiting = this.#waiting.get(counter)
    if (!waiting) return
    this.#waiting.delete(counter)
    waiting.late.abort()
    act(waiting)
  }

  #turn(now: RemoteNow): void {
    if (this.#now === now) return
    this.#now = now
    this.emit('now', now)
  }

  /** Aborts itself with a Fault after a time, unless it is aborted before. */
  #lateness(name: string, time: Ms): AbortController {
    const late = new AbortController()
    this.#after(name, time, late.signal, () => late.abort(new Fault('daemon-away', AWAY)))
    return late
  }

  #after(name: string, time: Ms, signal: AbortSignal, act: () => void): void {
    this.#parts.clock.sleep(name, time, signal).then(act, () => {})
  }
}

const NEVER = new AbortController().signal
