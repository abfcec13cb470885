// stack.ts — what a way of carrying packets must be able to do to be measured: the same for ours and for those beside it.
//
// The far ends offer and the forwarder answers, all on this machine. Each way has far ends of its own kind, so that nobody pays
// for words that somebody else's ends say; only the forwarder's CPU counts.

import type { Line } from '../../src/call/transport.ts'

/** One end of one call with a sound line and a picture line. `Packet` is what the way hands from one call to the next. */
export interface End<Packet> {
  offer(): Promise<string>
  answer(offer: string): Promise<string>
  accept(answer: string): Promise<void>
  /** Media can flow. */
  readonly opened: Promise<void>
  send(line: Line, packet: Packet): void
  close(): Promise<void>
}

export interface Stack<Packet> {
  open(onPacket: (line: Line, packet: Packet) => void): End<Packet>
  /** Of plain RTP, as a worker makes it. */
  packetOf(rtp: Buffer): Packet
  /** Plain RTP, as a worker takes it. */
  rtpOf(packet: Packet): Buffer
}

export const STACKS = ['ours', 'werift', 'node-datachannel'] as const
export type StackName = (typeof STACKS)[number]

/** @throws when the library of this way is not installed */
export async function stackOf(name: StackName): Promise<Stack<unknown>> {
  const { stack } = (await import(`./${name}.ts`)) as { stack: Stack<unknown> }
  return stack
}
