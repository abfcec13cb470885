// pairing.ts — how a phone becomes a remote of this box: when, how often it may be tried, and who has the last word.
//
//   closed ──open() at the box──▶ open ──QR secret shown──────────────────▶ paired ──▶ closed
//                                   └──right code──▶ comparing ──confirm()──▶ paired
//
// Only somebody at the box opens it, for two minutes, with a new secret and a new code each time. The secret has 128 bits: who shows
// it has seen the TV. The code has six digits, so it is tried by CPace, which tells right from wrong only once a try: three tries for
// each opening, then no code for a pause that doubles, and at most thirty a day from the whole network together. A right code still
// waits until somebody has compared name and words on the TV and pressed OK. A try counts when it is taken, not when it is lost, so
// nothing is won by hanging up. What cannot be guessed (the QR code) is never locked: a stranger cannot keep a family from pairing.
//
// It knows no sockets: control/remote.ts brings newcomers whose signature it has checked. `session` is the hash of their connection.
import type { Clock } from '../lib/clock.ts'
import { Emitter } from '../lib/emitter.ts'
import { type Ms, ms, seconds } from '../lib/unit.ts'
import { bytesOf, type Random, same, systemRandom, unhex } from '../wire/crypto.ts'
import { ABOUT, newPairingCode, newPairingSecret, type PairingSecret, phoneSaid, proofsOf, wordBytes } from '../wire/pairing.ts'
import type { Why } from '../wire/remote.ts'
import { type Agreed, respond } from './cpace.ts'
import { wordsFrom } from './words.ts'

export const OPEN_FOR = seconds(120)
export const COMPARE_FOR = seconds(60)
/** How long the TV goes on showing who was paired. */
const SHOWN_FOR = seconds(8)
export const TRIES = 3
export const FIRST_PAUSE = seconds(30)
const LONGEST_PAUSE = seconds(3600)
export const TRIES_A_DAY = 30
const DAY = seconds(24 * 3600)

/** What the TV shows. `until` is a time of the clock. */
export type PairingState =
  | { readonly is: 'closed' }
  | {
      readonly is: 'open'
      readonly secret: PairingSecret
      /** Six digits; null while no code is taken. */
      readonly code: string | null
      readonly triesLeft: number
      readonly until: Ms
    }
  | { readonly is: 'comparing'; readonly name: string; readonly words: readonly string[]; readonly until: Ms }
  | { readonly is: 'paired'; readonly name: string; readonly words: readonly string[] }

/** A phone that wants in. Its key has signed the session. */
export type Newcomer = { readonly key: string; readonly name: string; readonly session: Uint8Array }
export type Refused = { readonly ok: false; readonly why: Why; readonly sentence: string; readonly triesLeft?: number }
export type Paired = { readonly ok: true; readonly mac: Uint8Array; readonly words: readonly string[] }
/** One try with the code. Who took it must end it: by prove(), and by leave() when the phone has gone. */
export type CodeTry = {
  readonly ok: true
  readonly share: Uint8Array
  readonly prove: (mac: Uint8Array) => Proved | Refused
  readonly leave: () => void
}
/** The code was right. `decided` resolves when somebody at the box has said yes or no, or it took too long. */
export type Proved = Paired & { readonly decided: Promise<{ readonly ok: true } | Refused> }

/** Where paired phones are kept. */
export interface Phones {
  readonly full: boolean
  /** Resolves when it is written down; rejects when it could not be. */
  add(phone: { readonly key: string; readonly name: string }): Promise<void>
}

export type PairingParts = {
  /** The box's Ed25519 key. */
  readonly box: Uint8Array
  readonly phones: Phones
  readonly clock: Clock
  readonly onListenerError: (error: unknown) => void
  readonly random?: Random
}

type Window = {
  readonly secret: PairingSecret
  readonly code: string | null
  readonly until: Ms
  readonly end: AbortController
  spent: number
}
type Question = { readonly answer: (yes: boolean) => void }

