// verity.ts — whether every byte of a bundle is what its signed manifest says, by the hash tree of dm-verity (kernel: admin-guide/
// device-mapper/verity). RAUC itself sees a broken block only when it reads it, in the middle of writing a slot; so all are read before.
//
// The tree of a bundle is version 1 without a header: SHA-256 over salt and block, blocks of 4096 bytes, the top level first.
import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'

const BLOCK = 4096
const DIGEST = 32
const AT_ONCE = 256 * BLOCK

export type Tree = {
  /** Bytes of data and tree together. */
  readonly both: number
  readonly salt: Uint8Array
  readonly root: Uint8Array
}

/** Whether data and tree of an open file are what the root says. Reads at most 1 MiB at a time. @throws the system's error when it cannot be read */
export async function isWhole(file: FileHandle, { both, salt, root }: Tree, signal: AbortSignal): Promise<boolean> {
  const data = both % BLOCK === 0 ? dataIn(both) : null
  if (data === null || data <= BLOCK) return false
  const levels: Buffer[] = []
  let digests = await hashesOf(file, data, salt, signal)
  if (digests === null) return false
  for (;;) {
    const level = Buffer.alloc(Math.ceil(digests.length / BLOCK) * BLOCK)
    digests.copy(level)
    levels.unshift(level)
    digests = hashBlocks(level, salt)
    if (digests.length === DIGEST) break
  }
  if (!digests.equals(root)) return false
  return readsAs(file, data, Buffer.concat(levels), signal)
}

/** How many of so many bytes are data, the rest being the tree over them; null: there is no such split. */
export function dataIn(both: number): number | null {
  // The tree has a little more than a 128th of the data's size; the first that fits is the only one, as both sides rise.
  for (let data = Math.floor((both * 126) / 128 / BLOCK) * BLOCK; data < both; data += BLOCK)
    if (data + treeSize(data) >= both) return data + treeSize(data) === both ? data : null
  return null
}

/** Bytes of the tree over so many bytes. */
export function treeSize(data: number): number {
  let blocks = Math.ceil(data / BLOCK)
  let sum = 0
  do {
    blocks = Math.ceil((blocks * DIGEST) / BLOCK)
    sum += blocks
  } while (blocks > 1)
  return sum * BLOCK
}

/** One hash for each block of the data; null: the file ends before. */
async function hashesOf(file: FileHandle, data: number, salt: Uint8Array, signal: AbortSignal): Promise<Buffer | null> {
  const all = Buffer.alloc((data / BLOCK) * DIGEST)
  const buffer = Buffer.alloc(AT_ONCE)
  for (let at = 0; at < data; ) {
    signal.throwIfAborted()
    const wanted = Math.min(AT_ONCE, data - at)
    if (!(await fill(file, buffer, wanted, at))) return null
    hashBlocks(buffer.subarray(0, wanted), salt).copy(all, (at / BLOCK) * DIGEST)
    at += wanted
  }
  return all
}

function hashBlocks(bytes: Buffer, salt: Uint8Array): Buffer {
  const hashes = Buffer.alloc((bytes.length / BLOCK) * DIGEST)
  for (let at = 0; at < bytes.length; at += BLOCK)
    createHash('sha256')
      .update(salt)
      .update(bytes.subarray(at, at + BLOCK))
      .digest()
      .copy(hashes, (at / BLOCK) * DIGEST)
  return hashes
}

async function readsAs(file: FileHandle, from: number, wanted: Buffer, signal: AbortSignal): Promise<boolean> {
  const buffer = Buffer.alloc(Math.min(AT_ONCE, wanted.length))
  for (let at = 0; at < wanted.length; at += buffer.length) {
    signal.throwIfAborted()
    const length = Math.min(buffer.length, wanted.length - at)
    if (!(await fill(file, buffer, length, from + at))) return false
    if (!buffer.subarray(0, length).equals(wanted.subarray(at, at + length))) return false
  }
  return true
}

async function fill(file: FileHandle, buffer: Buffer, length: number, from: number): Promise<boolean> {
  for (let have = 0; have < length; ) {
    const { bytesRead } = await file.read(buffer, have, length - have, from + have)
    if (bytesRead === 0) return false
    have += bytesRead
  }
  return true
}
