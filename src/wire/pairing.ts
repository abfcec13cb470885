// pairing.ts — the pairing QR code and what both ends compute from it. Who may pair, when and how often: room/pairing.ts.
//
//   https://HOST/remote#P:0f1e2d3c.4b5a6978.8796a5b4.c3d2e1f0
//
// It looks like nothing that leads into a call: another path, a mark before it, small hex digits in eights with dots between. Neither
// parser takes the other's text, and each says so. 128 random bits stand in it; they open pairing once, for two minutes.
import { Refusal } from '../lib/fault.ts'
import { bytesOf, concat, derive, hex, mac, type Random, unhex } from './crypto.ts'

declare const brand: unique symbol
/** 32 lower-case hex digits. Who has it may pair a phone while pairing is open; never logged. */
export type PairingSecret = string & { readonly [brand]: 'PairingSecret' }

const MARK = 'P:'
const FORM = /^P:((?:[0-9a-f]{8}\.){3}[0-9a-f]{8})$/
const LONGEST = 2048
/** CI of CPace: what the code is for. */
export const ABOUT = bytesOf('parlor-pairing-1')

export const newPairingSecret = (random: Random): PairingSecret => hex(random(16)) as PairingSecret
/** Six digits, each as likely as the others. */
export function newPairingCode(random: Random): string {
  for (;;) {
    const number = new DataView(random(4).slice().buffer).getUint32(0)
    if (number < 4_294_000_000) return String(number % 1_000_000).padStart(6, '0')
  }
}

/** @param origin `https://HOST`, with or without a slash behind it */
export const pairingLink = (origin: string, secret: PairingSecret): string =>
  `${origin.replace(/\/+$/, '')}/remote#${MARK}${(secret.match(/.{8}/g) ?? []).join('.')}`

/** Whether a text means to be a pairing link, well or badly copied. */
export const looksLikePairing = (text: string): boolean => /(^|#)P(:|%3A)/i.test(text.trim()) || /\/remote(#|$)/i.test(text.trim())

/**
 * The secret in a pairing link or in what stands behind its #.
 * @throws Refusal 'bad-link' with a sentence for the person
 */
export function parsePairing(text: string): PairingSecret {
  const said = text.trim()
  if (said.length > LONGEST) throw new Refusal('bad-link', 'This is too long to be a pairing code.')
  const form = FORM.exec(said.slice(said.lastIndexOf('#') + 1).replace(/%3A/gi, ':'))
  if (form?.[1]) return form[1].replaceAll('.', '') as PairingSecret
  throw new Refusal(
    'bad-link',
    looksLikePairing(said)
      ? 'This pairing code is damaged; please scan it again from the TV.'
      : 'This is no pairing code. On the box, choose "Pair a phone" and scan what the TV then shows; the link of a call does not pair.',
  )
}

/**
 * The six digits as people type them.
 * @throws Refusal 'bad-request' with a sentence for the person
 */
export function parsePairingCode(text: string): string {
  const digits = text.replace(/[\s\p{Pd}.]/gu, '')
  if (!/^\d{6}$/.test(digits)) throw new Refusal('bad-request', 'The code has six digits; the TV shows it while pairing is open.')
  return digits
}

/** What a phone says with its share or its proof, so that nobody can put another key or name under it. */
export const phoneSaid = (key: Uint8Array, name: string): Uint8Array => concat(key, bytesOf(name))

/** What a secret gives on one connection: a proof of each end that it knows it, and what the words are made of. */
export type Proofs = { readonly phone: Uint8Array; readonly box: Uint8Array; readonly words: Uint8Array }

/** @param session the connection's transcript, 32 bytes  @param said of the phone, by phoneSaid() */
export function proofsOf(secret: PairingSecret, session: Uint8Array, said: Uint8Array): Proofs {
  const key = derive(unhex(secret), session, 'parlor-pairing-1 by secret', 32)
  const proof = (of: string) => mac(key, concat(bytesOf(`${of}\n`), said))
  return { phone: proof('phone'), box: proof('box'), words: proof('words') }
}

/** What the words are made of when a code led to a key. */
export const wordBytes = (isk: Uint8Array, session: Uint8Array): Uint8Array => derive(isk, session, 'parlor-pairing-1 words', 32)
