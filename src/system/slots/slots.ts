// slots.ts — does what step.ts says: looks at the card, takes one step after the other, and begins what people or RAUC ask for.
//
// It remembers nothing between two calls, so it does not matter which process it is in: the unit at boot, the steward, or what RAUC calls.
import { Refusal } from '../../lib/fault.ts'
import type { Had, Pending, Reason } from './pending.ts'
import type { Selector } from './selector.ts'
import type { Slot } from './slot.ts'
import { type Health, isNo, type No, nextStep, type Seen, type Step, toTry, toUndo, toWrite, whenWritten } from './step.ts'

/** A small text on STATE that outlives a power cut whole, or is not there. */
export interface Kept {
  read(): Promise<Pending | null>
  write(pending: Pending): Promise<void>
}

export type SlotsParts = {
  readonly running: Slot
  readonly boot: string
  readonly version: string
  readonly selector: Selector
  readonly record: Kept
  /** The mark of scripts/slots-back: the machine was started anew by its own timer. */
  readonly mark: { is(): Promise<boolean>; remove(): Promise<void> }
  /** Starts the machine anew; once into the slot of the trial when it says so. */
  readonly reboot: (tryboot: boolean) => Promise<void>
}

/** More steps than there are in any case. */
const MOST_STEPS = 8

export class Slots {
  readonly #parts: SlotsParts

  constructor(parts: SlotsParts) {
    this.#parts = parts
  }

  /** @throws Fault 'selector-odd' or 'disk-fault' */
  async look(health: Health = { is: 'open' }): Promise<Seen> {
    const { running, boot, version, selector, record, mark } = this.#parts
    const [chosen, pending, takenBack] = await Promise.all([selector.read(), record.read(), mark.is()])
    return { running, chosen, pending, boot, version, health, takenBack }
  }

  /** Takes all steps that are due, up to a reboot. Gives the last one. */
  async settle(health: Health = { is: 'open' }): Promise<Step> {
    for (let left = MOST_STEPS; left > 0; left--) {
      const seen = await this.look(health)
      const step = nextStep(seen)
      if (step.do === 'write record') await this.#parts.record.write(step.record)
      else if (step.do === 'write selector') await this.#parts.selector.write(step.chosen)
      else {
        if (step.do === 'reboot') await this.#parts.reboot(step.tryboot)
        else if (seen.takenBack && seen.running === seen.chosen) await this.#parts.mark.remove()
        return step
      }
    }
    throw new Refusal('not-allowed', 'the slots of the card do not come to rest')
  }

  /** Before the first byte goes into a slot. @throws Refusal 'not-allowed', saying why not now */
  writing = (slot: Slot): Promise<void> => this.#begin((seen) => toWrite(seen, slot))

  /** After the last byte has come into a slot. @throws Refusal 'not-allowed' */
  written = (slot: Slot, version: string): Promise<void> => this.#begin((seen) => whenWritten(seen, slot, version))

  /** Starts the machine anew, into the new slot. @throws Refusal 'not-allowed' when there is none */
  async try(had: Had): Promise<void> {
    await this.#parts.mark.remove()
    await this.#begin((seen) => toTry(seen, had))
    await this.settle()
  }

  /** Goes back to the other slot: out of a trial at once, else by a trial of its own. @throws Refusal 'not-allowed' when there is nothing to go back to */
  async undo(why: Reason, had: Had): Promise<void> {
    await this.#parts.mark.remove()
    await this.#begin((seen) => toUndo(seen, why, had))
    await this.settle()
  }

  async #begin(record: (seen: Seen) => Pending | No): Promise<void> {
    const next = record(await this.look())
    if (isNo(next)) throw new Refusal('not-allowed', next.no)
    await this.#parts.record.write(next)
  }
}
