// machine.ts — the whole machine, as people in the room switch it off, start it anew or erase it: by the menu, or by the button held for ten
// seconds. On a card alone: on a machine of somebody's it is theirs (there is no steward).
import type { Holding } from '../control/hold.ts'
import type { Text } from '../core/text/text.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault, Refusal } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import { seconds } from '../lib/unit.ts'
import type { Steward } from '../system/steward/client.ts'

export type MachineOrder = 'reset' | 'reboot' | 'off'

type Parts = {
  /** Null: nobody here may do such things for us. */
  readonly steward: Pick<Steward, 'ask'> | null
  readonly text: Text
  /** Somebody holds the button: the TV set is to show what that means. */
  readonly wakeTv: () => void
  readonly onChange: () => void
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
}

/** How long a sentence stands that says why it did not work. */
const READ = seconds(15)

export class Machine {
  readonly #parts: Parts
  #holding: Holding = null
  #says: string | null = null

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Whether there is anybody who can do it. */
  get isOurs(): boolean {
    return this.#parts.steward !== null
  }

  /** What the TV says above everything; null: nothing. */
  get sentence(): string | null {
    const { machine } = this.#parts.text
    if (this.#holding === null) return this.#says
    return this.#holding === 'let go' ? machine.letGo : machine.holding(this.#holding.left)
  }

  /** What the button that is held has come to. */
  hold(holding: Holding): void {
    if (!this.isOurs) return
    if (this.#holding === null && holding !== null) this.#parts.wakeTv()
    this.#holding = holding
    this.#parts.onChange()
  }

  /** Does it. What fails is said on the TV. */
  async order(order: MachineOrder): Promise<void> {
    const { steward, text, clock, log, signal, onChange } = this.#parts
    if (!steward) return
    log.info('the machine is asked', { order })
    this.#says = text.machine.going[order]
    onChange()
    try {
      await steward.ask(`system.${order}`, {}, signal)
    } catch (error) {
      if (signal.aborted) return
      log.error('the machine did not do it', error)
      this.#says = text.machine.failed(error instanceof Fault || error instanceof Refusal ? error.message : '?')
      onChange()
      await clock.sleep('until a sentence was read', READ, signal).catch(() => {})
      this.#says = null
      onChange()
    }
  }
}
