// gdp.ts — coded frames with their times, out of GStreamer: the GStreamer Data Protocol 1.0, as gdppay writes it. Pure.
//
// An appsink gives bytes without times. Behind `gdppay` each frame carries its own, to the nanosecond, over anything that carries
// bytes in order (a pipe, a loopback socket). Of what else it says only the segment counts, which tells where time begins (x264enc begins
// at 1000 hours): frames that describe themselves (H.264 byte streams, ADTS) need neither caps nor tags.
import { segmentZero } from '../../lib/gst-segment.ts'
import { concat, textOf } from '../../wire/crypto.ts'

/** One coded frame. `pts` in nanoseconds of the pipeline's running time. */
export type Frame = { readonly pts: number; readonly bytes: Uint8Array }

const HEADER = 62
const BUFFER = 1
const EVENTS = 64
/** A keyframe of 4K stays far below it. */
const LONGEST = 16 * 1024 * 1024

export class GdpReader {
  #held: Uint8Array = new Uint8Array()
  #broken = false
  /** Running time is a frame's time, less this (GstSegment: start - base). */
  #zero = 0n

  /** Something came that is no such stream: nothing more is read from it. */
  get isBroken(): boolean {
    return this.#broken
  }

  /** The frames that are whole with these bytes. Their bytes are their own to keep. */
  take(bytes: Uint8Array): Frame[] {
    const frames: Frame[] = []
    let rest = this.#held.length > 0 ? concat(this.#held, bytes) : bytes
    while (!this.#broken && rest.length >= HEADER) {
      const view = new DataView(rest.buffer, rest.byteOffset, HEADER)
      const [type, length] = [view.getUint16(4), view.getUint32(6)]
      this.#broken = view.getUint8(0) !== 1 || length > LONGEST
      if (this.#broken || rest.length < HEADER + length) break
      const inside = rest.subarray(HEADER, HEADER + length)
      const pts = view.getBigUint64(10)
      const running = pts - this.#zero
      const isTimed = pts !== NONE && running >= 0n && running <= BigInt(Number.MAX_SAFE_INTEGER)
      if (type === BUFFER && length > 0 && isTimed) frames.push({ pts: Number(running), bytes: inside.slice() })
      else if (type > EVENTS && length < 4096) this.#zero = zeroIn(textOf(inside)) ?? this.#zero
      rest = rest.subarray(HEADER + length)
    }
    this.#held = this.#broken ? new Uint8Array() : rest.slice()
    return frames
  }
}

const NONE = 2n ** 64n - 1n
const zeroIn = (event: string | null): bigint | null => (event === null ? null : segmentZero(event))
