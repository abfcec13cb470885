// announce.ts — the box on one broker: that it is there, how it is, and an ear for what is asked of it.
//
// A broker may forget everything when it starts again, and so may Home Assistant. So all of it is said anew at every
// connection, and when Home Assistant says that it has come up: availability, discovery, every row of the table. In between
// a row is said when it has changed, at most a few times a second; what could not be handed over is said again later.
//
// Only what is said now is heard: an order that the broker had kept (the retain flag) would come back at every connection. Strangers to the
// rules are counted, not logged one by one.
import type { PeerId } from '../core/id.ts'
import type { Intent } from '../core/intent.ts'
import type { Clock } from '../lib/clock.ts'
import type { Off } from '../lib/emitter.ts'
import { Fault, Refusal, unreachable } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import { Tally } from '../lib/tally.ts'
import { type Ms, ms, seconds } from '../lib/unit.ts'
import { bytesOf, textOf } from '../wire/crypto.ts'
import { type About, discovery, discoveryTopic } from './homeassistant.ts'
import { Pace } from './pace.ts'
import { baseOf, PICTURE, rows } from './topic.ts'
import { type Asked, type Judgement, judge, type Letter, letterIn, type Policy, type Verify } from './topic-order.ts'
import type { Contacts, View } from './topic-row.ts'

/** fresh: said now, not kept by the broker from before. */
export type LineEvents = { up: []; down: []; fresh: [topic: string, payload: Uint8Array] }
/** A connection to a broker; MqttBroker is one. */
export interface Line {
  on<E extends keyof LineEvents>(event: E, listener: (...args: LineEvents[E]) => void): Off
  /** False when it could not be handed over. */
  publish(topic: string, payload: Uint8Array, options: { retain: boolean }): boolean
  subscribe(topic: string): void
  close(): Promise<void>
}

/** What is the same on every broker. */
export type Ground = {
  readonly box: PeerId
  /** As it is now: the box's address may become another. */
  readonly about: () => About
  /** Home Assistant's discovery prefix; empty: it is told nothing. */
  readonly prefix: string
  readonly policy: Policy
  readonly view: () => View
  readonly contacts: Contacts
  readonly verify: Verify
  /** The TV's picture, JPEG. Rejects while there is none. */
  readonly picture: () => Promise<Uint8Array>
  /** Does what was asked. */
  readonly ask: (intent: Intent) => void
  /** Puts a question to the people at the box. */
  readonly asked: (asked: Asked) => void
  /** Installs the update that is offered; ask: when people at the box say yes. Rejects with a Refusal when none waits. */
  readonly update: (ask: boolean) => Promise<void>
  /** Milliseconds since 1970. */
  readonly date: () => number
  readonly clock: Clock
  readonly log: Log
}

/** What a broker says for us when we are gone without a word. */
export const willOf = (box: PeerId) => ({ topic: `${baseOf(box)}/availability`, payload: bytesOf('offline'), retain: true })

/** Between two looks at what has changed. */
const REST: Ms = ms(100)
const LOOK_AGAIN: Ms = seconds(30)
/** Bytes; a bigger picture is not said. */
const LARGEST_PICTURE = 400 * 1024

export class Announce {
  readonly #ground: Ground
  readonly #line: Line
  readonly #odd = new Tally()
  readonly #closed = new AbortController()
  readonly #said = new Map<string, string>()
  readonly #orders: Pace
  readonly #questions: Pace
  readonly #pictures: Pace
  #up = false
  #rests = false
  #changed = false

  constructor(ground: Ground, line: Line) {
    this.#ground = ground
    this.#line = line
    this.#orders = new Pace(ground.clock, { perSecond: 10, burst: 30 })
    this.#questions = new Pace(ground.clock, { perSecond: 0.2, burst: 3 })
    this.#pictures = new Pace(ground.clock, { perSecond: 0.5, burst: 4 })
  }

  open(): void {
    const { clock, log } = this.#ground
    this.#line.on('up', () => this.#arrive())
    this.#line.on('down', () => (this.#up = false))
    this.#line.on('fresh', (topic, payload) => void this.#hear(topic, payload))
    const say = (count: number, last: string) => log.info('some orders over MQTT were refused', { count, last })
    this.#odd.report(seconds(60), say, clock, this.#closed.signal).catch(() => {})
    this.#lookAgain().catch(() => {})
  }

  /** Something may look different now: says what does. Returns at once, also when called often. */
  changed(): void {
    this.#changed = true
    if (!this.#rests) void this.#tell()
  }

  /** Whether the broker hears us now. */
  get up(): boolean {
    return this.#up
  }

  /** What was refused, by reason, since the start. */
  refused(): Record<string, number> {
    return this.#odd.counts()
  }

  /** Says goodbye. Safe to call twice. */
  async close(): Promise<void> {
    if (!this.#closed.signal.aborted) {
      this.#closed.abort(new Error('closed'))
      this.#say('availability', 'offline')
    }
    await this.#line.close()
  }

  #arrive(): void {
    this.#up = true
    const { box, prefix } = this.#ground
    this.#line.subscribe(`${baseOf(box)}/set/+`)
    this.#line.subscribe(`${baseOf(box)}/do/+`)
    if (prefix !== '') this.#line.subscribe(`${prefix}/status`)
    this.#sayAll()
  }

