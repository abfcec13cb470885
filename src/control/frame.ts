// frame.ts — where MQTT packets begin and how long they say they are (MQTT 3.1.1, 2.2), without reading what is in them.
//
// A parser waits for as many bytes as a packet promises, up to 256 MB, and keeps them all. So lengths are looked at first.

export class Frames {
  #state: 'type' | 'length' | 'body' = 'type'
  #length = 0
  #shift = 0
  #left = 0
  readonly #longest: number

  /** @param longest bytes that one packet may have after its fixed header */
  constructor(longest: number) {
    this.#longest = longest
  }

  /** Takes the next bytes of a stream. The number of packets that began in them, or 'broken' when one is too long or no packet at all. */
  feed(bytes: Uint8Array): number | 'broken' {
    let begun = 0
    for (let at = 0; at < bytes.length; ) {
      if (this.#state === 'body') {
        const step = Math.min(this.#left, bytes.length - at)
        at += step
        this.#left -= step
        if (this.#left === 0) this.#state = 'type'
        continue
      }
      const byte = bytes[at++] ?? 0
      if (this.#state === 'type') {
        begun++
        this.#state = 'length'
        this.#length = 0
        this.#shift = 0
        continue
      }
      this.#length += (byte & 0x7f) * 2 ** this.#shift
      this.#shift += 7
      if (this.#length > this.#longest || (byte >= 0x80 && this.#shift > 21)) return 'broken'
      if (byte >= 0x80) continue
      this.#left = this.#length
      this.#state = this.#left > 0 ? 'body' : 'type'
    }
    return begun
  }
}
