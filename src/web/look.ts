// look.ts — who may look at the TV's picture from afar. It shows the call and the QR code to join: not for everybody.
//
// Whoever sits at the machine may. From elsewhere one needs the TV key, 128 random bits that the box keeps; it travels
// behind the # of a link, then in a header or in the first message of a socket, and is compared in constant time.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** The TV's picture as the screen gives it. */
export interface Look {
  /** A still picture, JPEG, 1920x1080. Rejects while there is none. */
  jpeg(): Promise<Uint8Array>
  /** Calls back with live JPEGs until the returned function is called. */
  watch(on: (jpeg: Uint8Array) => void): () => void
}

/** 22 characters, base64url. */
export const newTvKey = (): string => randomBytes(16).toString('base64url')

export const NO_LOOK =
  "The TV's picture is shown only with its key. On the box, run: parlor link. It prints the link that opens the TV, with the key behind the #."

const digest = (text: string) => createHash('sha256').update(text).digest()
export const isKey = (said: string, key: string): boolean => key !== '' && timingSafeEqual(digest(said), digest(key))

/** The key in an Authorization header (RFC 6750), or an empty text. */
export const bearer = (header: string | undefined): string => /^Bearer ([\w~+/.-]{1,128}=*)$/i.exec(header ?? '')?.[1] ?? ''
