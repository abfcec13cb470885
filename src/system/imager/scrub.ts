// scrub.ts — takes Wi-Fi passwords off the card's first partition, which every computer shows who has the card in hand.
//
// The bytes are written over where they lie (FAT writes in place) and reach the card, then a file that only says so takes the name. What a
// card keeps of old blocks by itself, no program can reach: who gives a card away formats it whole (docs/first-boot.md).
import { overwrite, writeAtomic } from '../disk.ts'

export const DONE = '# Parlor has read this at its first start, and has taken out what it said.\n'

export async function scrub(path: string): Promise<void> {
  await overwrite(path)
  await writeAtomic(path, DONE)
}
