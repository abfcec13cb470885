// result.ts — what became of one packet that we sent, as the other side tells it.

/** The cluster of packets that are no probe. */
export const NO_CLUSTER = -1

export type Result = {
  /** When it left, on our clock, in milliseconds. */
  readonly sentAt: number
  /** When it came, on the clock of the other side, in milliseconds; null: it did not come. */
  readonly cameAt: number | null
  /** Of the whole datagram as it lay on the wire. */
  readonly bytes: number
  /** The probe it belongs to, or NO_CLUSTER. */
  readonly cluster: number
  /** It was told lost before, and came after all. */
  readonly late: boolean
}
