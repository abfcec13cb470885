// remote-port.ts — what the door for phones needs of others: a socket, the phones that are known, who decides over newcomers, and what
// a phone can reach. All structural: web/socket.ts, room/roster.ts and room/pairing.ts fit, and so do the fakes of tests.
import type { Intent } from '../core/intent.ts'
import type { Off } from '../lib/emitter.ts'
import type { Query, Why } from '../wire/remote.ts'

/** A WebSocket whose asker has been looked at: its page is ours, and its host is our name. */
export interface RemoteSocket {
  /** `sent` is called when it has left this machine's memory, or never. Texts and bytes are different kinds of message. */
  send(frame: string | Uint8Array, sent: () => void): void
  /** Says goodbye, with a code and a sentence of at most 123 bytes. */
  close(code: number, sentence: string): void
}
/** What the socket tells us. Neither ever throws. */
export interface RemoteEars {
  heard(frame: string | Uint8Array): void
  gone(): void
}

/** A paired phone that asks. */
export type Asker = { readonly key: string; readonly name: string }
/** What a phone can reach: everything here is asked by a paired key, signed. */
export interface RemoteReach {
  /** @throws Refusal when it makes no sense now */
  ask(intent: Intent, by: Asker): void
  /** Answers with what wire/remote.ts says of the query: JSON, or bytes for 'tv'. */
  query(query: Query, by: Asker): Promise<unknown>
}

/** No, and why. */
export type No = { readonly ok: false; readonly why: Why; readonly sentence: string; readonly triesLeft?: number }
export type Paired = { readonly ok: true; readonly mac: Uint8Array; readonly words: readonly string[] }
/** The code was right; somebody at the box decides. */
export type Proved = Paired & { readonly decided: Promise<{ readonly ok: true } | No> }
/** One try with a code. */
export type Try = {
  readonly ok: true
  readonly share: Uint8Array
  readonly prove: (mac: Uint8Array) => Proved | No
  readonly leave: () => void
}
/** A phone that wants in; its key has signed `session`, the hash over this connection. */
export type Newcomer = { readonly key: string; readonly name: string; readonly session: Uint8Array }
/** Who decides over newcomers: room/pairing.ts. */
export interface PairingDesk {
  readonly state: { readonly is: string }
  bySecret(newcomer: Newcomer, mac: Uint8Array): Promise<Paired | No>
  byCode(newcomer: Newcomer, share: Uint8Array): Try | No
}

/** The phones that are known: room/roster.ts. */
export interface KnownPhones {
  find(key: string): { readonly name: string } | null
  /** This phone is here. */
  saw(key: string): void
  rename(key: string, name: string): Promise<void>
  remove(key: string): Promise<void>
  on(event: 'removed', listener: (key: string) => void): Off
}
