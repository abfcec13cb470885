// remote-session.ts — one phone's connection, as the box sees it: from its first word to its last (wire/remote.ts has the words).
//
//   hello ─▶ stranger ─┬─ prove ────────────────────────▶ known
//                      ├─ pair by secret ───────────────▶ known
//                      └─ pair by code ─▶ trying ─ same code ─▶ waiting ─ OK at the box ─▶ known
//
// Until it is known a connection is a stranger's: it may say very little, for a short time. A frame that does not open, or a signature
// that is wrong, ends it: a Breach. An order counts once: signed by the phone's own key for this very connection, with a counter that
// rises. What is refused to an honest phone is said in a sentence, and the connection stays.
import { Intent } from '../core/intent.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault, Refusal, unreachable } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import { type Ms, ms, seconds } from '../lib/unit.ts'
import { hex, type Random, unhex, verify } from '../wire/crypto.ts'
import { newExchange } from '../wire/exchange.ts'
import type { Identity } from '../wire/key.ts'
import { phoneSaid } from '../wire/pairing.ts'
import { ANSWER_LIMIT, BEAT_MS, CLOSE, type FromPhone, fromPhoneIn, orderIn, phoneHelloIn, queryIn, VERSION } from '../wire/remote.ts'
import { type Channel, channelOf, toSign, transcriptOf } from '../wire/remote-channel.ts'
import { Pace } from './pace.ts'
import { RemoteOutbox } from './remote-outbox.ts'
import type { Asker, Newcomer, No, Paired, PairingDesk, RemoteEars, RemoteReach, RemoteSocket, Try } from './remote-port.ts'

/** The door that a session came through. */
export interface Doorway {
  readonly identity: Identity
  readonly boxName: string
  readonly pairing: PairingDesk
  readonly reach: RemoteReach
  readonly clock: Clock
  readonly log: Log
  readonly random: Random
  /** The newest state as its message; null while there is none. */
  news(): string | null
  /** How the roster calls a key now; null: it is not in it. */
  nameOf(key: string): string | null
  /** Whether there is time now to look at one more stranger's signature. */
  mayVerify(): boolean
  /** Something that an honest page does not do. */
  odd(why: string): void
  /** This session is a known phone from now on. */
  known(session: RemoteSession): void
  /** @param known whether it was a known phone */
  left(session: RemoteSession, known: boolean): void
}

const STRANGER_FOR = seconds(10)
const ORDERS = { perSecond: 30, burst: 60 }
const FRAMES = { perSecond: 60, burst: 120 }
const MOST_QUERIES = 8
const HELLO_LIMIT = 1024
const NOT_OPEN: No = { ok: false, why: 'not-open', sentence: 'Pairing is not open. On the box, choose "Pair a phone" first.' }
const STRANGER: No = { ok: false, why: 'stranger', sentence: 'This box does not know this phone (any more).' }

type Stage =
  | { readonly at: 'hello' }
  | { readonly at: 'stranger' | 'pairing' | 'waiting' }
  | { readonly at: 'trying'; readonly newcomer: Newcomer; readonly tried: Try }
  | { readonly at: 'known'; readonly key: string }
  | { readonly at: 'gone' }

/** What an honest page does not do; it ends the connection. */
class Breach extends Error {
  readonly why: string
  readonly close: number
  constructor(why: string, close: number = CLOSE.notUnderstood) {
    super(why)
    this.why = why
    this.close = close
  }
}

/** What both ends have once they have greeted each other. */
type Line = { readonly channel: Channel; readonly transcript: Uint8Array; readonly out: RemoteOutbox }

export class RemoteSession implements RemoteEars {
  readonly #socket: RemoteSocket
  readonly #door: Doorway
  readonly #over = new AbortController()
  readonly #orders: Pace
  readonly #frames: Pace
  #stage: Stage = { at: 'hello' }
  #line: Line | null = null
  #counter = 0
  #queries = 0
  #heardAt: Ms

  constructor(socket: RemoteSocket, door: Doorway) {
    this.#socket = socket
    this.#door = door
    this.#orders = new Pace(door.clock, ORDERS)
    this.#frames = new Pace(door.clock, FRAMES)
    this.#heardAt = door.clock.now()
  }

  /** The key of the paired phone at the other end; null while it is none. */
  get key(): string | null {
    return this.#stage.at === 'known' ? this.#stage.key : null
  }

