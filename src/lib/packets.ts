// packets.ts — the only file that knows our addon native/packets: sealing, opening and sending the packets of a call outside JavaScript.
//
// It is there to be quick and for nothing else: whatever it does is done in JavaScript as well, and the tests hold both to one list. It is
// compiled by scripts/setup; where it is not (no compiler, another Node), `packets` is null, and calls cost more of the processor.
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { isMainThread } from 'node:worker_threads'

/** The session keys of one direction. */
export type SuiteHandle = { readonly suite: unique symbol }
/** Documented in native/packets/packets.c. A wrong call throws; what the world does wrong is a negative number. */
export type Packets = {
  suite(isGcm: boolean, cipher: Buffer, auth: Buffer, salt: Buffer): SuiteHandle
  /** Length of the sealed packet in `into`, which begins with the header; -1 when it failed. `payload` lies elsewhere. */
  seal(suite: SuiteHandle, into: Buffer, headerLength: number, payload: Buffer, ssrc: number, high: number, low: number): number
  /** Length of the payload in `into`; -1 when the packet is not genuine. */
  open(suite: SuiteHandle, packet: Buffer, headerLength: number, into: Buffer, ssrc: number, high: number, low: number): number
  sealControl(suite: SuiteHandle, packet: Buffer, word: number, into: Buffer, ssrc: number, high: number, low: number): number
  openControl(suite: SuiteHandle, packet: Buffer, into: Buffer, ssrc: number, high: number, low: number): number
  /** As send() takes it; null for anything but a plain IPv4 or IPv6 address. */
  address(host: string, port: number): Buffer | null
  /** A number for this socket, above 0; a negative errno when it cannot be had. */
  door(fd: number): number
  /** How many of `count` datagrams did not go; `orders` says which, and why. Never waits. */
  send(arena: Buffer, orders: Buffer, count: number): number
  /**
   * Takes over what comes to a socket: `called` with the number of datagrams, which lie in `room` (SLOT each) until it returns. Of each, `news`
   * has three numbers: its length (-1: too long, and lost), how many bytes of its address in `from` count, 0 when it is the same as before, and
   * the microseconds since it came.
   */
  listen(door: number, room: Buffer, news: Buffer, from: Buffer, called: (count: number) => void): void
  /** The host of an address of listen()'s; its port is in bytes 2 and 3. */
  host(address: Buffer): string
  /** Before the socket is closed. Nothing goes through the door any more. */
  close(door: number): void
}

const BUILT = fileURLToPath(new URL('../../native/packets/build/Release/packets.node', import.meta.url))

function load(): Packets | null {
  if (!isMainThread) return null
  try {
    return createRequire(import.meta.url)(BUILT) as Packets
  } catch {
    return null // not compiled here, or for another machine: the other way is as right
  }
}

export const packets: Packets | null = load()

/** How packets of calls go on this machine, for whoever looks after it. */
export const packetPath: 'native' | 'javascript' = packets ? 'native' : 'javascript'
