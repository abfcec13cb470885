// schema.ts — what all messages between machines have in common: JSON text checked by a strict schema, and how to read it from strangers.
import * as z from 'zod/mini'

// Schemas compiled with new Function would be refused by the pages' content security policy, and our messages are few.
z.config({ jitless: true })

/** A name as the person wrote it: 1 to 40 characters, none of them a control character or one that turns the text around. */
export const personName = z.string().check(z.minLength(1), z.maxLength(40), z.regex(/^[^\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]*$/u))

export const isPersonName = (text: string): boolean => personName.safeParse(text).success

/** Lower-case hex of exactly so many bytes. */
export const hexBytes = (length: number) => z.string().check(z.regex(new RegExp(`^(?:[0-9a-f]{2}){${length}}$`)))

/** The JSON value of a text; undefined when it is none. */
export function jsonOf(text: string | null): unknown {
  if (text === null) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