  #sayAll(): void {
    this.#said.clear()
    this.#sayWhatItIs()
    this.#sayRows()
    // Last: who waits for "online" finds the rest in its place.
    this.#say('availability', 'online')
  }

  /** To Home Assistant, when it is not what was said last. */
  #sayWhatItIs(): void {
    const { box, about, prefix, policy } = this.#ground
    if (prefix === '') return
    this.#sayOn(discoveryTopic(prefix, box), JSON.stringify(discovery(box, about(), policy)))
  }

  #sayRows(): void {
    const view = this.#ground.view()
    for (const { name, show } of rows) this.#say(`state/${name}`, show(view))
  }

  #say(under: string, text: string): void {
    this.#sayOn(`${baseOf(this.#ground.box)}/${under}`, text)
  }

  #sayOn(topic: string, text: string): void {
    if (this.#said.get(topic) === text) return
    const handed = this.#line.publish(topic, bytesOf(text), { retain: true })
    if (handed) this.#said.set(topic, text)
    else this.#said.delete(topic)
  }

  async #tell(): Promise<void> {
    this.#rests = true
    while (this.#changed && !this.#closed.signal.aborted) {
      this.#changed = false
      this.#sayRows()
      await this.#ground.clock.sleep('rest of an announcement', REST, this.#closed.signal).catch(() => {})
    }
    this.#rests = false
  }

  async #lookAgain(): Promise<void> {
    for (;;) {
      await this.#ground.clock.sleep('look again what is to be announced', LOOK_AGAIN, this.#closed.signal)
      if (this.#up) this.#sayWhatItIs()
      this.changed()
    }
  }

  async #hear(topic: string, payload: Uint8Array): Promise<void> {
    const { box, prefix } = this.#ground
    if (this.#closed.signal.aborted) return
    if (prefix !== '' && topic === `${prefix}/status`) {
      if (textOf(payload) === 'online' && this.#may(this.#orders, 'Home Assistant comes up too often')) this.#sayAll()
      return
    }
    if (!this.#may(this.#orders, 'orders come too fast')) return
    let letter: Letter | null = null
    try {
      letter = letterIn(box, topic, payload)
      await this.#do(judge(letter, { ...this.#ground, date: this.#ground.date() }))
      this.#reply(letter, { ok: true })
    } catch (error) {
      this.#refuse(letter, error)
    }
  }

  async #do(judgement: Judgement): Promise<void> {
    switch (judgement.do) {
      case 'intent':
        return this.#ground.ask(judgement.intent)
      case 'ask':
        if (!this.#may(this.#questions, 'questions come too fast'))
          throw new Refusal('not-allowed', 'people were just asked; wait a little')
        return this.#ground.asked(judgement.asked)
      case 'picture':
        if (!this.#may(this.#pictures, 'pictures are wanted too fast'))
          throw new Refusal('not-allowed', 'wait a little between two pictures')
        return this.#sayPicture()
      case 'update':
        if (judgement.ask && !this.#may(this.#questions, 'questions come too fast'))
          throw new Refusal('not-allowed', 'people were just asked; wait a little')
        return this.#ground.update(judgement.ask)
      default:
        return unreachable(judgement)
    }
  }

  async #sayPicture(): Promise<void> {
    const jpeg = await this.#ground.picture()
    if (jpeg.length > LARGEST_PICTURE) throw new Fault('screen-lost', 'the picture of the TV is too large for a message')
    if (!this.#closed.signal.aborted) this.#line.publish(`${baseOf(this.#ground.box)}/${PICTURE.topic}`, jpeg, { retain: false })
  }

  #may(pace: Pace, why: string): boolean {
    if (pace.may()) return true
    this.#odd.add(why)
    return false
  }

  #refuse(letter: Letter | null, error: unknown): void {
    if (error instanceof Refusal || error instanceof Fault) {
      this.#odd.add(error.code)
      this.#reply(letter, { ok: false, error: { code: error.code, sentence: error.message } })
    } else {
      this.#ground.log.error('an order over MQTT failed', error)
      this.#reply(letter, { ok: false, error: { code: 'bug', sentence: 'something is wrong in the box; its log says what' } })
    }
  }

  #reply(letter: Letter | null, answer: Readonly<Record<string, unknown>>): void {
    if (letter?.replyTo && !this.#closed.signal.aborted)
      this.#line.publish(letter.replyTo, bytesOf(JSON.stringify({ id: letter.id, ...answer })), { retain: false })
  }
}
