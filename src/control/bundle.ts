// bundle.ts — what one sends to somebody who is to help: one text that people can read before they send it. Pure.
//
// It says how the box is and what it did, and nothing that opens a door: no link, code, key or password. Three sieves, each of
// which alone should do: settings by their names, everything that looks like a secret of ours by its shape, and the secrets
// that the box knows itself, in every spelling they are written in. Ids stay told apart by a short tag that opens nothing.
//
// It does hold names of people and addresses at home; its first lines say so.
import { createHash } from 'node:crypto'

export type BundlePart = {
  readonly title: string
  /** A text as it is, anything else as JSON with its secret fields hidden. */
  readonly body: unknown
}

const HIDDEN = '[hidden]'
/** Characters of one part; of a longer one the end is kept, because what went wrong is there. */
const LONGEST = 512 * 1024
/** Shorter ones are words of the language too; where they stand as settings they are hidden by name. */
const SHORTEST = 4

/**
 * The bundle as text.
 * @param secrets everything the box knows that must not be in it: the room's secret, keys as the files hold them, passwords
 */
export function bundleText(parts: readonly BundlePart[], secrets: readonly string[]): string {
  const head = [
    'A report of a Parlor box. Links, codes, keys and passwords have been taken out.',
    'Names of people and addresses at home are still in it: read it before you send it.',
  ]
  const sections = parts.map(({ title, body }) => `== ${title} ==\n${cut(sift(textOf(body, secrets), secrets))}`)
  return `${[...head, '', ...sections.flatMap((section) => [section, ''])].join('\n')}`
}

/** Texts inside are sifted as they are, before JSON writes them differently. */
function textOf(body: unknown, secrets: readonly string[]): string {
  if (typeof body === 'string') return body
  return (
    JSON.stringify(withoutSecrets(body), (_key, inside: unknown) => (typeof inside === 'string' ? sift(inside, secrets) : inside), 2) ?? ''
  )
}
const cut = (text: string): string => (text.length > LONGEST ? `[the beginning is left out]\n${text.slice(-LONGEST)}` : text)

/** Names of fields whose value is a secret. */
const SECRET_NAME = /(password|passphrase|secret|token|credential|key|link|room|tv|pin|nonce|signature|authorization|cookie)$/i
/** Of these the name alone says nothing bad: they hold a state, not a secret. */
const HARMLESS = /^(tv)$/i

/** A copy without the values of fields that are secret by their name. Empty ones stay: that a setting is empty is worth knowing. */
export function withoutSecrets(value: unknown, name = ''): unknown {
  const secret = SECRET_NAME.test(name) && !HARMLESS.test(name)
  if (typeof value === 'string') return secret && value !== '' ? HIDDEN : value
  if (value instanceof Uint8Array) return HIDDEN
  if (Array.isArray(value)) return value.map((each) => withoutSecrets(each, name))
  if (typeof value !== 'object' || value === null) return secret && typeof value === 'number' ? HIDDEN : value
  return Object.fromEntries(Object.entries(value).map(([key, inside]) => [key, withoutSecrets(inside, key)]))
}

/** A text without what looks like a secret of ours, and without those that are known. */
export function sift(text: string, secrets: readonly string[]): string {
  const known = [...new Set(secrets.filter((secret) => secret.length >= SHORTEST).flatMap(spellings))].sort((a, b) => b.length - a.length)
  const without = known.reduce((rest, spelling) => rest.replaceAll(new RegExp(escaped(spelling), 'gi'), HIDDEN), text)
  return SHAPES.reduce((rest, [shape, instead]) => rest.replace(shape, instead), without)
}

type Instead = (...found: string[]) => string
const hide: Instead = () => HIDDEN
/** The same thing always gets the same tag, and the tag tells nothing about it that could be used. */
const tag: Instead = (found = '') => `[id ${createHash('sha256').update(found.toLowerCase()).digest('hex').slice(0, 4)}]`
/** Random text has letters of both cases and digits; a word or a file name seldom has. */
const ifRandom: Instead = (found = '') => (/[a-z]/.test(found) && /[A-Z]/.test(found) && /\d/.test(found) ? HIDDEN : found)

const NAMES =
  'password|passphrase|secret|token|credential|room|authorization|cookie|nonce|signature|(?:tv|public|private|secret|seal)[_-]?key|key'
const SHAPES: ReadonlyArray<readonly [RegExp, Instead]> = [
  // PEM.
  [/-----BEGIN [A-Z0-9 ]+-----[\s\S]*?(?:-----END [A-Z0-9 ]+-----|$)/g, hide],
  // What stands behind the # of a link, and a name and password in one.
  [/(https?:\/\/[^\s"'<>#]*#)[^\s"'<>]+/gi, (_all, before = '') => `${before}${HIDDEN}`],
  [/(\/(?:r|tv|pair|remote|w\/[^\s#]*)#)[^\s"'<>]+/g, (_all, before = '') => `${before}${HIDDEN}`],
  [/([a-z][a-z0-9+.-]*:\/\/)[^\s/"'<>]*@/gi, (_all, before = '') => `${before}${HIDDEN}@`],
  // name = "value", "name": "value", name=value, also with the name of an environment variable.
  [
    new RegExp(`([\\w.-]*(?:${NAMES})\\\\*["']?\\s*[:=]\\s*)(\\\\*["'])((?:\\\\.|(?!\\2)[^\\n\\\\])+)`, 'gi'),
    (_all, before = '', quote = '') => `${before}${quote}${HIDDEN}`,
  ],
  [new RegExp(`([\\w.-]*(?:${NAMES})=)[^\\s"'&]+`, 'gi'), (_all, before = '') => `${before}${HIDDEN}`],
  [/\b(Bearer|Basic) [\w~+/.=-]{6,}/gi, (_all, scheme = '') => `${scheme} ${HIDDEN}`],
  // A pairing code of six digits, where it is called one.
  [/(code\\*["']?\s*[:=]?\s*\\*["']?)\d{3}[ -]?\d{3}\b/gi, (_all, before = '') => `${before}${HIDDEN}`],
  // Room codes as people read them, and 26 characters of Crockford's alphabet as ids and secrets are kept.
  [/(?<![\w-])[0-9a-z]{4}(?:[- ][0-9a-z]{4}){5}[- ][0-9a-z]{2}(?![\w-])/gi, hide],
  [/(?<![0-9a-z])[0-9a-tv-z]{26}(?![0-9a-z])/gi, tag],
  // Keys in hex, base64 and base64url.
  [/(?<![0-9a-z])(?:[0-9a-f]{2}){16,}(?![0-9a-z])/gi, tag],
  [/(?<![\w+/])[A-Za-z0-9+/]{40,}={0,2}(?![\w+/])/g, ifRandom],
  [/(?<![\w-])[\w-]{22,}(?![\w-])/g, ifRandom],
]

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')

const inJson = (text: string): string => JSON.stringify(text).slice(1, -1)

/** How a secret may be written: as it is, in groups, inside JSON, in an address, and as its bytes. */
function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret)
  const groups = secret.match(/.{1,4}/g) ?? []
  const plain = secret.replaceAll('-', '')
  return [
    secret,
    plain,
    groups.join('-'),
    groups.join(' '),
    inJson(secret),
    inJson(inJson(secret)),
    encodeURIComponent(secret),
    bytes.toString('hex'),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
  ].filter((spelling) => spelling.length >= SHORTEST)
}
