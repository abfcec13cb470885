// twcc.ts — says which packets came and when, so that the peer can find out how much the way carries.
//
// draft-holmer-rmcat-transport-wide-cc-extensions-01. One object per transport (all m-lines share one count).
// werift's own feedback is malformed: Chromium's estimate falls to 110-160 kb/s with it.
// Pure: time comes in as a number, packets go out as bytes.

/** Statuses in one feedback packet at most; more go into the next one. */
const MOST = 1000
/** Reordered packets that come at most this far behind what was reported are reported again. */
const LATE = 500
/** A jump by more than this is another beginning, not loss: seconds of silence, or a peer that counts wildly to make us work. */
const JUMP = 1000
const TICK = 250 // us: a delta's unit (§3.1.5)
const REFERENCE = 256 // ticks, that is 64 ms: the reference time's unit (§3.1)
const NOT_RECEIVED = 0
const SMALL = 1
const LARGE = 2

export class TwccReceiver {
  /** Arrival in ticks by extended sequence number, of those not reported yet. */
  readonly #arrivals = new Map<number, number>()
  /** The next one to report. */
  #base = -1
  #top = -1
  #count = 0

  get waiting(): boolean {
    return this.#arrivals.size > 0
  }

  /** A packet came. @param sequence 16 bits, of the header extension  @param micros when, on a clock that never goes back */
  saw(sequence: number, micros: number): void {
    const tick = Math.floor(micros / TICK)
    if (this.#top < 0) this.#restart(sequence + 0x10000)
    const index = this.#top + (((sequence - this.#top) << 16) >> 16)
    if (index > this.#top + JUMP || index < this.#base - LATE) {
      if (Math.abs(index - this.#top) <= JUMP) return
      this.#restart(index < 0x10000 ? index + 0x10000 : index)
      this.#arrivals.set(this.#base, tick)
      return
    }
    if (index > this.#top) this.#top = index
    if (index < this.#base) this.#base = index
    if (!this.#arrivals.has(index)) this.#arrivals.set(index, tick)
  }

  #restart(index: number): void {
    this.#arrivals.clear()
    this.#base = index
    this.#top = index
  }

  /**
   * What came since the last call, as one RTCP packet; null when nothing is left to say.
   * @param sender the SSRC we report as  @param media any SSRC of the peer's
   */
  feedback(sender: number, media: number): Buffer | null {
    while (this.#arrivals.size > 0) {
      const packet = this.#packet(sender, media)
      if (packet) return packet // null: a gap longer than one packet, of which there is nothing to say alone
    }
    return null
  }

  #packet(sender: number, media: number): Buffer | null {
    const base = this.#base
    const symbols: number[] = []
    const deltas: number[] = []
    let reference = 0
    let last = -1
    for (let index = base; index <= this.#top && symbols.length < MOST; index++) {
      const tick = this.#arrivals.get(index)
      if (tick === undefined) {
        symbols.push(NOT_RECEIVED)
        continue
      }
      if (last < 0) {
        reference = Math.floor(tick / REFERENCE)
        last = reference * REFERENCE
      }
      const delta = tick - last
      if (delta < -0x8000 || delta > 0x7fff) break // does not fit: it begins the next packet, with its own reference
      symbols.push(delta >= 0 && delta <= 0xff ? SMALL : LARGE)
      deltas.push(delta)
      last = tick
      this.#arrivals.delete(index)
    }
    this.#base = base + symbols.length
    return deltas.length === 0 ? null : write(sender, media, base, reference, this.#count++ & 0xff, symbols, deltas)
  }
}

/** @param deltas in ticks, one for each symbol that is not NOT_RECEIVED */
function write(
  sender: number,
  media: number,
  base: number,
  reference: number,
  count: number,
  symbols: readonly number[],
  deltas: readonly number[],
): Buffer {
  const chunks = chunksOf(symbols)
  const large = symbols.filter((s) => s === LARGE).length
  const length = 20 + chunks.length * 2 + deltas.length + large
  const padding = (4 - (length % 4)) % 4
  const packet = Buffer.alloc(length + padding)
  packet.writeUInt8(0x80 | (padding ? 0x20 : 0) | 15, 0)
  packet.writeUInt8(205, 1)
  packet.writeUInt16BE(packet.length / 4 - 1, 2)
  packet.writeUInt32BE(sender, 4)
  packet.writeUInt32BE(media, 8)
  packet.writeUInt16BE(base & 0xffff, 12)
  packet.writeUInt16BE(symbols.length, 14)
  packet.writeUIntBE(reference & 0xffffff, 16, 3)
  packet.writeUInt8(count, 19)
  let at = 20
  for (const chunk of chunks) at = packet.writeUInt16BE(chunk, at)
  let next = 0
  for (const symbol of symbols) {
    if (symbol === NOT_RECEIVED) continue
    const delta = deltas[next++] ?? 0
    at = symbol === SMALL ? packet.writeUInt8(delta, at) : packet.writeInt16BE(delta, at)
  }
  if (padding) packet.writeUInt8(padding, packet.length - 1)
  return packet
}

/** §3.1.2-3.1.4: a run of equal symbols, fourteen of one bit, or seven of two bits; whichever covers most. */
function chunksOf(symbols: readonly number[]): number[] {
  const chunks: number[] = []
  for (let at = 0; at < symbols.length; ) {
    const first = symbols[at] ?? 0
    let run = 1
    while (run < 0x1fff && at + run < symbols.length && symbols[at + run] === first) run++
    const next = symbols.slice(at, at + 14)
    const oneBit = !next.includes(LARGE)
    if (run >= (oneBit ? 14 : 7) || at + run === symbols.length) {
      chunks.push((first << 13) | run)
      at += run
    } else if (oneBit) {
      chunks.push(next.reduce((bits, symbol, i) => bits | (symbol << (13 - i)), 0x8000))
      at += 14
    } else {
      chunks.push(next.slice(0, 7).reduce((bits, symbol, i) => bits | (symbol << (12 - 2 * i)), 0xc000))
      at += 7
    }
  }
  return chunks
}
