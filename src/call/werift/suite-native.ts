// suite-native.ts — the suites of suite.ts, done by our addon (lib/packets.ts): the same bytes in less time.
import type { Packets, SuiteHandle } from '../../lib/packets.ts'
import { AES_GCM, type Profile, RTCP_HEAD, RTCP_WORD, type SessionKeys, type Suite, type Turn } from './suite.ts'

/** Where payloads are opened, one after the other: longer than any datagram. */
const room = Buffer.allocUnsafeSlow(65_536)

export class NativeSuite implements Suite {
  readonly overhead: number
  readonly #packets: Packets
  readonly #suite: SuiteHandle

  constructor(packets: Packets, profile: Profile, { cipher, auth, salt }: SessionKeys) {
    this.overhead = profile === AES_GCM ? 16 : 10
    this.#packets = packets
    this.#suite = packets.suite(profile === AES_GCM, cipher, auth, salt)
  }

  sealRtp(packet: Buffer, headerLength: number, payload: Buffer, { ssrc, high, low }: Turn): number {
    return Math.max(0, this.#packets.seal(this.#suite, packet, headerLength, payload, ssrc, high, low))
  }

  openRtp(packet: Buffer, headerLength: number, { ssrc, high, low }: Turn): Buffer | null {
    const length = this.#packets.open(this.#suite, packet, headerLength, room, ssrc, high, low)
    return length < 0 ? null : room.subarray(0, length)
  }

  sealRtcp(packet: Buffer, word: number, { ssrc, high, low }: Turn): Buffer {
    const into = Buffer.allocUnsafe(packet.length + RTCP_WORD + this.overhead)
    const length = this.#packets.sealControl(this.#suite, packet, word, into, ssrc, high, low)
    return into.subarray(0, Math.max(0, length))
  }

  openRtcp(packet: Buffer, { ssrc, high, low }: Turn): Buffer | null {
    const into = Buffer.allocUnsafe(Math.max(RTCP_HEAD, packet.length - RTCP_WORD - this.overhead))
    const length = this.#packets.openControl(this.#suite, packet, into, ssrc, high, low)
    return length < 0 ? null : into.subarray(0, length)
  }

  wordAt(packet: Buffer): number {
    return packet.length - RTCP_WORD - (this.overhead === 16 ? 0 : this.overhead)
  }
}
