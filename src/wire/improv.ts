// improv.ts — Improv Wi-Fi over Bluetooth LE (https://www.improv-wifi.com/ble/, revision 2.2): how a phone gives a machine its Wi-Fi. Bytes in, values out.
//
// What is written to us is from anybody who is near: a packet is read whole or not at all, and nothing of it throws. What the box answers, and whom it
// believes, is not decided here.
import type { Ms } from '../lib/unit.ts'
import { concat } from './crypto.ts'

const characteristic = (last: number): string => `00467768-6228-2272-4663-27747826800${last}`
/** UUIDs of the service, of its characteristics, and of the data that is advertised with it. */
export const IMPROV = {
  service: characteristic(0),
  state: characteristic(1),
  error: characteristic(2),
  command: characteristic(3),
  result: characteristic(4),
  capabilities: characteristic(5),
  advertised: '00004677-0000-1000-8000-00805f9b34fb',
} as const

const STATES = { 'authorization required': 1, authorized: 2, provisioning: 3, provisioned: 4 } as const
export type ImprovState = keyof typeof STATES

const ERRORS = { none: 0, 'invalid packet': 1, 'unknown command': 2, 'unable to connect': 3, 'not authorized': 4, unknown: 255 } as const
export type ImprovError = keyof typeof ERRORS

const COMMANDS = { settings: 1, identify: 2, info: 3, scan: 4 } as const
/** Identify, device info, scan: all that there is beside the settings. Names are given elsewhere. */
const CAPABILITIES = 0b111

export type ImprovAsk =
  /** Join this network; an empty password: an open one. */
  | { readonly is: 'settings'; readonly ssid: string; readonly password: string }
  | { readonly is: 'identify' | 'info' | 'scan' }
  | { readonly is: 'odd'; readonly error: 'invalid packet' | 'unknown command' }

/** Command, length, 255 bytes of data, sum. */
const LONGEST = 258
const DATA = 255
/** Pieces of one packet come one after the other; what is half for longer was given up. */
const PATIENCE = 5000

export const stateBytes = (state: ImprovState): Uint8Array => Uint8Array.of(STATES[state])
export const errorBytes = (error: ImprovError): Uint8Array => Uint8Array.of(ERRORS[error])
export const capabilityBytes = (): Uint8Array => Uint8Array.of(CAPABILITIES)
/** What is advertised under IMPROV.advertised. */
export const advertisedBytes = (state: ImprovState): Uint8Array => Uint8Array.of(STATES[state], CAPABILITIES, 0, 0, 0, 0)

/** A whole packet. Never throws. */
export function readCommand(packet: Uint8Array): ImprovAsk {
  const [command = 0, length = 0] = packet
  const data = packet.subarray(2, -1)
  if (packet.length < 3 || data.length !== length || sumOf(packet.subarray(0, -1)) !== packet.at(-1)) return INVALID
  switch (command) {
    case COMMANDS.settings: {
      const [ssid, password, ...more] = stringsIn(data) ?? []
      return ssid === undefined || password === undefined || more.length > 0 ? INVALID : { is: 'settings', ssid, password }
    }
    case COMMANDS.identify:
      return length === 0 ? { is: 'identify' } : INVALID
    case COMMANDS.info:
      return length === 0 ? { is: 'info' } : INVALID
    case COMMANDS.scan:
      return length === 0 ? { is: 'scan' } : INVALID
    default:
      return { is: 'odd', error: 'unknown command' }
  }
}

const INVALID = { is: 'odd', error: 'invalid packet' } as const

/** Puts packets together that came in pieces, because a packet of Bluetooth LE may have as few as 20 bytes. Holds one, of one phone. */
export class CommandPieces {
  #held: Uint8Array = new Uint8Array()
  #from = ''
  #at = 0

  /** @param from who wrote it  @returns null: more is to come */
  take(piece: Uint8Array, from: string, now: Ms): ImprovAsk | null {
    const goesOn = this.#held.length > 0 && from === this.#from && now - this.#at <= PATIENCE
    if (piece.length === 0) return goesOn ? null : INVALID
    const packet = goesOn ? concat(this.#held, piece.subarray(0, LONGEST)) : piece.slice(0, LONGEST + 1)
    const [, length] = packet
    if (length === undefined || packet.length < length + 3) {
      this.#held = packet
      this.#from = from
      this.#at = now
      return null
    }
    this.#held = new Uint8Array()
    return readCommand(packet)
  }
}

/** The answer to a command. What does not fit, from the end on, is left out. @param strings each cut to 255 bytes of UTF-8 */
export function resultBytes(to: 'settings' | 'info' | 'scan', strings: readonly string[]): Uint8Array {
  const data: Uint8Array[] = []
  let length = 0
  for (const each of strings) {
    const text = utf8(each, DATA - 1)
    if (length + text.length + 1 > DATA) break
    data.push(Uint8Array.of(text.length), text)
    length += text.length + 1
  }
  const packet = concat(Uint8Array.of(COMMANDS[to], length), ...data)
  return concat(packet, Uint8Array.of(sumOf(packet)))
}

export type ImprovNetwork = { readonly ssid: string; readonly dbm: number; readonly isOpen: boolean }

/**
 * The answer to a scan: as many networks as fit, in the order given.
 * @param most bytes that reach the phone in one message
 */
export function networksBytes(networks: readonly ImprovNetwork[], most: number): Uint8Array {
  const strings: string[] = []
  let left = Math.min(DATA, most - 3)
  for (const { ssid, dbm, isOpen } of networks) {
    const three = [ssid, String(Math.round(dbm)), isOpen ? 'NO' : 'WPA2']
    const length = three.reduce((sum, each) => sum + 1 + utf8(each, DATA).length, 0)
    if (length > left) continue
    left -= length
    strings.push(...three)
  }
  return resultBytes('scan', strings)
}

/** As much of a text as has at most so many bytes, without half a letter at its end. */
export function utf8(text: string, most: number): Uint8Array {
  const bytes = new Uint8Array(most)
  return bytes.subarray(0, new TextEncoder().encodeInto(text, bytes).written)
}

const sumOf = (bytes: Uint8Array): number => bytes.reduce((sum, byte) => (sum + byte) & 255, 0)

/** Null where they do not fill the data exactly, or are no UTF-8. */
function stringsIn(data: Uint8Array): string[] | null {
  const strings: string[] = []
  for (let at = 0; at < data.length; ) {
    const end = at + 1 + (data[at] ?? 0)
    if (end > data.length) return null
    try {
      strings.push(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data.subarray(at + 1, end)))
    } catch {
      return null
    }
    at = end
  }
  return strings
}
