// confirm.ts — are the two ends of this link really the two who signed for it? Pure: words in, words out.
//
// Said before any media:
//
//   offerer   commit     SHA-256 of its nonce, in the signed offer
//   answerer  nonce      its nonce, in the signed answer
//
// and over the data channel as soon as it is open, at both ends at once:
//
//   offerer   reveal     the nonce behind the commit, and its mac
//   answerer  nonce      its nonce again, and its mac
//
// Where a description says nothing of it (foreword.ts), all of it is said over the channel, one after the other: commit, nonce, reveal, and
// `confirmed`, by the answerer.
//
// Each mac is made with the room's key over role, room, link, both identities and sessions, the DTLS fingerprints that are in use at
// both ends, and the nonces. Somebody in the middle of the DTLS has another fingerprint on at least one side, so the macs differ.
// An end opens the gate only when the other's mac is right: the answerer at `reveal`, the offerer at `nonce`, or at `confirmed` where it is said.
//
// The four emoji come from all of this too. The offerer is bound to its nonce before it sees the other, and the answerer chooses
// before it sees the offerer's, so nobody who knows the room's key can try nonces until the emoji match (ZRTP, RFC 6189, section 4.1.1).
import type { RoomId } from '../core/id.ts'
import { unreachable } from '../lib/fault.ts'
import { bytesOf, concat, derive, hex, mac, same, sha256, unhex } from '../wire/crypto.ts'
import { emojiFrom } from '../wire/emoji.ts'
import type { Session } from '../wire/envelope.ts'
import type { Word } from '../wire/word.ts'

export type Role = 'offerer' | 'answerer'
/** One end as its signed signals and the DTLS in use describe it. */
export type End = { readonly publicKey: Uint8Array; readonly session: Session; readonly fingerprint: string }
export type ConfirmFacts = {
  readonly room: RoomId
  /** The room's key for confirmations, 32 bytes. */
  readonly sas: Uint8Array
  readonly link: string
  readonly offerer: End
  readonly answerer: End
}
export type Outcome =
  | { readonly is: 'going on'; readonly say: readonly Word[] }
  | { readonly is: 'confirmed'; readonly say: readonly Word[]; readonly emoji: readonly string[] }
  | { readonly is: 'refused'; readonly why: ConfirmFlaw }
export type ConfirmFlaw = 'confirmation word out of turn' | 'confirmation with a wrong mac' | 'confirmation with a broken commitment'

const FORMAT = 'parlor-confirm-1'
/** Bytes. */
export const NONCE = 32
/** What the offerer says first of its nonce. */
export const commitTo = (nonce: Uint8Array): Uint8Array => sha256(concat(bytesOf(`${FORMAT} commit\n`), nonce))

export class Confirmation {
  readonly #role: Role
  readonly #facts: Uint8Array
  readonly #key: Uint8Array
  readonly #nonce: Uint8Array
  /** The other's commitment, or its nonce, once we have it. */
  #theirs = new Uint8Array()
  #waitsFor: 'commit' | 'nonce' | 'reveal' | 'confirmed' | 'nothing'
  /** Commit and nonce stood in the descriptions. */
  readonly #isAhead: boolean

  /** @param nonce ours, 32 random bytes  @param foresaid the other's commitment, or its nonce, as its signed description had it; null: it is to be said over the channel */
  constructor(role: Role, facts: ConfirmFacts, nonce: Uint8Array, foresaid: Uint8Array | null = null) {
    this.#role = role
    this.#facts = transcript(facts)
    this.#key = derive(facts.sas, bytesOf(FORMAT), 'mac', 32)
    this.#nonce = nonce
    this.#isAhead = foresaid !== null
    if (foresaid) this.#theirs = Uint8Array.from(foresaid)
    this.#waitsFor = role === 'offerer' ? 'nonce' : foresaid ? 'reveal' : 'commit'
  }

  /** What to say as soon as the channel is open. */
  begin(): readonly Word[] {
    if (this.#role === 'answerer') return this.#isAhead ? [this.#nonceWord()] : []
    return [this.#isAhead ? this.#revealWord() : { say: 'commit', commit: hex(commitTo(this.#nonce)) }]
  }

  hear(word: Word): Outcome {
    if (word.say !== this.#waitsFor) return this.#refuse('confirmation word out of turn')
    switch (word.say) {
      case 'commit': {
        this.#theirs = Uint8Array.from(unhex(word.commit))
        this.#waitsFor = 'reveal'
        return going(this.#nonceWord())
      }
      case 'nonce': {
        const nonce = Uint8Array.from(unhex(word.nonce))
        if (this.#isAhead && !same(nonce, this.#theirs)) return this.#refuse('confirmation with a broken commitment')
        this.#theirs = nonce
        if (!same(unhex(word.mac), this.#mac('answerer', commitTo(this.#nonce), this.#theirs)))
          return this.#refuse('confirmation with a wrong mac')
        this.#waitsFor = this.#isAhead ? 'nothing' : 'confirmed'
        if (this.#isAhead) return { is: 'confirmed', say: [], emoji: this.#emoji(this.#nonce, nonce) }
        return going(this.#revealWord())
      }
      case 'reveal': {
        const nonce = unhex(word.nonce)
        if (!same(commitTo(nonce), this.#theirs)) return this.#refuse('confirmation with a broken commitment')
        if (!same(unhex(word.mac), this.#mac('offerer', nonce, this.#nonce))) return this.#refuse('confirmation with a wrong mac')
        this.#waitsFor = 'nothing'
        return { is: 'confirmed', say: this.#isAhead ? [] : [{ say: 'confirmed' }], emoji: this.#emoji(nonce, this.#nonce) }
      }
      case 'confirmed':
        this.#waitsFor = 'nothing'
        return { is: 'confirmed', say: [], emoji: this.#emoji(this.#nonce, this.#theirs) }
      default:
        return unreachable(word)
    }
  }

  #nonceWord(): Word {
    return { say: 'nonce', nonce: hex(this.#nonce), mac: hex(this.#mac('answerer', this.#theirs, this.#nonce)) }
  }

  #revealWord(): Word {
    return { say: 'reveal', nonce: hex(this.#nonce), mac: hex(this.#mac('offerer', this.#nonce, this.#theirs)) }
  }

  #mac(role: Role, offerers: Uint8Array, answerers: Uint8Array): Uint8Array {
    return mac(this.#key, concat(bytesOf(`${role}\n`), this.#facts, offerers, answerers))
  }

  #emoji(offerers: Uint8Array, answerers: Uint8Array): readonly string[] {
    return emojiFrom(derive(concat(offerers, answerers), mac(this.#key, this.#facts), `${FORMAT} emoji`, 3))
  }

  #refuse(why: ConfirmFlaw): Outcome {
    this.#waitsFor = 'nothing'
    return { is: 'refused', why }
  }
}

const going = (word: Word): Outcome => ({ is: 'going on', say: [word] })

/** One fact a line; no fact can hold a line break. The order is part of the format. */
function transcript({ room, link, offerer, answerer }: ConfirmFacts): Uint8Array {
  const end = ({ publicKey, session, fingerprint }: End) => [hex(publicKey), session, fingerprint]
  return bytesOf([FORMAT, room, link, ...end(offerer), ...end(answerer), ''].join('\n'))
}
