// remote-channel.ts — the sealed frames between a phone and the box, after both have sent a fresh X25519 share (remote.ts).
//
//   transcript  SHA-256("parlor-remote-1\n" | phone's share | box's share | box's Ed25519 key)
//   keys        HKDF-SHA-256(X25519, salt transcript, info "parlor-remote-1 to box" / "… to phone"), 32 bytes each
//   frame       XChaCha20-Poly1305(key of the direction, nonce = 16 zero bytes | count of frames before u64, no associated data)
//   in it       0 | JSON as UTF-8        or   1 | counter of the order u64 | bytes of the answer
//
// A frame is good once, in its place, on its connection. Who is at the other end, the signatures over the transcript say.
import { bytesOf, concat, derive, SEAL_NONCE, seal, sha256, textOf, unseal } from './crypto.ts'
import { VERSION } from './remote.ts'

const text = (words: string): Uint8Array => bytesOf(`${VERSION} ${words}\n`)
const u64 = (number: number): Uint8Array => {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(number))
  return bytes
}

/** @param shares 32 bytes each */
export const transcriptOf = (shares: { readonly phone: Uint8Array; readonly box: Uint8Array }, boxKey: Uint8Array): Uint8Array =>
  sha256(concat(bytesOf(`${VERSION}\n`), shares.phone, shares.box, boxKey))

/** What is signed, by whom, for what; no signature of one kind is good as another. */
export const toSign = {
  box: (transcript: Uint8Array): Uint8Array => concat(text('box'), transcript),
  phone: (transcript: Uint8Array): Uint8Array => concat(text('phone'), transcript),
  /** @param said of the newcomer: wire/pairing.ts */
  newcomer: (transcript: Uint8Array, said: Uint8Array): Uint8Array => concat(text('newcomer'), transcript, said),
  order: (transcript: Uint8Array, counter: number, order: string): Uint8Array =>
    concat(text('order'), transcript, u64(counter), bytesOf(order)),
}

export type Frame =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'bytes'; readonly counter: number; readonly bytes: Uint8Array }

/** One end of a connection. */
export class Channel {
  readonly #out: Uint8Array
  readonly #in: Uint8Array
  #sent = 0
  #heard = 0

  constructor(keys: { readonly out: Uint8Array; readonly in: Uint8Array }) {
    this.#out = keys.out
    this.#in = keys.in
  }

  close(frame: Frame): Uint8Array {
    const inside =
      frame.is === 'text' ? concat(Uint8Array.of(0), bytesOf(frame.text)) : concat(Uint8Array.of(1), u64(frame.counter), frame.bytes)
    return seal(this.#out, nonceOf(this.#sent++), NONE, inside)
  }

  /** Null when it is not the other end's next frame. Never throws; after a null the connection must end. */
  open(sealed: Uint8Array): Frame | null {
    const inside = unseal(this.#in, nonceOf(this.#heard), NONE, sealed)
    if (!inside) return null
    this.#heard++
    if (inside[0] === 0) {
      const said = textOf(inside.subarray(1))
      return said === null ? null : { is: 'text', text: said }
    }
    if (inside[0] !== 1 || inside.length < 9) return null
    const counter = Number(new DataView(inside.buffer, inside.byteOffset).getBigUint64(1))
    return { is: 'bytes', counter, bytes: inside.subarray(9) }
  }
}

const NONE = new Uint8Array()
const nonceOf = (count: number): Uint8Array => concat(new Uint8Array(SEAL_NONCE - 8), u64(count))

/** @param common the 32 bytes that both ends agreed on */
export function channelOf(end: 'phone' | 'box', common: Uint8Array, transcript: Uint8Array): Channel {
  const toBox = derive(common, transcript, `${VERSION} to box`, 32)
  const toPhone = derive(common, transcript, `${VERSION} to phone`, 32)
  return new Channel(end === 'phone' ? { out: toBox, in: toPhone } : { out: toPhone, in: toBox })
}
