// slot.ts — the two slots of a card, and which of them runs.
import { Fault } from '../../lib/fault.ts'

/** A whole system of its own: a boot partition and a root partition. */
export type Slot = 'A' | 'B'

export const other = (slot: Slot): Slot => (slot === 'A' ? 'B' : 'A')

/** Numbers of partitions on the card: what the firmware reads, the selector itself, and the two slots. */
export const SELECTOR_PARTITION = 1
export const BOOT_PARTITION = { A: 2, B: 3 } as const satisfies Readonly<Record<Slot, number>>
export const ROOT_PARTITION = { A: 5, B: 6 } as const satisfies Readonly<Record<Slot, number>>

/** The card that this system runs from, as the words of its kernel say: `parlor.slot=A root=PARTUUID=0badcafe-05`. */
export type Running = { readonly slot: Slot; readonly disk: string }

/** @param words /proc/cmdline  @throws Fault 'no-slots' on a machine that was not started from a card with slots */
export function runningIn(words: string): Running {
  const slot = /(?:^|\s)parlor\.slot=([AB])(?=\s|$)/.exec(words)?.[1]
  const disk = /(?:^|\s)root=PARTUUID=([0-9a-f]{8})-0[56](?=\s|$)/i.exec(words)?.[1]
  if ((slot !== 'A' && slot !== 'B') || !disk) throw new Fault('no-slots', 'this machine was not started from a card with two slots')
  return { slot, disk: disk.toLowerCase() }
}

/** The device of one of its partitions. */
export const partition = (disk: string, number: number): string => `/dev/disk/by-partuuid/${disk}-${String(number).padStart(2, '0')}`
