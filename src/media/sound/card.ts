// card.ts — the sound cards of this machine, as the kernel lists them: enough to see that one came or went.
import { readFileSync } from 'node:fs'

/** One text that changes when a card comes or goes; empty where there is none. */
export function soundCards(file = '/proc/asound/cards'): string {
  try {
    const text = readFileSync(file, 'utf8').trim()
    return text.startsWith('---') ? '' : text
  } catch {
    return ''
  }
}
