// codec.ts — the structures of the kernel's CEC interface (linux/cec.h) as bytes, and the numbers of its requests. Pure.
//
//   cec_msg        56 bytes: tx_ts 0, rx_ts 8, len 16, timeout 20, sequence 24, flags 28, msg 32, reply 48, rx_status 49, tx_status 50
//   cec_caps       76 bytes: driver 0, name 32, available_log_addrs 64, capabilities 68, version 72
//   cec_log_addrs  92 bytes: log_addr 0, mask 4, version 6, count 7, vendor 8, flags 12, osd_name 16, primary 31, type 35, all 39
//   cec_event      80 bytes: ts 0, event 8, flags 12, phys_addr 16, log_addr_mask 18
import { _IOR, _IOW, _IOWR } from '../request.ts'

const MESSAGE = 56
const LONGEST = 16
const CAPS = 76
const ADDRESSES = 92
const EVENT = 80

export const CEC_ADAP_G_CAPS = _IOWR('a', 0, CAPS)
export const CEC_ADAP_G_PHYS_ADDR = _IOR('a', 1, 2)
export const CEC_ADAP_G_LOG_ADDRS = _IOR('a', 3, ADDRESSES)
export const CEC_ADAP_S_LOG_ADDRS = _IOWR('a', 4, ADDRESSES)
export const CEC_TRANSMIT = _IOWR('a', 5, MESSAGE)
export const CEC_RECEIVE = _IOWR('a', 6, MESSAGE)
export const CEC_DQEVENT = _IOWR('a', 7, EVENT)
export const CEC_S_MODE = _IOW('a', 9, 4)

/** Messages may be sent; those for us are given to us as well. */
export const INITIATOR_AND_FOLLOWER = 0x11

const CAP_LOG_ADDRS = 1 << 1
const CAP_TRANSMIT = 1 << 2
const TX_OK = 1 << 0
const RX_OK = 1 << 0
const RX_FEATURE_ABORT = 1 << 2
const VERSION_1_4 = 5
const NO_VENDOR = 0xffffffff
const PLAYBACK_TYPE = 3
const PLAYBACK_DEVICE = 4
const STATE_CHANGE = 1

export const NO_PHYSICAL = 0xffff

/** A message on the wire: addresses, opcode, operands; 1 to 16 bytes. */
export type Bytes = Uint8Array

/** What came: a message of somebody, or what became of one of ours (sequence). */
export type Received =
  | { readonly what: 'message'; readonly bytes: Bytes }
  | { readonly what: 'sent'; readonly sequence: number; readonly acknowledged: boolean }
  | { readonly what: 'answer'; readonly sequence: number; readonly bytes: Bytes | null }

export const emptyMessage = (): Buffer => Buffer.alloc(MESSAGE)
export const emptyEvent = (): Buffer => Buffer.alloc(EVENT)

/** @param reply the opcode of the answer that is waited for; 0: none  @param timeout in ms, for the answer */
export function encodeTransmit(bytes: Bytes, reply = 0, timeout = 0): Buffer {
  const buffer = emptyMessage()
  const length = Math.min(bytes.length, LONGEST)
  buffer.writeUInt32LE(length, 16)
  buffer.writeUInt32LE(timeout, 20)
  buffer.set(bytes.subarray(0, length), 32)
  buffer.writeUInt8(reply, 48)
  return buffer
}

/** The number by which the kernel will tell of this message. */
export const sequenceOf = (buffer: Buffer): number => buffer.readUInt32LE(24)

/** @returns null for what makes no sense */
export function decodeReceived(buffer: Buffer): Received | null {
  const length = buffer.readUInt32LE(16)
  const sequence = sequenceOf(buffer)
  const rx = buffer.readUInt8(49)
  const tx = buffer.readUInt8(50)
  if (length < 1 || length > LONGEST) return null
  const bytes = Uint8Array.from(buffer.subarray(32, 32 + length))
  if (sequence === 0) return { what: 'message', bytes }
  if (rx === 0) return { what: 'sent', sequence, acknowledged: (tx & TX_OK) !== 0 }
  const good = (rx & RX_OK) !== 0 && (rx & RX_FEATURE_ABORT) === 0
  return { what: 'answer', sequence, bytes: good ? bytes : null }
}

export type Caps = { readonly driver: string; readonly name: string; readonly speaks: boolean }
export const emptyCaps = (): Buffer => Buffer.alloc(CAPS)
const text = (bytes: Buffer): string => bytes.toString('latin1').split('\0')[0] ?? ''

/** speaks: the adapter lets us have an address and send. */
export function decodeCaps(buffer: Buffer): Caps {
  const can = buffer.readUInt32LE(68)
  return {
    driver: text(buffer.subarray(0, 32)),
    name: text(buffer.subarray(32, 64)),
    speaks: (can & CAP_LOG_ADDRS) !== 0 && (can & CAP_TRANSMIT) !== 0,
  }
}

/** An order to give up all logical addresses: an adapter that has some takes no others. */
export const encodeNoAddress = (): Buffer => Buffer.alloc(ADDRESSES)

/**
 * An order to become a playback device: as anything else some TVs mute themselves or send no keys. Keys are not passed on
 * to the input layer (no flag for it): we read them from the messages, and get each once.
 * @param name shown on the TV, at most 14 ASCII characters count
 */
export function encodePlayback(name: string): Buffer {
  const buffer = Buffer.alloc(ADDRESSES)
  buffer.writeUInt8(VERSION_1_4, 6)
  buffer.writeUInt8(1, 7)
  buffer.writeUInt32LE(NO_VENDOR, 8)
  buffer.write(name.replace(/[^ -~]/g, '').slice(0, 14), 16, 'latin1')
  buffer.writeUInt8(PLAYBACK_DEVICE, 31)
  buffer.writeUInt8(PLAYBACK_TYPE, 35)
  return buffer
}

/** Where we are on the wire. physical: 0x1000 is the TV's input 1; null: no cable. logical: null: we have no address (yet). */
export type Place = { readonly physical: number | null; readonly logical: number | null }

const PLAYBACKS = [4, 8, 11]
const placeOf = (physical: number, mask: number): Place => ({
  physical: physical === NO_PHYSICAL ? null : physical,
  logical: PLAYBACKS.find((address) => mask & (1 << address)) ?? null,
})

/** @returns null for an event that is no change of our place */
export function decodeEvent(buffer: Buffer): Place | null {
  return buffer.readUInt32LE(8) === STATE_CHANGE ? placeOf(buffer.readUInt16LE(16), buffer.readUInt16LE(18)) : null
}
