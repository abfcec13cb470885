// box.ts — boxes of ISO 14496-12: a length, four letters, and what is in it. Pure.
import { bytesOf, concat } from '../../wire/crypto.ts'

type Inside = Uint8Array | readonly number[]
const plain = (inside: Inside): Uint8Array => (inside instanceof Uint8Array ? inside : Uint8Array.from(inside))

export const u16 = (value: number): readonly number[] => [(value >> 8) & 255, value & 255]
export const u32 = (value: number): readonly number[] => [(value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]
/** Up to 2^53 - 1. */
export const u64 = (value: number): readonly number[] => [...u32(Math.floor(value / 2 ** 32)), ...u32(value % 2 ** 32)]
export const zeros = (count: number): Uint8Array => new Uint8Array(count)
export const letters = (text: string): Uint8Array => bytesOf(text)

export function box(type: string, ...inside: readonly Inside[]): Uint8Array {
  const parts = inside.map(plain)
  const length = 8 + parts.reduce((sum, part) => sum + part.length, 0)
  return concat(Uint8Array.from(u32(length)), letters(type), ...parts)
}

/** A box with version and flags. */
export const fullBox = (type: string, version: number, flags: number, ...inside: readonly Inside[]): Uint8Array =>
  box(type, u32(((version << 24) | flags) >>> 0), ...inside)
