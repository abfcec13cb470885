// crockford.ts — bytes as letters that people can read aloud: Crockford's base32, without I, L, O and U.
const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** Upper case, most significant bit first; the last letter is filled up with zero bits. 16 bytes give 26 letters. */
export function crockford(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    held = (held << 8) | byte
    bits += 8
    for (; bits >= 5; bits -= 5) text += LETTERS[(held >> (bits - 5)) & 31]
    held &= (1 << bits) - 1
  }
  return bits > 0 ? text + LETTERS[(held << (5 - bits)) & 31] : text
}

/**
 * The bytes of such a text. Forgives what people do to it: lower case, spaces and dashes, I and L for 1, O for 0.
 * Null when a character is none of ours, or when the spare bits of the last one are not zero (so it was mistyped).
 */
export function fromCrockford(text: string): Uint8Array | null {
  const plain = text
    .toUpperCase()
    .replace(/[\s\p{Pd}]/gu, '')
    .replace(/[IL]/g, '1')
    .replaceAll('O', '0')
  const bytes = new Uint8Array(Math.floor((plain.length * 5) / 8))
  let bits = 0
  let held = 0
  let at = 0
  for (const letter of plain) {
    const value = LETTERS.indexOf(letter)
    if (value < 0) return null
    held = (held << 5) | value
    bits += 5
    if (bits < 8) continue
    bits -= 8
    bytes[at++] = held >> bits
    held &= (1 << bits) - 1
  }
  return held === 0 && bits < 5 ? bytes : null
}
