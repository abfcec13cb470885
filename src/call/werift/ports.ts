// ports.ts — which UDP ports the sockets of calls get: whichever are free, or those of a range that a firewall lets through.
//
// A browser that shows no address of its own (RFC 8828, mDNS candidates) cannot be sent to first: it is heard first, or never. The same
// holds behind a router that gives each peer another port. So a firewall that knows only answers would cost direct ways; it has to leave
// some ports open, and these are known beforehand. Ports are the machine's, so there is one range for the process.
import { Refusal } from '../../lib/fault.ts'

type Range = { readonly first: number; readonly last: number }

let range: Range | null = null
let next = 0

/**
 * Sockets that are opened from now on get ports of this range, each the next one, round and round: what a router remembers of the last
 * call is not met again by the next.
 * @param text like 30000-30999; empty: any  @throws Refusal 'bad-config' when it is no range, or too small for a full call
 */
export function useCallPorts(text: string): void {
  range = rangeIn(text)
  next = range ? range.first + Math.floor(Math.random() * (range.last - range.first + 1)) : 0
}

/** The next port to try; null: the system may choose. */
export function nextCallPort(): number | null {
  if (!range) return null
  const port = next
  next = port >= range.last ? range.first : port + 1
  return port
}

/** Six people and one to come, at four addresses each, and as much again for the moment in which a network changes. */
const LEAST = 60

function rangeIn(text: string): Range | null {
  if (text === '') return null
  const [, first, last] = /^(\d{4,5})-(\d{4,5})$/.exec(text) ?? []
  const range = { first: Number(first), last: Number(last) }
  if (!(range.first >= 1024 && range.last <= 65_535 && range.last - range.first >= LEAST))
    throw new Refusal('bad-config', `the setting "call.ports" is wrong: like 30000-30999, ${LEAST} ports at least`)
  return range
}
