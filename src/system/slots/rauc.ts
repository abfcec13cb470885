// rauc.ts — what RAUC asks of a boot loader, answered by our slots (rauc.readthedocs.io, "Custom Bootloader Backend"; 1.8 to 1.15).
//
//   get-primary                    prints the slot that will be started next: A or B
//   set-primary SLOT               all of an update is in it: after this it waits to be tried
//   get-state SLOT                 prints good or bad
//   set-state SLOT good|bad        bad: it is about to be written. good: RAUC's word for "it has started", which is not enough for us
//   get-current                    prints the slot that runs
//
// RAUC never chooses a slot for good: that is for the health gate alone. And a slot waits only when the line with which its kernel starts
// stands (the same boot image goes into both slots): it is written here, in front of the record, and not in RAUC's post-install handler,
// which runs after set-primary.
import { Refusal } from '../../lib/fault.ts'
import { other, type Slot } from './slot.ts'
import type { Slots } from './slots.ts'
import { isTrial, type Seen } from './step.ts'

/** Makes a slot that was just written one that starts. Gives its version. */
export type Prepare = (slot: Slot) => Promise<string>

/**
 * Answers one call. Gives what is printed.
 * @throws Refusal 'not-allowed' when it must not be now, 'bad-request' when it is no call of RAUC's
 */
export async function answerRauc([verb, name, state]: readonly string[], slots: Slots, prepare: Prepare): Promise<string> {
  const seen = await slots.look()
  switch (verb) {
    case 'get-current':
      return seen.running
    case 'get-primary':
      return primaryOf(seen)
    case 'get-state':
      return isBad(seen, slotOf(name)) ? 'bad' : 'good'
    case 'set-state':
      if (state !== 'good' && state !== 'bad') throw new Refusal('bad-request', `a slot is good or bad, not ${state}`)
      if (state === 'bad') await slots.writing(slotOf(name))
      return ''
    case 'set-primary':
      await setPrimary(slotOf(name), seen, slots, prepare)
      return ''
    default:
      throw new Refusal('bad-request', `RAUC does not ask for ${verb}`)
  }
}

function slotOf(name: string | undefined): Slot {
  if (name !== 'A' && name !== 'B') throw new Refusal('bad-request', `there is no slot ${name}`)
  return name
}

const primaryOf = ({ running, chosen, pending: p }: Seen): Slot =>
  running === chosen && (p?.is === 'waiting' || p?.is === 'trying') && p.slot === other(chosen) ? p.slot : chosen

const isBad = ({ pending: p }: Seen, slot: Slot): boolean =>
  p?.slot === slot && (p.is === 'writing' || (p.is === 'over' && p.outcome !== 'good'))

async function setPrimary(slot: Slot, seen: Seen, slots: Slots, prepare: Prepare): Promise<void> {
  if (slot === seen.running && !isTrial(seen)) return
  // Asked first, so that nothing is prepared which may not wait.
  if (seen.pending?.is !== 'writing' || seen.pending.slot !== slot)
    throw new Refusal('not-allowed', `nothing was written into slot ${slot}`)
  await slots.written(slot, await prepare(slot))
}
