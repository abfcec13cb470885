// statement.ts — a short text that the broadcaster of a program signs as a whole: how many watch, what is said in its chat. For anybody to check.
//
//   {"key": Ed25519 key, "text": JSON of what is stated, "signature": over kind and text}
//
// As with entries (manifest.ts) the program's id is the hash of the key, so a link is all that is needed. What a statement means, and whether it
// is still true, its readers say: each kind carries what it takes to tell an old one from a new one.
import * as z from 'zod/mini'
import { bytesOf, hex, unhex, verify } from './crypto.ts'
import type { Identity } from './key.ts'
import { type ProgramId, programOf } from './manifest.ts'
import { hexBytes, jsonOf } from './schema.ts'

export const STATEMENT_VERSION = 'parlor-statement-1'
/** Letters. */
export const STATEMENT_LIMIT = 256 * 1024

const Statement = z.strictObject({ key: hexBytes(32), text: z.string(), signature: hexBytes(64) })

const toSign = (kind: string, text: string): Uint8Array => bytesOf(`${STATEMENT_VERSION} ${kind}\n${text}`)

/** @param kind what keeps statements of one use from being taken for those of another */
export function makeStatement(kind: string, value: unknown, identity: Pick<Identity, 'publicKey' | 'sign'>): string {
  const text = JSON.stringify(value)
  return JSON.stringify({ key: hex(identity.publicKey), text, signature: hex(identity.sign(toSign(kind, text))) })
}

/** What is stated, not yet checked by a schema; undefined when this program's broadcaster did not sign it. Never throws. */
export function readStatement(kind: string, said: string, of: ProgramId): unknown {
  if (said.length > STATEMENT_LIMIT) return undefined
  const read = Statement.safeParse(jsonOf(said))
  if (!read.success) return undefined
  const { key, text, signature } = read.data
  const publicKey = unhex(key)
  if (programOf(publicKey) !== of || !verify(publicKey, toSign(kind, text), unhex(signature))) return undefined
  return jsonOf(text)
}
