// id.ts — names that cannot be mixed up. All are made by hashing, in wire/key.ts and room/link.ts.
declare const brand: unique symbol
type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** 26 characters of lower-case Crockford base32: the first 16 bytes of SHA-256 of the peer's Ed25519 public key. */
export type PeerId = Brand<string, 'PeerId'>
/** 26 characters of lower-case Crockford base32, derived from the room's secret. Brokers see it; it opens nothing. */
export type RoomId = Brand<string, 'RoomId'>

export const ID = /^[0-9a-hjkmnp-tv-z]{26}$/

/** A room's secret as text: 26 upper-case Crockford characters. Who has it may come in; it is never logged. */
export type RoomSecret = Brand<string, 'RoomSecret'>
export const SECRET = /^[0-9A-HJKMNP-TV-Z]{26}$/
