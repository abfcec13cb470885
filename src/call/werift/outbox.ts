// outbox.ts — where a packet is put together and sealed before it leaves: one buffer, used again and again.
//
// Whoever sends writes the header into `packet` and calls send() with what comes behind it. The payload is not copied before it is
// encrypted, so one packet of a worker can go to many peers without a clone.
import type { Odd } from './odd.ts'
import { RTP_HEADER } from './rtp.ts'
import type { Sealer } from './srtp.ts'

/** Room for the longest datagram that a worker may send us (1500), and what repair, extensions and the seal add. */
const ROOM = 2048

/** gone: the system has taken it. held: it waits in the socket, which reads the bytes later. */
export type Sent = 'gone' | 'held' | 'no path' | 'full'

export type OutboxParts = {
  readonly sealer: Sealer
  readonly odd: Odd
  readonly send: (datagram: Buffer) => Sent
}

export class Outbox {
  readonly #parts: OutboxParts
  #packet = Buffer.allocUnsafeSlow(ROOM)

  constructor(parts: OutboxParts) {
    this.#parts = parts
  }

  /** Here the header is written, from byte 0. Ask for it anew for every packet. */
  get packet(): Buffer {
    return this.#packet
  }

  /** Seals and sends one RTP packet, whose header stands in `packet`. Never throws; what cannot go is counted. */
  send(payload: Buffer, headerLength: number = RTP_HEADER): void {
    const { sealer, odd } = this.#parts
    if (headerLength + payload.length + sealer.overhead > ROOM) {
      odd.add('packet malformed')
      return
    }
    const length = sealer.rtp(this.#packet, headerLength, payload)
    if (length === 0) odd.add('packet repeated')
    else this.#give(this.#packet.subarray(0, length))
  }

  /** Seals and sends one RTCP packet. */
  control(packet: Buffer): void {
    this.#give(this.#parts.sealer.rtcp(packet))
  }

  #give(datagram: Buffer): void {
    const sent = this.#parts.send(datagram)
    if (sent === 'gone') return
    if (sent === 'held') this.#packet = Buffer.allocUnsafeSlow(ROOM)
    else this.#parts.odd.add(sent)
  }
}
