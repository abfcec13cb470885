// watch-key.ts — a private program: its objects are sealed, and what opens them stands behind the # of the watch link, which reaches no server.
//
//   secret     16 random bytes, as 26 letters of Crockford's behind the #; another one for each private broadcast
//   keys       HKDF-SHA-256 of the secret, salt "parlor-private-1 " | program's id, one for each use:
//              "objects" 32, "chat" 32, "title" 32, "whep" 32 (a bearer token, as hex), "lock" 16 (public: names the secret in signed entries)
//   object     nonce 24 | XChaCha20-Poly1305 of what an open program would have sent
//              associated data: "parlor-private-1 object\n" | program's id | run u48 | track u8 | 0 header, 1 part: u8 | sequence u48 (0 for headers)
//   frame      of the chat, either way: base64url of nonce 24 | sealed;  associated data: "parlor-private-1 chat\n" | program's id | "\n" | who says it
//
// The nonce is random and goes along: a box that lost its clock and counts a run twice gives no two objects the same one. Names and block
// hashes (object.ts) are those of the sealed bytes, so whoever passes them on checks what it cannot read. The keys bind the program, so a secret
// opens nothing of another box; the associated data binds the place, so no object stands for another.
import { crockford, fromCrockford } from './crockford.ts'
import { bytesOf, concat, derive, hex, type Random, SEAL_NONCE, SEAL_TAG, seal, textOf, unseal } from './crypto.ts'
import { bytesInLine, lineOf } from './line.ts'
import type { ProgramId } from './manifest.ts'

declare const secret: unique symbol
/** 26 letters of Crockford's: what stands behind the # of a private program's link. */
export type WatchSecret = string & { readonly [secret]: true }

const VERSION = 'parlor-private-1'
const SECRET = 16
/** What sealing adds to an object, bytes. */
export const SEALED_MORE = SEAL_NONCE + SEAL_TAG

export const newWatchSecret = (random: Random): WatchSecret => crockford(random(SECRET)) as WatchSecret

/** The secret that a person typed or pasted, perhaps in groups and in lower case; null when it is none. */
export function watchSecretIn(text: string): WatchSecret | null {
  const bytes = text.length <= 64 ? fromCrockford(text) : null
  return bytes?.length === SECRET ? (crockford(bytes) as WatchSecret) : null
}

/** What opens a private program. `lock` names it: 32 hex digits, which everybody may know. */
export type WatchKey = {
  readonly program: ProgramId
  readonly lock: string
  readonly objects: Uint8Array
  readonly chat: Uint8Array
  readonly title: Uint8Array
  /** 64 hex digits: whom WHEP lets in. */
  readonly whep: string
}

export function watchKey(program: ProgramId, from: WatchSecret): WatchKey {
  const bytes = fromCrockford(from) ?? new Uint8Array()
  const key = (use: string, length = 32): Uint8Array => derive(bytes, bytesOf(`${VERSION} ${program}`), use, length)
  const [objects, chat, title] = [key('objects'), key('chat'), key('title')]
  return { program, lock: hex(key('lock', 16)), objects, chat, title, whep: hex(key('whep')) }
}

/** Where an object stands in its program. sequence: null for a track's header. */
export type Slot = { readonly run: number; readonly track: number; readonly sequence: number | null }

export function sealObject(key: WatchKey, slot: Slot, plain: Uint8Array, random: Random): Uint8Array {
  const nonce = random(SEAL_NONCE)
  return concat(nonce, seal(key.objects, nonce, slotBytes(key.program, slot), plain))
}

/** What was sealed for this slot; null when it is not what this key sealed, or was for another. */
export const unsealObject = (key: WatchKey, slot: Slot, sealed: Uint8Array): Uint8Array<ArrayBuffer> | null =>
  unseal(
    key.objects,
    sealed.subarray(0, SEAL_NONCE),
    slotBytes(key.program, slot),
    sealed.subarray(SEAL_NONCE),
  ) as Uint8Array<ArrayBuffer> | null

function slotBytes(program: ProgramId, { run, track, sequence }: Slot): Uint8Array {
  const numbers = new DataView(new ArrayBuffer(14))
  const u48 = (at: number, value: number): void => {
    numbers.setUint16(at, Math.floor(value / 2 ** 32))
    numbers.setUint32(at + 2, value % 2 ** 32)
  }
  u48(0, run)
  numbers.setUint8(6, track)
  numbers.setUint8(7, sequence === null ? 0 : 1)
  u48(8, sequence ?? 0)
  return concat(bytesOf(`${VERSION} object\n${program}`), new Uint8Array(numbers.buffer))
}

export type Speaker = 'viewer' | 'box'
const chatPlace = (program: ProgramId, by: Speaker): Uint8Array => bytesOf(`${VERSION} chat\n${program}\n${by}`)

/** A frame of the chat, for those alone who have the key. */
export function sealFrame(key: WatchKey, by: Speaker, frame: string, random: Random): string {
  const nonce = random(SEAL_NONCE)
  return lineOf(concat(nonce, seal(key.chat, nonce, chatPlace(key.program, by), bytesOf(frame))))
}

/** Null when nobody with this key said it, or the other end did. Never throws. @param most bytes of the frame */
export function unsealFrame(key: WatchKey, by: Speaker, sealed: string, most: number): string | null {
  const bytes = bytesInLine(sealed, most + SEALED_MORE)
  const plain = bytes && unseal(key.chat, bytes.subarray(0, SEAL_NONCE), chatPlace(key.program, by), bytes.subarray(SEAL_NONCE))
  return plain && textOf(plain)
}

/** What the program is called, for those alone who have the key: hex. */
export function sealTitle(key: WatchKey, title: string, random: Random): string {
  const nonce = random(SEAL_NONCE)
  return hex(concat(nonce, seal(key.title, nonce, bytesOf(`${VERSION} title\n${key.program}`), bytesOf(title))))
}
export function unsealTitle(key: WatchKey, sealed: Uint8Array): string | null {
  const plain = unseal(key.title, sealed.subarray(0, SEAL_NONCE), bytesOf(`${VERSION} title\n${key.program}`), sealed.subarray(SEAL_NONCE))
  return plain && textOf(plain)
}
