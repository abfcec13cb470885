// words.ts — four plain words that two screens show, so that people can see that they mean the same two things.
//
// The names of the pictures that calls are compared by (wire/emoji.ts): short, well known, no two alike, and easy to read aloud.
import { emojiFrom, emojiName } from '../wire/emoji.ts'

/** Four words from the first 24 bits. */
export const wordsFrom = (bytes: Uint8Array): readonly string[] => emojiFrom(bytes).map(emojiName)