  /** Begins to count the stranger's time. */
  open(): void {
    this.#after('a phone shows who it is', STRANGER_FOR, () => {
      const { at } = this.#stage
      if (at !== 'known' && at !== 'waiting') this.end(CLOSE.slow, 'The phone did not say who it is.')
    })
  }

  heard(frame: string | Uint8Array): void {
    if (this.#stage.at === 'gone') return
    this.#heardAt = this.#door.clock.now()
    try {
      if (!this.#frames.may()) throw new Breach('too many frames', CLOSE.busy)
      if (this.#line) this.#answer(this.#line, frame)
      else this.#greet(frame)
    } catch (error) {
      if (error instanceof Breach) this.#door.odd(error.why)
      else this.#door.log.error('a phone could not be answered', error)
      this.end(error instanceof Breach ? error.close : CLOSE.notUnderstood, 'The box could not make anything of that.')
    }
  }

  gone(): void {
    if (this.#stage.at === 'gone') return
    if (this.#stage.at === 'trying') this.#stage.tried.leave()
    const known = this.#stage.at === 'known'
    this.#stage = { at: 'gone' }
    this.#over.abort()
    this.#door.left(this, known)
  }

  /** Ends it with a sentence. */
  end(code: number, sentence: string): void {
    if (this.#stage.at === 'gone') return
    this.#socket.close(code, sentence)
    this.gone()
  }

  /** The phone was taken from the roster. */
  removed(): void {
    this.end(CLOSE.removed, 'This phone was removed from the box.')
  }

  /** There may be a newer state. */
  news(): void {
    const news = this.#stage.at === 'known' ? this.#door.news() : null
    if (news !== null) this.#line?.out.news(news)
  }

  #greet(frame: string | Uint8Array): void {
    const hello = typeof frame === 'string' && frame.length <= HELLO_LIMIT ? phoneHelloIn(frame) : null
    if (!hello) throw new Breach('no hello')
    const { identity, random, clock } = this.#door
    const exchange = newExchange(random)
    const phone = unhex(hello.share)
    const common = exchange.agree(phone)
    if (!common) throw new Breach('a share that is none')
    const transcript = transcriptOf({ phone, box: exchange.share }, identity.publicKey)
    const signature = hex(identity.sign(toSign.box(transcript)))
    this.#socket.send(JSON.stringify({ hello: VERSION, share: hex(exchange.share), key: hex(identity.publicKey), signature }), () => {})
    const channel = channelOf('box', common, transcript)
    const onStuck = () => this.end(CLOSE.slow, 'The phone takes nothing any more.')
    const out = new RemoteOutbox({ socket: this.#socket, channel, clock, over: this.#over.signal, onStuck })
    this.#line = { channel, transcript, out }
    this.#stage = { at: 'stranger' }
  }

  #answer(line: Line, frame: string | Uint8Array): void {
    const opened = typeof frame === 'string' ? null : line.channel.open(frame)
    const said = opened?.is === 'text' ? fromPhoneIn(opened.text) : null
    if (!said) throw new Breach('a frame that is none')
    switch (said.say) {
      case 'prove':
        this.#prove(line, said.key, said.signature)
        break
      case 'pair by secret':
      case 'pair by code':
        this.#pair(line, said)
        break
      case 'same code':
        this.#sameCode(line, said.mac)
        break
      case 'do':
        this.#order(line, said)
        break
      case 'beat':
        break
      default:
        unreachable(said)
    }
  }

  #prove(line: Line, key: string, signature: string): void {
    if (this.#stage.at !== 'stranger') throw new Breach('a proof out of turn')
    if (this.#door.nameOf(key) === null) {
      refuse(line, STRANGER)
      return
    }
    this.#check(key, toSign.phone(line.transcript), signature)
    line.out.say({ say: 'welcome' })
    this.#welcome(line, key)
  }

  #pair(line: Line, said: Extract<FromPhone, { say: 'pair by secret' | 'pair by code' }>): void {
    if (this.#stage.at !== 'stranger') throw new Breach('pairing out of turn')
    const { pairing } = this.#door
    if (pairing.state.is === 'closed' || pairing.state.is === 'paired') {
      refuse(line, NOT_OPEN)
      return
    }
    this.#check(said.key, toSign.newcomer(line.transcript, phoneSaid(unhex(said.key), said.name)), said.signature)
    const newcomer = { key: said.key, name: said.name, session: line.transcript }
    if (said.say === 'pair by secret') {
      this.#stage = { at: 'pairing' }
      void this.#decided(line, 'pairing', newcomer, pairing.bySecret(newcomer, unhex(said.mac)))
      return
    }
    const tried = pairing.byCode(newcomer, unhex(said.share))
    if (!tried.ok) {
      refuse(line, tried)
      return
    }
    this.#stage = { at: 'trying', newcomer, tried }
    line.out.say({ say: 'code', share: hex(tried.share) })
  }

  #sameCode(line: Line, mac: string): void {
    if (this.#stage.at !== 'trying') throw new Breach('a proof out of turn')
    const { tried, newcomer } = this.#stage
    const proved = tried.prove(unhex(mac))
    if (!proved.ok) {
      this.#stage = { at: 'stranger' }
      refuse(line, proved)
      return
    }
    this.#stage = { at: 'waiting' }
    line.out.say({ say: 'compare', mac: hex(proved.mac), words: [...proved.words] })
    const outcome = proved.decided.then((decided) => (decided.ok ? proved : decided))
    void this.#decided(line, 'waiting', newcomer, outcome)
  }

  /** Waits for the outcome of pairing. A roster that cannot be written pairs nobody; the phone is told, and the log. */
  async #decided(line: Line, at: Stage['at'], { key, name }: Newcomer, outcome: Promise<Paired | No>): Promise<void> {
    const is = await outcome.catch((error: unknown): No => {
      this.#door.log.error('a phone could not be paired', error)
      return { ok: false, why: 'full', sentence: error instanceof Refusal ? error.message : 'The box could not write this phone down.' }
    })
    if (is.ok) this.#door.log.info('a phone was paired', { name })
    if (this.#stage.at !== at) return
    this.#stage = { at: 'stranger' }
    if (!is.ok) {
      refuse(line, is)
      return
    }
    line.out.say({ say: 'paired', mac: hex(is.mac), words: [...is.words], box: this.#door.boxName })
    this.#welcome(line, key)
  }

  #welcome(line: Line, key: string): void {
    this.#stage = { at: 'known', key }
    this.#door.known(this)
    this.news()
    this.#beat(line)
  }

  #beat(line: Line): void {
    this.#after('the next beat to a phone', ms(BEAT_MS), () => {
      if (this.#door.clock.now() - this.#heardAt > 3 * BEAT_MS) this.end(CLOSE.slow, 'The phone has fallen silent.')
      else line.out.say({ say: 'beat' })
      this.#beat(line)
    })
  }

  /** Looks whether an order is the phone's own and new, before anything is done. */
  #order(line: Line, { counter, text, signature }: Extract<FromPhone, { say: 'do' }>): void {
    if (this.#stage.at !== 'known') {
      refuse(line, STRANGER)
      return
    }
    const { key } = this.#stage
    const name = this.#door.nameOf(key)
    const no = (code: string, sentence: string) => line.out.say({ say: 'failed', counter, code, sentence })
    if (name === null) this.removed()
    else if (!this.#orders.may()) no('busy', 'Not so fast.')
    else if (!verify(unhex(key), toSign.order(line.transcript, counter, text), unhex(signature))) throw new Breach('a wrong signature')
    else if (counter <= this.#counter) {
      this.#door.odd('an order that was there before')
      no('bad-request', 'This order was given before.')
    } else {
      this.#counter = counter
      void this.#obey(line, counter, text, { key, name })
    }
  }

  async #obey(line: Line, counter: number, text: string, by: Asker): Promise<void> {
    try {
      const answer = await this.#done(text, by)
      if (!(answer instanceof Uint8Array)) line.out.say({ say: 'done', counter, answer: answer ?? null })
      else if (answer.length < ANSWER_LIMIT - 100) line.out.bytes(counter, answer)
      else throw new Refusal('not-allowed', 'The answer is too long for a phone.')
    } catch (error) {
      const known = error instanceof Refusal || error instanceof Fault
      if (!known) this.#door.log.error('an order of a phone failed', error)
      const sentence = known ? error.message.slice(0, 500) : 'Something went wrong inside the box; its log says more.'
      line.out.say({ say: 'failed', counter, code: known ? error.code : 'bug', sentence })
    }
  }

  /** @throws Refusal 'bad-request' for what no box can do */
  async #done(text: string, by: Asker): Promise<unknown> {
    const order = orderIn(text)
    if (!order) throw new Refusal('bad-request', 'The box could not make anything of that order.')
    if ('intent' in order) {
      const intent = Intent.safeParse(order.intent)
      if (!intent.success) throw new Refusal('bad-request', 'There is nothing like that to ask for.')
      this.#door.reach.ask(intent.data, by)
      return { ok: true }
    }
    const query = queryIn(order.query, order.about)
    if (!query) throw new Refusal('bad-request', 'There is no such question, or something is missing in it.')
    if (this.#queries >= MOST_QUERIES) throw new Refusal('not-allowed', 'Wait for the answers to what was asked before.')
    this.#queries++
    try {
      return await this.#door.reach.query(query, by)
    } finally {
      this.#queries--
    }
  }

  /** A stranger's signature; there is only so much time for those. */
  #check(key: string, signed: Uint8Array, signature: string): void {
    if (!this.#door.mayVerify()) throw new Breach('too many signatures', CLOSE.busy)
    if (!verify(unhex(key), signed, unhex(signature))) throw new Breach('a wrong signature')
  }

  #after(name: string, time: Ms, act: () => void): void {
    this.#door.clock.sleep(name, time, this.#over.signal).then(act, () => {})
  }
}

function refuse({ out }: Line, { why, sentence, triesLeft }: No): void {
  out.say({ say: 'refused', why, sentence, ...(triesLeft !== undefined && { triesLeft }) })
}
