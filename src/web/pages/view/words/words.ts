// words.ts — the languages of the viewer's page; the browser's own chooses.
import { de } from './de.ts'
import { en, type Words } from './en.ts'

export type { Words } from './en.ts'

const TABLES: Readonly<Record<string, Words>> = { en, de }

/** The first of the wished languages that we speak, as its two letters. @param wishes like navigator.languages */
export function languageFor(wishes: readonly string[]): string {
  return wishes.map((wish) => wish.slice(0, 2).toLowerCase()).find((two) => Object.hasOwn(TABLES, two)) ?? 'en'
}

export const wordsIn = (language: string): Words => (Object.hasOwn(TABLES, language) ? TABLES[language] : undefined) ?? en
