// autoboot.ts — the text that tells the Pi's firmware which slot to start (autoboot.txt): read, and made. Pure.
//
//   [all]                 every start but
//   tryboot_a_b=1         (the boot partitions are chosen, not config.txt against tryboot.txt)
//   boot_partition=2
//   [tryboot]             the one right after `reboot "0 tryboot"`
//   boot_partition=3
//
// It fills exactly one sector, so that it is changed by one write, which a card does whole or not at all. There are but two texts; any other
// was not written by us and is left alone.
import { BOOT_PARTITION, other, type Slot } from './slot.ts'

/** Bytes of a sector. */
export const SECTOR = 512

/** The sector that starts this slot, and the other one for a trial. 512 bytes. */
export function sectorFor(slot: Slot): Uint8Array {
  const text = `[all]\ntryboot_a_b=1\nboot_partition=${BOOT_PARTITION[slot]}\n[tryboot]\nboot_partition=${BOOT_PARTITION[other(slot)]}\n`
  return new TextEncoder().encode(`${text.padEnd(SECTOR - 1, ' ')}\n`)
}

/** Which slot a sector starts; null when it says anything but one of our two texts (whatever it is padded with). */
export function slotIn(sector: Uint8Array): Slot | null {
  if (sector.length !== SECTOR) return null
  const text = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes).trimEnd()
  const said = text(sector)
  return (['A', 'B'] as const).find((slot) => text(sectorFor(slot)) === said) ?? null
}
