// orders.ts — the steward's table: for each order of words.ts, who does it. One line in, one line out; nothing is thrown.
//
// The composition root (app/steward.ts) fills the table. An order that is not in words.ts does not exist, and one that came in another
// shape is refused before anybody sees it.
import { Fault, Refusal } from '../../lib/fault.ts'
import { type Answered, isOrder, type OrderName, readAsked, readWith, type Value, type With } from './words.ts'

/** Does an order. The signal is aborted when the steward must end: not when who asked has gone, whose order is carried out all the same. */
export type Doer<Name extends OrderName> = (given: With<Name>, signal: AbortSignal) => Promise<Value<Name>>
export type Doers = { readonly [Name in OrderName]: Doer<Name> }

export type OrdersParts = {
  readonly doers: Doers
  /** Told what is done, by name: orders are rare, and people may want to know who changed the machine. */
  readonly onOrder: (name: OrderName) => void
  /** Told of what is our own mistake: who asked hears only that there was one. */
  readonly onBug: (error: unknown) => void
}

/** Carries out one line. Never rejects. */
export async function carryOut(line: string, { doers, onOrder, onBug }: OrdersParts, signal: AbortSignal): Promise<Answered> {
  try {
    const asked = readAsked(line)
    if (!asked) throw new Refusal('bad-request', 'that is no order')
    if (!isOrder(asked.do)) throw new Refusal('unknown-command', `there is no order ${asked.do}`)
    return { ok: true, value: await done(asked.do, asked.with, doers, onOrder, signal) }
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, whose: 'asker', code: error.code, say: short(error.message) }
    if (error instanceof Fault) return { ok: false, whose: 'world', code: error.code, say: short(error.message) }
    onBug(error)
    return { ok: false, whose: 'ours', code: 'bug', say: 'something went wrong inside the box; its log says more' }
  }
}

async function done<Name extends OrderName>(
  name: Name,
  given: unknown,
  doers: Doers,
  onOrder: OrdersParts['onOrder'],
  signal: AbortSignal,
) {
  const read = readWith(name, given)
  if ('why' in read) throw new Refusal('bad-request', read.why)
  onOrder(name)
  const doer: Doer<Name> = doers[name]
  return doer(read.is, signal)
}

const short = (sentence: string): string => sentence.slice(0, 1000)
