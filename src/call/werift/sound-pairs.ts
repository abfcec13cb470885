// sound-pairs.ts — two packets of sound in one, where a way is narrow: on a line of 200 kb/s every packet less a second is picture. Pure.
//
// An Opus packet may hold two frames (RFC 6716 §3.2), so nothing is coded anew: the first waits for the second, ten milliseconds. What waited
// too long is let go: sound of before a silence is never heard after it. Packet path: one small buffer a pair.

/** Of what is heard as one: 40 ms at 48 kHz. */
const STALE = 1920
/** The last two bits of an Opus packet's first byte: one frame, two of the same length, two. */
const CODE = 0b11
const [ONE, SAME, TWO] = [0, 1, 2]
/** Lengths from here on take two bytes, and none is greater than the last. */
const LONG = 252
const LONGEST = 1275

/** The two frames as one packet; null when they are not of one kind, or already several. */
export function paired(first: Buffer, second: Buffer): Buffer | null {
  const kind = first[0]
  if (kind === undefined || kind !== second[0] || (kind & CODE) !== ONE) return null
  const [a, b] = [first.length - 1, second.length - 1]
  if (a > LONGEST || b > LONGEST) return null
  const head = a === b ? [kind | SAME] : [kind | TWO, ...(a < LONG ? [a] : [LONG + (a & CODE), (a - LONG - (a & CODE)) >> 2])]
  const packet = Buffer.allocUnsafe(head.length + a + b)
  packet.set(head)
  first.copy(packet, head.length, 1)
  second.copy(packet, head.length + a, 1)
  return packet
}

export class Pairs {
  isOn = false
  /** Of the packet that take() gave last; its number counts pairs as one. Fields, so that the packet path makes no garbage. */
  sequence = 0
  timestamp = 0
  marker = false
  /** How many packets went with another, or not at all. */
  #spared = 0
  #held: Buffer | null = null
  #heldSource = 0
  #heldSequence = 0
  #heldTimestamp = 0
  #heldMarker = false

  /** What goes now: this one, the one before it, both in one; null: it waits for the next. */
  take(source: number, sequence: number, timestamp: number, marker: boolean, payload: Buffer): Buffer | null {
    const after = (timestamp - this.#heldTimestamp) | 0
    if (this.#held !== null && (source !== this.#heldSource || after <= 0 || after > STALE)) {
      this.#held = null
      this.#spared++
    }
    const held = this.#held
    if (held === null)
      return this.isOn ? this.#hold(source, sequence, timestamp, marker, payload) : this.#give(sequence, timestamp, marker, payload)
    const isNext = ((sequence - this.#heldSequence) & 0xffff) === 1
    const both = isNext ? paired(held, payload) : null
    this.#give(this.#heldSequence, this.#heldTimestamp, this.#heldMarker, held)
    if (both === null) {
      this.#hold(source, sequence, timestamp, marker, payload)
      return held
    }
    this.#held = null
    this.#spared++
    return both
  }

  #give(sequence: number, timestamp: number, marker: boolean, payload: Buffer): Buffer {
    this.sequence = (sequence - this.#spared) & 0xffff
    this.timestamp = timestamp
    this.marker = marker
    return payload
  }

  #hold(source: number, sequence: number, timestamp: number, marker: boolean, payload: Buffer): null {
    this.#held = payload
    this.#heldSource = source
    this.#heldSequence = sequence
    this.#heldTimestamp = timestamp
    this.#heldMarker = marker
    return null
  }
}
