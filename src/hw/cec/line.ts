// line.ts — one CEC adapter: our address on the wire, messages out and in. It knows bytes and places, not what a TV is.
//
// Everything is non-blocking: a message is handed to the kernel, and what became of it comes back later under its number.
// A driver that never tells is not waited for.
import { closeSync, constants, openSync } from 'node:fs'
import type { Clock } from '../../lib/clock.ts'
import type { Off } from '../../lib/emitter.ts'
import { Fault } from '../../lib/fault.ts'
import { seconds } from '../../lib/unit.ts'
import type { Found } from '../follow.ts'
import { devicesIn } from '../input/device.ts'
import { errnoName, ioctl, watchReadable } from '../ioctl.ts'
import * as codec from './codec.ts'

/** An open adapter. */
export interface CecPort {
  /** An ioctl: 0, or the negative errno. */
  ask(request: number, argument: Buffer): number
  watch(on: (what: 'ready' | 'gone') => void): Off
  close(): void
}

export interface CecDoor {
  list(): Promise<readonly Found[]>
  open(path: string): CecPort
}

export const cecDoor = (folder = '/dev'): CecDoor => ({
  list: () => devicesIn(folder, /^cec\d+$/),
  open: (path) => {
    const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
    return {
      ask: (request, argument) => ioctl(fd, request, argument),
      watch: (on) => watchReadable(fd, (what) => on(what === 'gone' ? 'gone' : 'ready')),
      close: () => closeSync(fd),
    }
  },
})

/** What became of a message: nobody took it, somebody did, or this is the answer. */
export type Outcome = 'lost' | 'taken' | codec.Bytes

const ANSWER_MS = 1000
const KERNEL_SILENT = seconds(4)
const READS_AT_ONCE = 64

type Listener = { readonly message: (bytes: codec.Bytes) => void; readonly moved: (place: codec.Place) => void; readonly gone: () => void }

export class Line {
  readonly #port: CecPort
  readonly #clock: Clock
  readonly #name: string
  #place: codec.Place = { physical: null, logical: null }
  #waiting = new Map<number, (outcome: Outcome) => void>()

  /** @param name how we call ourselves on the TV */
  constructor(port: CecPort, clock: Clock, name: string) {
    this.#port = port
    this.#clock = clock
    this.#name = name
  }

  get place(): codec.Place {
    return this.#place
  }

  /** What the adapter is and whether we can be a player on it: not without an output of its own (a TV's end has address 0). */
  isOurs(): boolean {
    const caps = codec.emptyCaps()
    this.#must(codec.CEC_ADAP_G_CAPS, caps, 'capabilities')
    const physical = Buffer.alloc(2)
    this.#must(codec.CEC_ADAP_G_PHYS_ADDR, physical, 'physical address')
    return codec.decodeCaps(caps).speaks && physical.readUInt16LE() !== 0
  }

  /** Listens from now on, and takes an address. @throws Fault when another program has the adapter for itself */
  open(listener: Listener): Off {
    const mode = Buffer.alloc(4)
    mode.writeUInt32LE(codec.INITIATOR_AND_FOLLOWER)
    this.#must(codec.CEC_S_MODE, mode, 'mode')
    this.claim()
    return this.#port.watch((what) => {
      if (what === 'gone' || !this.#drain(listener)) listener.gone()
    })
  }

  /** Takes a playback address, an older one of whoever is given up first. It is ours when `moved` says so. */
  claim(): void {
    this.#must(codec.CEC_ADAP_S_LOG_ADDRS, codec.encodeNoAddress(), 'giving up addresses')
    this.#must(codec.CEC_ADAP_S_LOG_ADDRS, codec.encodePlayback(this.#name), 'taking an address')
  }

  /** Sends and waits for nothing. */
  tell(bytes: codec.Bytes): void {
    this.#port.ask(codec.CEC_TRANSMIT, codec.encodeTransmit(bytes))
  }

  /** Sends. With `reply` (an opcode) it waits for that answer, one second. Never rejects but for the signal. */
  async send(bytes: codec.Bytes, signal: AbortSignal, reply = 0): Promise<Outcome> {
    signal.throwIfAborted()
    const order = codec.encodeTransmit(bytes, reply, reply === 0 ? 0 : ANSWER_MS)
    if (this.#port.ask(codec.CEC_TRANSMIT, order) < 0) return 'lost'
    const sequence = codec.sequenceOf(order)
    const enough = new AbortController()
    try {
      return await Promise.race([
        new Promise<Outcome>((done) => this.#waiting.set(sequence, done)),
        this.#clock
          .sleep('what became of a CEC message', KERNEL_SILENT, AbortSignal.any([signal, enough.signal]))
          .then((): Outcome => 'lost'),
      ])
    } finally {
      this.#waiting.delete(sequence)
      enough.abort()
    }
  }

  close(): void {
    for (const done of this.#waiting.values()) done('lost')
    this.#port.close()
  }

  /** Reads all there is, events first: they say who we are. @returns false when the adapter is gone */
  #drain(listener: Listener): boolean {
    for (let n = 0; n < READS_AT_ONCE; n++) {
      const event = codec.emptyEvent()
      const result = this.#port.ask(codec.CEC_DQEVENT, event)
      if (errnoName(result) === 'ENODEV') return false
      if (result < 0) break
      const place = codec.decodeEvent(event)
      if (place === null) continue
      this.#place = place
      listener.moved(place)
    }
    for (let n = 0; n < READS_AT_ONCE; n++) {
      const buffer = codec.emptyMessage()
      const result = this.#port.ask(codec.CEC_RECEIVE, buffer)
      if (errnoName(result) === 'ENODEV') return false
      if (result < 0) break
      const received = codec.decodeReceived(buffer)
      if (received === null) continue
      if (received.what === 'message') listener.message(received.bytes)
      else this.#waiting.get(received.sequence)?.(outcomeOf(received))
    }
    return true
  }

  #must(request: number, argument: Buffer, what: string): void {
    const result = this.#port.ask(request, argument)
    if (result < 0) throw new Fault('device-lost', `CEC: ${what}: ${errnoName(result)}`)
  }
}

function outcomeOf(received: Exclude<codec.Received, { what: 'message' }>): Outcome {
  if (received.what === 'sent') return received.acknowledged ? 'taken' : 'lost'
  return received.bytes ?? 'taken'
}
