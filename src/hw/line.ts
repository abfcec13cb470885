// line.ts — which line of which chip a setting names. Pure.
//
//   GPIO17                 the pin of that name on a Pi's 40-pin header
//   pinctrl-rp1:17         line 17 of the chip with that label, on any board
//
// Linux counts lines through all chips, from a base that differs from kernel to kernel; so it is looked up each time, never kept.
import type { LineEnd } from '../core/amiss.ts'
import { lineEnd } from '../core/text/en.ts'
import { Fault, Refusal } from '../lib/fault.ts'
import type { GpioChip } from './board.ts'

/** Chips behind the 40-pin header: Pi 1 to 3 and Zero 2 W, Pi 4, Pi 5. */
const HEADER = /^pinctrl-(bcm2835|bcm2711|rp1)$/
const LAST_PIN = 27

export type LineName = { readonly chip: string | null; readonly offset: number }

const PIN = /^GPIO(\d{1,2})$/i
const OF_A_CHIP = /^([\w.@+-]{1,31}):(\d{1,4})$/

/** Does this name a line (and not, say, a light of the kernel)? */
export const isLine = (text: string): boolean => OF_A_CHIP.test(text) || Number(PIN.exec(text)?.[1] ?? Infinity) <= LAST_PIN

/** Reads a setting. Throws a Refusal 'bad-config' when it names no line. */
export function parseLine(text: string): LineName {
  const pin = PIN.exec(text)?.[1]
  if (pin !== undefined && Number(pin) <= LAST_PIN) return { chip: null, offset: Number(pin) }
  const [, chip, offset] = OF_A_CHIP.exec(text) ?? []
  if (chip !== undefined && offset !== undefined) return { chip, offset: Number(offset) }
  throw new Refusal(
    'bad-config',
    `"${text}" is no line: write GPIO17 (0 to ${LAST_PIN}), or the label of a chip and a number, as pinctrl-rp1:17`,
  )
}

/** A line or a light that cannot be used, and why. */
export class LineFault extends Fault {
  readonly end: LineEnd
  constructor(end: LineEnd, options?: ErrorOptions) {
    super('device-lost', lineEnd(end), options)
    this.end = end
  }
}

/** What went wrong with a line, however it was thrown. */
export function endOf(error: unknown): LineEnd {
  if (error instanceof LineFault) return error.end
  return { said: error instanceof Error ? error.message : String(error) }
}

/** The number of a line in /sys/class/gpio, today. Throws a Fault 'device-lost' when there is no such line here. */
export function lineNumber(line: LineName, chips: readonly GpioChip[]): number {
  const chip = chips.find(({ label }) => (line.chip === null ? HEADER.test(label) : label === line.chip))
  if (!chip) throw new LineFault(line.chip === null ? 'no header' : { noChip: line.chip })
  if (line.offset >= chip.lines) throw new LineFault({ chip: chip.label, lines: chip.lines, line: line.offset })
  return chip.base + line.offset
}
