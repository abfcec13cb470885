// incoming.ts — what came over one line, made plain for our workers. Pure but for the memory of what was seen.
//
// Header extensions and padding are stripped, the payload type is ours, and nothing passes twice: a repaired packet that
// arrives beside its original, a browser's padding probe, and a replay, against which werift's SRTP keeps no window.
import { RTP_HEADER, writeHeader } from './rtp.ts'
import { extend, Window } from './window.ts'

export type Heard = {
  readonly marker: boolean
  readonly sequence: number
  readonly timestamp: number
  readonly ssrc: number
  /** Without padding. */
  readonly payload: Buffer
}

export class Incoming {
  readonly #payloadType: number
  #ssrc = -1
  #window = new Window()

  constructor(payloadType: number) {
    this.#payloadType = payloadType
  }

  /** The packet for our workers, or why there is none. */
  take({ marker, sequence, timestamp, ssrc, payload }: Heard): Buffer | 'padding' | 'duplicate' {
    if (payload.length === 0) return 'padding'
    if (ssrc !== this.#ssrc) {
      this.#ssrc = ssrc
      this.#window = new Window()
    }
    // Counting begins high, so that a packet from before the first one is a late one and not below zero.
    const index = extend(this.#window.top < 0 ? 0x10000 + sequence : this.#window.top, sequence)
    if (!this.#window.isFresh(index)) return 'duplicate'
    this.#window.add(index)
    const packet = Buffer.allocUnsafe(RTP_HEADER + payload.length)
    writeHeader(packet, marker, this.#payloadType, sequence, timestamp, ssrc)
    payload.copy(packet, RTP_HEADER)
    return packet
  }
}
