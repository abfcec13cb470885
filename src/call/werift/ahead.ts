// ahead.ts — the first words of the encryption, said before a way is agreed on: one round trip less until a link is open.
//
// A check of the peer's is signed with a password that only the sealed signalling told it. When one comes, the peer is there and routers let
// us through, both ways; our own check would say so a round trip later. So the handshake begins at once, to where the check came from.
// Nothing else goes this way: no media, no words of the link, and who is at the other end the handshake itself must show (dtls.ts, proof.ts).
// A few datagrams at most, as somebody who holds the password could name a third party's address.
//
// What was said is kept: it is said again when the way agreed on is another one, or when nobody has answered a moment after.
import type { Clock } from '../../lib/clock.ts'
import { ms } from '../../lib/unit.ts'
import type { Address, Pair, Protocol } from './inner.ts'
import { isDirectProtocol } from './pair.ts'

const MOST = 8
/** An answer that left before our way was agreed on is here by then. */
const PATIENCE = ms(100)

type Place = { readonly protocol: Protocol; readonly address: Address }

export type AheadParts = {
  readonly clock: Clock
  readonly send: (datagram: Buffer, place: Place) => void
  /** Room for no more. */
  readonly onFull: () => void
}

export class Ahead {
  readonly #parts: AheadParts
  #place: Place | null = null
  #said: Buffer[] = []
  #isAnswered = false

  constructor(parts: AheadParts) {
    this.#parts = parts
  }

  /** The peer was heard from there. @returns whether this is the first place that is known */
  heard(protocol: Protocol, address: Address): boolean {
    const isFirst = this.#place === null
    if (isFirst || (isDirectProtocol(protocol) && !isDirectProtocol(this.#place?.protocol ?? protocol))) this.#place = { protocol, address }
    return isFirst
  }

  /** Is there a place to speak to? */
  get isPossible(): boolean {
    return this.#place !== null
  }

  say(datagram: Buffer): void {
    if (this.#said.length >= MOST) {
      this.#parts.onFull()
      return
    }
    this.#said.push(datagram)
    if (this.#place) this.#parts.send(datagram, this.#place)
  }

  /** The handshake of the peer came. */
  answered(): void {
    this.#isAnswered = true
  }

  /** A way is agreed on. @param again says one datagram on it */
  async agreed({ protocol, remoteAddr }: Pair, again: (datagram: Buffer) => void, signal: AbortSignal): Promise<void> {
    const said = this.#said.splice(0)
    const isSame = this.#place?.protocol === protocol && isSamePlace(this.#place.address, remoteAddr)
    if (isSame && said.length > 0) await this.#parts.clock.sleep('answer to what was said ahead', PATIENCE, signal)
    if (!isSame || !this.#isAnswered) for (const datagram of said) again(datagram)
  }

  forget(): void {
    this.#said = []
  }
}

const isSamePlace = (a: Address, b: Address): boolean => a[0] === b[0] && a[1] === b[1]
