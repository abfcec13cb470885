// object.ts — the pieces of a program, named by what is in them, and how anybody checks one.
//
// An object's name is the SHA-256 of its bytes, as lower-case hex. The hash of each 16 KiB of it stands beside the name in a signed entry
// (manifest.ts), so who passes an object on can check every block before it has the rest. Nothing here knows what an object means.
import { hex, same, sha256, unhex } from './crypto.ts'

declare const name: unique symbol
/** 64 characters of lower-case hex: the SHA-256 of the object. */
export type ObjectName = string & { readonly [name]: true }
export const OBJECT_NAME = /^[0-9a-f]{64}$/

/** Bytes; the last block of an object is what is left. */
export const BLOCK = 16 * 1024
/** Bytes. 200 ms at 300 Mb/s; nothing of ours comes near. */
export const OBJECT_LIMIT = 8 * 1024 * 1024

/** What is promised of an object by who signed for it. */
export type ObjectPromise = {
  readonly name: ObjectName
  /** Bytes, 1 to OBJECT_LIMIT. */
  readonly size: number
  /** The SHA-256 of each block, 32 bytes each, joined. */
  readonly blocks: Uint8Array
}

export type ObjectFlaw =
  | 'object of another size'
  | 'object with a flipped block'
  | 'object that is not of this name'
  | 'block that is not there'

export const blockCount = (size: number): number => Math.ceil(size / BLOCK)

/** Name, size and block hashes of bytes. */
export function promiseOf(bytes: Uint8Array): ObjectPromise {
  const count = blockCount(bytes.length)
  const blocks = new Uint8Array(count * 32)
  for (let i = 0; i < count; i++) blocks.set(sha256(bytes.subarray(i * BLOCK, (i + 1) * BLOCK)), i * 32)
  return { name: nameOf(bytes), size: bytes.length, blocks }
}

export const nameOf = (bytes: Uint8Array): ObjectName => hex(sha256(bytes)) as ObjectName
export const nameBytes = (of: ObjectName): Uint8Array => unhex(of)

/** Is this the object that was promised? Null when it is. */
export function objectFlaw(bytes: Uint8Array, promise: ObjectPromise): ObjectFlaw | null {
  if (bytes.length !== promise.size) return 'object of another size'
  for (let i = 0; i < blockCount(promise.size); i++) {
    const flaw = blockFlaw(bytes.subarray(i * BLOCK, (i + 1) * BLOCK), i, promise)
    if (flaw) return flaw
  }
  // Blocks and name are promised by the same hand; one that promises both wrongly together is not believed either.
  return nameOf(bytes) === promise.name ? null : 'object that is not of this name'
}

/** Is this block number `index` of the object, counted from 0? Null when it is. */
export function blockFlaw(block: Uint8Array, index: number, { size, blocks }: ObjectPromise): ObjectFlaw | null {
  if (!Number.isInteger(index) || index < 0 || index >= blockCount(size)) return 'block that is not there'
  if (block.length !== Math.min(BLOCK, size - index * BLOCK)) return 'object of another size'
  return same(sha256(block), blocks.subarray(index * 32, index * 32 + 32)) ? null : 'object with a flipped block'
}
