// store.ts — what the remote knows, as signals that the views read, and what a person can do with it. The box itself is behind `link`.
import { batch, computed, type ReadonlySignal, signal } from '@preact/signals'
import type { Intent } from '../../../core/intent.ts'
import type { Clock } from '../../../lib/clock.ts'
import { Fault, Refusal } from '../../../lib/fault.ts'
import { ms, seconds } from '../../../lib/unit.ts'
import type { About, Answer, QueryName, RemoteState } from '../../../wire/remote.ts'
import type { RemoteLink, RemoteNow, RemotePairing } from '../kit/remote.ts'
import { TurnedAway } from '../kit/remote-line.ts'
import { stillOpen, type Want } from './asked.ts'
import { arrivalAt, type Place } from './place.ts'
import { saidBetween } from './view.ts'
import type { Words } from './words/words.ts'

export type Asked = { readonly intent: Intent; readonly over: AbortController }

/** What was asked and is not done by then is not waited for any more; people are told. */
const PATIENCE = seconds(8)
/** A finger on the slider wishes faster than a box should be asked. */
const BETWEEN = ms(60)
const NEVER = new AbortController().signal

export class Store {
  readonly link: RemoteLink
  readonly words: Words
  readonly now = signal<RemoteNow>('resting')
  readonly state = signal<RemoteState | null>(null)
  readonly pairing = signal<RemotePairing>({ is: 'none' })
  readonly place = signal<Place>('home')
  /** What a scanned pairing code brought; null: none was scanned. */
  readonly brought = signal<string | null>(null)
  readonly asked = signal<readonly Asked[]>([])
  /** A sentence about what was asked last and not done; null: all is well. */
  readonly trouble = signal<string | null>(null)
  /** For those who listen to the page. */
  readonly calm = signal('')
  readonly loud = signal('')
  /** Controls do something only now. */
  readonly here: ReadonlySignal<boolean> = computed(() => this.now.value === 'connected')
  readonly #clock: Clock
  #volume: number | null = null

  constructor(link: RemoteLink, words: Words, clock: Clock) {
    this.link = link
    this.words = words
    this.#clock = clock
  }

  /** Follows the link, and calls the box when one is known. */
  start(): void {
    this.link.on('now', (now) => this.#turn(now))
    this.link.on('state', (state) => this.#show(state))
    this.link.on('pairing', (pairing) => {
      this.pairing.value = pairing
    })
    this.link.start()
    this.now.value = this.link.now
  }

  /** Goes where an address leads. @returns whether it held a pairing code, which must leave the address bar */
  arrive(hash: string): boolean {
    const arrival = arrivalAt(hash)
    if ('pairing' in arrival) this.brought.value = arrival.pairing
    else {
      this.place.value = arrival.at
      this.trouble.value = null
    }
    return 'pairing' in arrival
  }

  /** Asks the box; what comes of it is seen in its state. A second wish of one kind takes the place of the first. */
  async ask(intent: Intent): Promise<void> {
    const asked: Asked = { intent, over: new AbortController() }
    this.trouble.value = null
    for (const old of this.asked.value) if (old.intent.want === intent.want) old.over.abort()
    this.asked.value = [...this.asked.value.filter((old) => old.intent.want !== intent.want), asked]
    this.#clock.sleep('the box does what it was asked', PATIENCE, asked.over.signal).then(
      () => this.#close(asked, this.words.notDone),
      () => {},
    )
    try {
      await this.link.ask(intent)
      this.#settle()
    } catch (error) {
      this.#close(asked, this.sentenceOf(error))
    }
  }

  /** The volume, as fast as the box takes it: while one wish is under way, only the newest of the others is kept. */
  async setVolume(percent: number): Promise<void> {
    const busy = this.#volume !== null
    this.#volume = Math.max(0, Math.min(100, Math.round(percent)))
    if (busy) return
    for (let sent: number | null = null; this.#volume !== sent; ) {
      sent = this.#volume
      await this.ask({ want: 'volume', percent: sent })
      await this.#clock.sleep('between two volumes', BETWEEN, NEVER)
    }
    this.#volume = null
  }

  /** Asks the box a question. Null when it could not be answered; then `onTrouble` has heard why. */
  async query<Q extends QueryName>(
    onTrouble: (sentence: string) => void,
    query: Q,
    ...about: undefined extends About<Q> ? [] : [about: About<Q>]
  ): Promise<Answer<Q> | null> {
    try {
      return await this.link.query(query, ...about)
    } catch (error) {
      onTrouble(this.sentenceOf(error))
      return null
    }
  }

  /** What is open of one kind; null: nothing. */
  openOf<W extends Want>(want: W): Extract<Intent, { want: W }> | null {
    const intent = this.asked.value.find((asked) => asked.intent.want === want)?.intent
    return intent ? (intent as Extract<Intent, { want: W }>) : null
  }

  /** What went wrong, in a sentence of our own language where we have one. */
  sentenceOf(error: unknown): string {
    const { words } = this
    if (error instanceof TurnedAway) {
      const left = error.triesLeft === null ? '' : ` ${words.triesLeft(error.triesLeft)}`
      return `${words.refusal[error.why]}${left}`
    }
    if (error instanceof Fault && error.code === 'daemon-away') return words.away
    if (error instanceof Refusal && error.code === 'bad-link') return words.badPairingLink
    if (error instanceof Refusal || error instanceof Fault) return error.message
    reportError(error)
    return words.away
  }

  #turn(now: RemoteNow): void {
    batch(() => {
      const was = this.now.value
      this.now.value = now
      if (now === 'connected' && was === 'away') this.calm.value = this.words.saidBack
      if (now !== 'connected') this.#forgetAsked()
      if (now === 'removed' || now === 'stranger') this.state.value = null
    })
  }

  #show(state: RemoteState): void {
    const before = this.state.value
    batch(() => {
      this.state.value = state
      this.#settle()
      if (!before) return
      const { loud, calm } = saidBetween(before, state, this.words)
      if (loud !== null) this.loud.value = loud
      else if (!state.ringing) this.loud.value = ''
      if (calm.length > 0) this.calm.value = `${calm.join('. ')}.`
    })
  }

  #settle(): void {
    const { value: state } = this.state
    if (!state) return
    const open = stillOpen(this.asked.value, state)
    if (open.length === this.asked.value.length) return
    for (const asked of this.asked.value) if (!open.includes(asked)) asked.over.abort()
    this.asked.value = open
  }

  #close(asked: Asked, why: string): void {
    if (!this.asked.value.includes(asked)) return
    asked.over.abort()
    this.asked.value = this.asked.value.filter((other) => other !== asked)
    this.trouble.value = why
  }

  #forgetAsked(): void {
    for (const { over } of this.asked.value) over.abort()
    this.asked.value = []
  }
}
