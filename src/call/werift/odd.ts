// odd.ts — words for everything that a network may throw at a transport, and how often it did.
//
// The packet path answers a bad packet with one addition here: no log line, no exception, no growth.

const WORDS = [
  // datagrams that the guard turns away
  'not ours',
  'stranger',
  'stun malformed',
  'stun without integrity',
  'stun for someone else',
  'stun forged',
  'stun replayed',
  'stun unasked',
  'turn malformed',
  'turn forged',
  // DTLS
  'dtls malformed',
  'dtls unknown record',
  'dtls alert',
  'dtls in the clear',
  'dtls wrong epoch',
  'dtls too early',
  'dtls forged',
  'dtls replayed',
  'dtls repeated',
  // media
  'media before release',
  'media malformed',
  'media forged',
  'media replayed',
  'media of no line',
  'too many sources',
  'duplicate',
  'padding',
  'rtcp malformed',
  // the data channel
  'sctp malformed',
  'message too long',
  'message not text',
  // candidates
  'candidate with a name',
  'candidate of no use',
  'candidate too many',
  // what we did not send
  'not released',
  'no path',
  'no such line',
  'waited too long',
  'full',
  'packet repeated',
  'packet malformed',
] as const

export type OddWord = (typeof WORDS)[number]

export class Odd {
  readonly #counts = new Map<OddWord, number>(WORDS.map((word) => [word, 0]))

  /** For hot paths: one addition, never throws. */
  add(word: OddWord): void {
    this.#counts.set(word, this.count(word) + 1)
  }

  count(word: OddWord): number {
    return this.#counts.get(word) ?? 0
  }

  /** What was seen so far, without the words that were never needed. */
  seen(): Partial<Record<OddWord, number>> {
    return Object.fromEntries([...this.#counts].filter(([, count]) => count > 0))
  }
}
