// line.ts — bytes as one line of text: base64url (RFC 4648, 5) without filling.

export const lineOf = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

/** The bytes of such a line; null when it is none, or is longer than so many bytes. Never throws. */
export function bytesInLine(line: string, most: number): Uint8Array | null {
  if (line.length > Math.ceil((most * 4) / 3) || !/^[A-Za-z0-9_-]+$/.test(line)) return null
  try {
    return Uint8Array.from(atob(line.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0))
  } catch {
    return null
  }
}
