// key.ts — the keys of a participant and of a room, as those who speak on the wire need them. room/ makes them.
import type { PeerId, RoomId } from '../core/id.ts'
import { crockford } from './crockford.ts'
import { sha256 } from './crypto.ts'

/** Who we are. The secret key stays inside `sign`. */
export interface Identity {
  readonly peer: PeerId
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array
  sign(bytes: Uint8Array): Uint8Array
}

/** What the room's secret gives (HKDF-SHA-256). */
export type RoomKeys = {
  /** The room's name for brokers. */
  readonly id: RoomId
  /** Rises when somebody is shut out; then all keys are new. */
  readonly epoch: number
  /** Seals every envelope, 32 bytes. */
  readonly seal: Uint8Array
  /** Confirms links and makes the four emoji, 32 bytes. */
  readonly sas: Uint8Array
}

export const peerOf = (publicKey: Uint8Array): PeerId => crockford(sha256(publicKey).subarray(0, 16)).toLowerCase() as PeerId
