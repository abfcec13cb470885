// words.ts — the languages of the remote. Each is one file with the same table; the phone's own language chooses.
import { de } from './de.ts'
import { en, type Words } from './en.ts'

export type { Words } from './en.ts'

const TABLES: Readonly<Record<string, Words>> = { en, de }
export const LANGUAGES = Object.keys(TABLES)

/** The first of the phone's languages that we speak, as its two letters. @param wishes like navigator.languages */
export function languageFor(wishes: readonly string[]): string {
  const known = wishes.map((wish) => wish.slice(0, 2).toLowerCase()).find((two) => Object.hasOwn(TABLES, two))
  return known ?? 'en'
}

export const wordsIn = (language: string): Words => (Object.hasOwn(TABLES, language) ? TABLES[language] : undefined) ?? en
