// step.ts — what becomes of an update: from what is seen, the one next step. Pure, so that it holds whatever is cut off in between.
//
//   install    RAUC writes the other slot:                                 writing ─▶ waiting
//   try        the old slot arms one try and starts the other:             waiting ─▶ trying     (reboot "0 tryboot")
//   trial      the new slot runs; any other start brings back the old one
//   good       healthy long enough: ONE write of one sector (the selector) makes the new slot the chosen one;
//              then the record says so:                                    trying ─▶ over, good
//   not good   the new slot writes down why, and starts anew:              trying ─▶ over, why    (by the old slot)
//   cut        the old slot comes up, sees a try that it did not begin in this boot, and arms another, three at most
//
// The promise: the selector always names a slot that is whole and has been good before. Only the write after the health gate changes it,
// and the slot that it does not name is the only one that is ever written over. So every cut, torn record or lost record ends in the old
// slot or the new one. Nothing here is remembered but what is on the card.
import { unreachable } from '../../lib/fault.ts'
import type { Had, Pending, Reason } from './pending.ts'
import { other, type Slot } from './slot.ts'

/** So often a new slot is started before it is given up. */
export const MOST_TRIES = 3

export type Health = { readonly is: 'open' } | { readonly is: 'good' } | { readonly is: 'bad'; readonly why: Reason }

export type Seen = {
  /** The slot that runs. */
  readonly running: Slot
  /** The slot that the selector starts. Another one runs: it is being tried. */
  readonly chosen: Slot
  readonly pending: Pending | null
  /** A name for this boot. */
  readonly boot: string
  /** The version of the slot that runs. */
  readonly version: string
  /** What the health gate says; asked only where a slot is being tried. */
  readonly health: Health
  /** The image's own timer has started the machine anew, because Parlor did not come up (scripts/slots-back). */
  readonly takenBack: boolean
}

export type Step =
  | { readonly do: 'write record'; readonly record: Pending }
  | { readonly do: 'write selector'; readonly chosen: Slot }
  /** `into`: the slot that the machine comes up in, if the power holds. */
  | { readonly do: 'reboot'; readonly tryboot: boolean; readonly into: Slot }
  | { readonly do: 'nothing' }

const NOTHING: Step = { do: 'nothing' }
const over = (p: Extract<Pending, { is: 'trying' }>, outcome: Reason | 'good'): Step => {
  const { slot, version, before } = p
  return { do: 'write record', record: { is: 'over', slot, version, before, outcome } }
}

/** What is to be done next; ask again after each step, until it is nothing or a reboot. */
export const nextStep = (seen: Seen): Step => (seen.running === seen.chosen ? atHome(seen) : onTrial(seen))

/** Whether a new slot runs that is not chosen yet. */
export const isTrial = ({ running, chosen }: Pick<Seen, 'running' | 'chosen'>): boolean => running !== chosen

/** The chosen slot runs. */
function atHome({ running, pending: p, boot, takenBack }: Seen): Step {
  switch (p?.is) {
    case undefined:
    case 'writing':
    case 'waiting':
    case 'over':
      return NOTHING
    case 'trying':
      if (p.slot === running) return over(p, 'good')
      if (p.failed) return over(p, p.failed)
      if (p.armedIn === boot) return { do: 'reboot', tryboot: true, into: p.slot }
      if (takenBack) return over(p, 'not ready')
      if (p.tries >= MOST_TRIES) return over(p, p.reached ? 'cut off' : 'no start')
      return { do: 'write record', record: { ...p, tries: p.tries + 1, armedIn: boot, reached: false } }
    default:
      return unreachable(p)
  }
}

/** The other slot runs. */
function onTrial({ running, chosen, pending: p, version, health }: Seen): Step {
  const back: Step = { do: 'reboot', tryboot: false, into: chosen }
  if (p?.is === 'over' && p.slot === running && p.outcome !== 'good') return back
  // Nobody knows what it must have to be good: it is not kept.
  if (p?.is !== 'trying' || p.slot !== running)
    return { do: 'write record', record: { is: 'over', slot: running, version, before: version, outcome: 'lost' } }
  if (p.failed) return back
  if (!p.reached) return { do: 'write record', record: { ...p, reached: true } }
  switch (health.is) {
    case 'open':
      return NOTHING
    case 'good':
      return { do: 'write selector', chosen: running }
    case 'bad':
      return { do: 'write record', record: { ...p, failed: health.why } }
    default:
      return unreachable(health)
  }
}

/** Why something cannot be begun now. */
export type No = { readonly no: string }

/** The record before the first byte of an update goes into a slot. */
export function toWrite({ running, chosen, pending, boot }: Seen, slot: Slot): Pending | No {
  if (running !== chosen) return { no: 'a new version is being tried; it has to prove itself first' }
  if (slot === running) return { no: `slot ${slot} runs; it is not written over` }
  if (pending?.is === 'trying' && pending.armedIn === boot) return { no: 'the box is about to start anew' }
  return { is: 'writing', slot }
}

/** The record when all of an update is in its slot. */
export function whenWritten({ running, chosen, pending }: Seen, slot: Slot, version: string): Pending | No {
  if (running !== chosen || slot === running) return { no: `slot ${slot} was not written by this one` }
  if ((pending?.is !== 'writing' && pending?.is !== 'waiting') || pending.slot !== slot)
    return { no: `nothing was written into slot ${slot}` }
  return { is: 'waiting', slot, version }
}

/** The record that begins a trial of what waits, or once more of what was given up. */
export function toTry({ running, chosen, pending: p, boot, version }: Seen, had: Had): Pending | No {
  if (running !== chosen) return { no: 'a new version is being tried already' }
  // Asked once more, because the machine did not start anew.
  if (p?.is === 'trying' && p.armedIn === boot) return p
  const waits = p?.is === 'waiting' || (p?.is === 'over' && p.outcome !== 'good' && p.outcome !== 'lost')
  if (!waits || p.slot === running) return { no: 'there is no new version to try' }
  return { is: 'trying', slot: p.slot, version: p.version, before: version, had, tries: 1, armedIn: boot, reached: false, failed: null }
}

/** The record that goes back: out of a trial, or from a version that was good to the one before it. */
export function toUndo(seen: Seen, why: Reason, had: Had): Pending | No {
  const { running, chosen, pending: p, boot, version } = seen
  if (running !== chosen)
    return p?.is === 'trying' && p.slot === running ? { ...p, failed: p.failed ?? why } : { no: 'this version goes back by itself' }
  if (p?.is !== 'over' || p.outcome !== 'good' || p.slot !== running) return { no: 'there is no version before this one' }
  const slot = other(running)
  return { is: 'trying', slot, version: p.before, before: version, had, tries: 1, armedIn: boot, reached: false, failed: null }
}

export const isNo = (x: Pending | No): x is No => 'no' in x
