// text.ts — the languages of the TV. Each is one file with the same table.
import { type Amiss, sentenceOf } from '../amiss.ts'
import { de } from './de.ts'
import { en, type Text } from './en.ts'

export type { Text } from './en.ts'
export const LANGUAGES = ['en', 'de'] as const
export type Language = (typeof LANGUAGES)[number]

const TEXTS: Readonly<Record<Language, Text>> = { en, de }
export const textIn = (language: Language): Text => TEXTS[language]

/** What is amiss, in English: for logs, the status and the doctor. */
export const inEnglish = (amiss: Amiss): string => sentenceOf(amiss, en.amiss)