export class Pairing extends Emitter<{ changed: [state: PairingState] }> {
  readonly #parts: PairingParts
  readonly #random: Random
  #state: PairingState = { is: 'closed' }
  #window: Window | null = null
  #question: Question | null = null
  /** How often in a row all tries of an opening were lost. */
  #lockouts = 0
  #noCodeUntil = ms(0)
  /** When the tries of the last day were taken. */
  #taken: Ms[] = []

  constructor(parts: PairingParts) {
    super(parts.onListenerError)
    this.#parts = parts
    this.#random = parts.random ?? systemRandom
  }

  get state(): PairingState {
    return this.#state
  }

  /** Somebody at the box wants to pair a phone. What was open before ends; its secret and its code are worth nothing any more. */
  open(): void {
    this.close()
    const { clock } = this.#parts
    const window: Window = {
      secret: newPairingSecret(this.#random),
      code: clock.now() >= this.#noCodeUntil && this.#today() < TRIES_A_DAY ? newPairingCode(this.#random) : null,
      until: ms(clock.now() + OPEN_FOR),
      end: new AbortController(),
      spent: 0,
    }
    this.#window = window
    this.#show(this.#openState(window))
    this.#after('pairing is open', OPEN_FOR, window.end.signal, () => this.#question ?? this.close())
  }

  /** Ends it, also while a phone waits for an answer. */
  close(): void {
    const window = this.#window
    this.#window = null
    if (window && window.spent >= TRIES) this.#lockOut()
    this.#question?.answer(false)
    window?.end.abort()
    if (this.#state.is !== 'closed') this.#show({ is: 'closed' })
  }

  /** Somebody at the box has compared name and words. Nothing happens unless a phone waits for it. */
  confirm(): void {
    this.#question?.answer(true)
  }
  decline(): void {
    this.#question?.answer(false)
  }

  /** A phone that says it has seen the QR code. */
  async bySecret(newcomer: Newcomer, mac: Uint8Array): Promise<Paired | Refused> {
    const window = this.#window
    const no = this.#mayNot(window)
    if (!window || no) return no ?? refused('not-open')
    const proofs = proofsOf(window.secret, newcomer.session, phoneSaid(unhex(newcomer.key), newcomer.name))
    if (!same(proofs.phone, mac)) return refused('wrong-code')
    const words = wordsFrom(proofs.words)
    await this.#letIn(newcomer, words)
    return { ok: true, mac: proofs.box, words }
  }

  /** A phone whose person has typed a code: takes one try. @param share of CPace, 32 bytes */
  byCode(newcomer: Newcomer, share: Uint8Array): CodeTry | Refused {
    const window = this.#window
    const no = this.#mayNot(window)
    if (!window || no) return no ?? refused('not-open')
    if (window.code === null || window.spent >= TRIES || this.#today() >= TRIES_A_DAY) return refused('locked')
    const setting = { code: bytesOf(window.code), about: ABOUT, session: newcomer.session }
    const initiator = { share, said: phoneSaid(unhex(newcomer.key), newcomer.name) }
    const answer = respond(setting, initiator, this.#parts.box, this.#random)
    if (!answer) return refused('not-understood')
    const taken = this.#parts.clock.now()
    this.#taken.push(taken)
    window.spent++
    let open = true
    const leave = () => {
      if (open && this.#window === window) this.#lost(window)
      open = false
    }
    const prove = (mac: Uint8Array): Proved | Refused => {
      if (!open) return refused('not-understood')
      if (this.#window !== window) return refused('not-open')
      if (!same(answer.agreed.initiatorTag, mac)) {
        leave()
        return refused('wrong-code', TRIES - window.spent)
      }
      open = false
      window.spent--
      this.#taken = this.#taken.filter((each) => each !== taken)
      return this.#question ? refused('busy') : this.#compare(window, newcomer, answer.agreed)
    }
    return { ok: true, share: answer.message.share, prove, leave }
  }

  #compare(window: Window, newcomer: Newcomer, agreed: Agreed): Proved {
    const words = wordsFrom(wordBytes(agreed.isk, newcomer.session))
    const over = new AbortController()
    const said = new Promise<boolean>((answer) => {
      this.#question = { answer }
      this.#after('comparing words', COMPARE_FOR, over.signal, () => answer(false))
    })
    this.#show({ is: 'comparing', name: newcomer.name, words, until: ms(this.#parts.clock.now() + COMPARE_FOR) })
    const decide = async (): Promise<{ ok: true } | Refused> => {
      const yes = await said
      over.abort()
      this.#question = null
      if (!yes) {
        if (this.#window === window) this.close()
        return refused('declined')
      }
      await this.#letIn(newcomer, words)
      return { ok: true }
    }
    return { ok: true, mac: agreed.responderTag, words, decided: decide() }
  }

  /** Into the roster. A secret and a code are good for one phone. */
  async #letIn({ key, name }: Newcomer, words: readonly string[]): Promise<void> {
    const window = this.#window
    this.#window = null
    window?.end.abort()
    this.#lockouts = 0
    const paired: PairingState = { is: 'paired', name, words }
    try {
      await this.#parts.phones.add({ key, name })
    } catch (error) {
      if (!this.#window) this.#show({ is: 'closed' })
      throw error
    }
    if (this.#window) return
    this.#show(paired)
    this.#after('showing who was paired', SHOWN_FOR, new AbortController().signal, () => {
      if (this.#state === paired) this.#show({ is: 'closed' })
    })
  }

  /** Why nobody can be paired just now, whatever they know. */
  #mayNot(window: Window | null): Refused | null {
    if (!window) return refused('not-open')
    if (this.#question) return refused('busy')
    return this.#parts.phones.full ? refused('full') : null
  }

  #lost(window: Window): void {
    if (this.#state.is === 'open') this.#show(this.#openState(window))
  }

  #lockOut(): void {
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#lockouts)
    this.#lockouts++
    this.#noCodeUntil = ms(this.#parts.clock.now() + pause)
  }

  #openState({ secret, code, until, spent }: Window): PairingState {
    const triesLeft = code === null ? 0 : Math.max(0, Math.min(TRIES - spent, TRIES_A_DAY - this.#today()))
    return { is: 'open', secret, code: triesLeft > 0 ? code : null, triesLeft, until }
  }

  #today(): number {
    const since = this.#parts.clock.now() - DAY
    this.#taken = this.#taken.filter((at) => at > since)
    return this.#taken.length
  }

  #show(state: PairingState): void {
    this.#state = state
    this.emit('changed', state)
  }

  #after(name: string, time: Ms, signal: AbortSignal, act: () => void): void {
    this.#parts.clock.sleep(name, time, signal).then(act, () => {})
  }
}

const SENTENCES: Readonly<Record<Why, string>> = {
  'not-open': 'Pairing is not open. On the box, choose "Pair a phone" first.',
  'wrong-code': 'That is not the code that the TV shows.',
  locked: 'Too many wrong codes. Scan the QR code on the TV instead, or begin again at the box after a while.',
  declined: 'Nobody at the box has said yes.',
  busy: 'Another phone is being paired just now. Try again in a moment.',
  full: 'This box knows as many phones as it can. Remove one first.',
  stranger: 'This box does not know this phone (any more).',
  'not-understood': 'The box could not make anything of that.',
}

function refused(why: Why, triesLeft?: number): Refused {
  const sentence = SENTENCES[why]
  return triesLeft === undefined ? { ok: false, why, sentence } : { ok: false, why, sentence, triesLeft }
}

/** What a connected phone may know of it: neither secret nor code. */
export function withoutSecrets(state: PairingState) {
  switch (state.is) {
    case 'open':
      return { is: 'open' as const }
    case 'comparing':
      return { is: 'comparing' as const, name: state.name, words: [...state.words] }
    case 'paired':
      return { is: 'paired' as const, name: state.name, words: [...state.words] }
    default:
      return { is: 'closed' as const }
  }
}
