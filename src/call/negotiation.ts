// negotiation.ts — descriptions and candidates of one link, in order and within limits, between the signals and the transport.
//
// One offerer for the life of a link; turn 0 opens it, later turns restart ICE. Each turn replaces the one before: after every wait
// we look whether ours is still the newest. Descriptions are worked on one after the other; candidates that come before their
// description wait for it. The fingerprint that the first signed descriptions promise holds for the whole link.
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { ms } from '../lib/unit.ts'
import type { LinkSignal } from '../wire/signal.ts'
import { addressIn, CANDIDATE_LIMIT, cleaned, fingerprintIn, SDP_LIMIT } from './candidate.ts'
import type { Role } from './confirm.ts'
import type { Counts } from './counts.ts'
import { forewordIn, withForeword } from './foreword.ts'
import type { Candidate, Transport } from './transport.ts'

/** Candidates found within this time travel together. */
const GATHER = ms(20)

type Parts = {
  readonly link: string
  readonly role: Role
  readonly transport: Transport
  readonly clock: Clock
  readonly counts: Counts
  readonly log: Log
  /** Aborted when the link ends. */
  readonly signal: AbortSignal
  readonly send: (signal: LinkSignal) => void
  readonly failed: () => void
  /** What our first description says of the confirmation. An answer says it only to who said theirs. */
  readonly foreword: Uint8Array
}

export class Negotiation {
  readonly #parts: Parts
  #work: Promise<void> = Promise.resolve()
  /** Our newest offer, or the newest that we took. */
  #turn = -1
  #answeredTurn = -1
  #foresaid: Uint8Array | null = null
  #local: string | null = null
  #remote: string | null = null
  /** Ours that wait to be sent; `#foundInTurn` counts all since the last description. */
  #found: Candidate[] = []
  #foundInTurn = 0
  #described = false
  /** Theirs that wait for their description; null when there is nothing to wait for. */
  #given: Candidate[] | null = []
  #givenInTurn = 0

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** The fingerprints that both sides have signed for; null before both descriptions are there. */
  get promised(): { readonly local: string; readonly remote: string } | null {
    return this.#local !== null && this.#remote !== null ? { local: this.#local, remote: this.#remote } : null
  }

  /** What their first description said of the confirmation; null when it did not. */
  get foresaid(): Uint8Array | null {
    return this.#foresaid
  }

  /** For the offerer: makes the first offer, or one that restarts ICE. */
  offer(): void {
    const turn = ++this.#turn
    this.#inOrder(async (signal) => {
      if (turn !== this.#turn) return
      this.#newTurn()
      const sdp = await this.#parts.transport.offer({ iceRestart: turn > 0 }, signal)
      if (turn !== this.#turn || !this.#keepsPromise('local', sdp)) return
      this.#send({ type: 'offer', link: this.#parts.link, turn, sdp: turn === 0 ? withForeword(sdp, this.#parts.foreword) : sdp })
    })
  }

  /** True when it is the newest and is being worked on. */
  takeOffer(turn: number, sdp: string): boolean {
    if (this.#parts.role !== 'answerer' || turn <= this.#turn) return this.#odd('offer out of turn')
    const clean = this.#clean(turn, sdp)
    if (clean === null) return false
    this.#turn = turn
    this.#inOrder(async (signal) => {
      if (turn !== this.#turn) return
      this.#newTurn()
      const answer = await this.#parts.transport.answer(clean, signal)
      if (!this.#keepsPromise('local', answer)) return
      const isAsked = turn === 0 && this.#foresaid !== null
      this.#send({ type: 'answer', link: this.#parts.link, turn, sdp: isAsked ? withForeword(answer, this.#parts.foreword) : answer })
      this.#giveAll()
    })
    return true
  }

  /** True when it answers our newest offer and is being worked on. */
  takeAnswer(turn: number, sdp: string): boolean {
    if (this.#parts.role !== 'offerer' || turn !== this.#turn || turn <= this.#answeredTurn) return this.#odd('answer out of turn')
    const clean = this.#clean(turn, sdp)
    if (clean === null) return false
    this.#answeredTurn = turn
    this.#inOrder(async (signal) => {
      if (turn !== this.#turn) return
      await this.#parts.transport.accept(clean, signal)
      this.#giveAll()
    })
    return true
  }

  /** A candidate of theirs. Names and what goes beyond the limit are counted and left. */
  give(candidate: Candidate): void {
    const kind = addressIn(candidate.candidate)
    if (kind === 'name') this.#odd('candidate with a name')
    else if (kind === 'malformed') this.#odd('candidate malformed')
    else if (this.#givenInTurn++ >= CANDIDATE_LIMIT) this.#odd('candidate beyond the limit')
    else if (this.#given) this.#given.push(candidate)
    else this.#parts.transport.addCandidate(candidate)
  }

  /** The transport found one of ours. */
  found(candidate: Candidate): void {
    if (this.#foundInTurn++ >= CANDIDATE_LIMIT) return
    this.#found.push(candidate)
    if (this.#found.length === 1 && this.#described) this.#gather()
  }

  #send(signal: LinkSignal): void {
    this.#parts.send(signal)
    this.#described = true
    if (this.#found.length > 0) this.#gather()
  }

  #newTurn(): void {
    this.#found = []
    this.#foundInTurn = 0
    this.#described = false
  }

  #gather(): void {
    const { clock, signal, link, send } = this.#parts
    clock.sleep('candidates gather', GATHER, signal).then(
      () => {
        const candidates = this.#found.splice(0)
        if (candidates.length > 0) send({ type: 'candidates', link, candidates })
      },
      () => {},
    )
  }

  /** The remote description as the transport may have it; null (and the end of the link) when it is none that we will have. */
  #clean(turn: number, sdp: string): string | null {
    if (!this.#keepsPromise('remote', sdp)) return null
    const foreword = forewordIn(sdp)
    if (turn === 0) this.#foresaid = foreword.said
    this.#givenInTurn = 0
    this.#given ??= []
    const { sdp: clean, dropped } = cleaned(foreword.sdp)
    for (let i = 0; i < dropped; i++) this.#odd('candidate with a name')
    return clean
  }

  #keepsPromise(side: 'local' | 'remote', sdp: string): boolean {
    const said = sdp.length <= SDP_LIMIT ? fingerprintIn(sdp) : null
    const before = side === 'local' ? this.#local : this.#remote
    if (said === null || (before !== null && before !== said)) {
      this.#odd(said === null ? 'description without one fingerprint' : 'description with another fingerprint')
      this.#parts.failed()
      return false
    }
    if (side === 'local') this.#local = said
    else this.#remote = said
    return true
  }

  #giveAll(): void {
    const waiting = this.#given ?? []
    this.#given = null
    for (const candidate of waiting) this.#parts.transport.addCandidate(candidate)
  }

  #inOrder(work: (signal: AbortSignal) => Promise<void>): void {
    const { signal, log } = this.#parts
    this.#work = this.#work.then(async () => {
      if (signal.aborted) return
      try {
        await work(signal)
      } catch (error) {
        if (signal.aborted) return
        log.debug('a description was refused', { why: error instanceof Error ? error.message : 'unknown' })
        this.#odd('description that the transport refused')
        this.#parts.failed()
      }
    })
  }

  #odd(why: string): false {
    this.#parts.counts.add(why)
    return false
  }
}
