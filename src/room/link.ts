// link.ts — the room's secret and the link that carries it.
//
// 128 random bits are the room. They are shown as Crockford base32 in groups of four and stand behind the # of the link, which a
// browser never sends to a server. Everything else (the room's name for brokers, the keys) is derived from them, so whoever has
// the link may come in, and nobody else can even tell what the room is.
import type { RoomId, RoomSecret } from '../core/id.ts'
import { Refusal } from '../lib/fault.ts'
import { crockford, fromCrockford } from '../wire/crockford.ts'
import { bytesOf, derive, type Random, SEAL_KEY, systemRandom } from '../wire/crypto.ts'
import type { RoomKeys } from '../wire/key.ts'
import { looksLikePairing } from '../wire/pairing.ts'

export type { RoomKeys } from '../wire/key.ts'

const SECRET_BYTES = 16
const LONGEST = 2048
const SALT = bytesOf('parlor/1')

export const newSecret = (random: Random = systemRandom): RoomSecret => crockford(random(SECRET_BYTES)) as RoomSecret

/** `K7QF-…`: how the secret is shown to people. */
export const codeOf = (secret: RoomSecret): string => (secret.match(/.{1,4}/g) ?? []).join('-')

/** @param origin `https://HOST`, with or without a slash behind it */
export const linkOf = (origin: string, secret: RoomSecret): string => `${origin.replace(/\/+$/, '')}/r#${codeOf(secret)}`

/** `https://HOST` of a whole link, where the room can be found; null when only a code was given. */
export function originOf(text: string): string | null {
  const said = text.trim()
  return /^https?:\/\//.test(said) && URL.canParse(said) ? new URL(said).origin : null
}

/**
 * The secret in a whole link or in a bare code, however people typed it.
 * @throws Refusal 'bad-link' with a sentence for the person
 */
export function parseLink(text: string): RoomSecret {
  const said = text.trim()
  if (said === '') throw new Refusal('bad-link', 'Paste the link of a room, or type its code.')
  if (said.length > LONGEST) throw new Refusal('bad-link', 'This is too long to be the link of a room.')
  if (looksLikePairing(said))
    throw new Refusal('bad-link', 'This is the code that pairs a phone with a box, not the link of a room. Ask for the link of a call.')
  const hash = said.lastIndexOf('#')
  if (hash < 0 && /[/:?.]/.test(said))
    throw new Refusal('bad-link', 'This link has no room in it: the part that begins with # is missing. Copy the whole link again.')
  // Behind a tilde a link may tell who lives there (contact.ts).
  const [code = ''] = unescaped(said.slice(hash + 1)).split('~')
  const bytes = fromCrockford(code)
  if (bytes?.length !== SECRET_BYTES)
    throw new Refusal('bad-link', 'This is not the link of a room. A room code has 26 letters and digits; please compare it again.')
  return crockford(bytes) as RoomSecret
}

/** Some mail programs and chats escape dashes and spaces in links. */
function unescaped(code: string): string {
  try {
    return decodeURIComponent(code)
  } catch {
    return code
  }
}

/** @throws Refusal 'bad-link' when the secret is not one */
export function roomKeys(secret: RoomSecret): RoomKeys {
  const bytes = fromCrockford(parseLink(secret)) ?? new Uint8Array()
  return {
    id: crockford(derive(bytes, SALT, 'room id', 16)).toLowerCase() as RoomId,
    epoch: 0,
    seal: derive(bytes, SALT, 'seal', SEAL_KEY),
    sas: derive(bytes, SALT, 'sas', 32),
  }
}
