// pair.ts — how good a way is, and which of two is taken. Pure but for what a preference remembers.
import { type Ms, seconds } from '../../lib/unit.ts'
import { isFar } from '../candidate.ts'
import { PAIR, type Pair, type Protocol } from './inner.ts'

/** A controlling peer that names one worse way than ours so often in a row, and for so long, means it. */
const MEANT = 4
const MEANT_FOR = seconds(2)
/** From here on nobody stands between. */
const DIRECT = 10
export const LOOPBACK = '127.0.0.1'

/** How good a way is, as both ends see it: straight at home, straight over the internet, by one relay, by two. */
export function rank({ protocol, remoteCandidate }: Pair): number {
  const relays = (protocol.type === 'turn' ? 1 : 0) + (remoteCandidate.type === 'relay' ? 1 : 0)
  return relays === 0 ? (remoteCandidate.type === 'host' ? DIRECT + 1 : DIRECT) : DIRECT - relays
}

export const isDirectProtocol = ({ type }: Protocol): boolean => type !== 'turn'
export const isDirect = (pair: Pair): boolean => rank(pair) >= DIRECT

/** The best of the ways that both ends have agreed on already, if it is better than the one in use; else null. */
export function betterAgreed(pairs: readonly Pair[], inUse: Pair): Pair | null {
  const agreed = pairs.filter((pair) => pair.state === PAIR.succeeded && pair.nominated && rank(pair) > rank(inUse))
  return agreed.reduce<Pair | null>((best, pair) => (best && rank(best) >= rank(pair) ? best : pair), null)
}

/**
 * Whether a check makes any sense: a relay on the internet reaches nobody's home, and some servers take it badly; and from our loopback
 * address one reaches this machine alone.
 */
export function mayMeet(protocol: Protocol, host: string): boolean {
  if (protocol.type === 'turn') return isFar(host) || !isFar(protocol.localCandidate?.host ?? '')
  return protocol.localIp !== LOOPBACK || host.startsWith('127.')
}

/** Both ends find the better of two ways the better one. For a worse one a controlling peer has its reasons, if it keeps to it. */
export class Preference {
  /** The worse way that the peer names: since when, and how often. */
  #named: { readonly pair: Pair; readonly since: Ms; times: number } | null = null

  /** Whether `pair`, which was just agreed on, is to be used from now on. @param inUse the way until now */
  isFor(pair: Pair, inUse: Pair | undefined, isControlling: boolean, now: Ms): boolean {
    if (!inUse || inUse === pair || rank(pair) > rank(inUse)) {
      this.#named = null
      return true
    }
    // One that checks all ways at once names many in passing.
    if (this.#named?.pair !== pair) this.#named = { pair, since: now, times: 0 }
    return !isControlling && ++this.#named.times >= MEANT && now - this.#named.since >= MEANT_FOR
  }

  forget(): void {
    this.#named = null
  }
}
