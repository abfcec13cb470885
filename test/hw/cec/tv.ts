// tv.ts — a TV and its CEC bus, played at the level of the kernel's ioctls: for tests of hw/cec.
import { constants } from 'node:os'
import * as codec from '../../../src/hw/cec/codec.ts'
import type { CecDoor, CecPort } from '../../../src/hw/cec/line.ts'
import { OPCODES } from '../../../src/hw/cec/message.ts'

const { EAGAIN, ENODEV, EBUSY } = constants.errno
const ENONET = 64
const US = 0x1000
const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(OPCODES).map(([name, code]) => [code, name]))

export type Nature = {
  power?: number
  /** The physical address whose picture is shown. */
  shown?: number
  /** Nobody is there: nothing is acknowledged. */
  absent?: boolean
  /** The adapter takes messages and never says what became of them. */
  hung?: boolean
  /** Knows neither Give Power nor who is shown. */
  dumb?: boolean
  /** How often it is asked before it has woken; and it forgets who was shown meanwhile. */
  wakesSlowly?: number
  /** How often it still says "on" after it was told to sleep; it hears no order meanwhile. */
  fallsAsleepSlowly?: number
  /** A device at this address shows itself when it is told to. */
  player?: number
  /** In standby it has no address for us. */
  plugPulled?: boolean
  /** Another program has the adapter. */
  taken?: boolean
  /** The adapter of a TV, not of a player. */
  sink?: boolean
}

export class FakeTv {
  power: number
  shown: number
  /** All we said, as "IMAGE_VIEW_ON 1000". */
  readonly said: string[] = []
  opened = 0
  closed = 0
  configured: Buffer | null = null
  readonly #nature: Nature
  #waking: number
  #dozing = 0
  #sequence = 0
  #mask = 0
  #messages: Buffer[] = []
  #events: Buffer[] = []
  #watch: ((what: 'ready' | 'gone') => void) | null = null
  #there = true
  #mark = 1

  constructor(nature: Nature = {}) {
    this.#nature = nature
    this.power = nature.power ?? 0
    this.shown = nature.shown ?? 0
    this.#waking = nature.wakesSlowly ?? 0
  }

  get door(): CecDoor {
    return {
      list: async () => (this.#there ? [{ path: '/dev/cec0', mark: String(this.#mark) }] : []),
      open: () => this.#open(),
    }
  }

  get physical(): number {
    if (this.#nature.sink) return 0
    return this.#nature.plugPulled && this.power !== 0 ? codec.NO_PHYSICAL : US
  }

  /** Says something to the box or to all. */
  say(...bytes: number[]): void {
    const buffer = codec.emptyMessage()
    buffer.writeUInt32LE(bytes.length, 16)
    buffer.set(bytes, 32)
    buffer.writeUInt8(1, 49)
    this.give(buffer)
  }

  /** Any bytes, as if the kernel had written them. */
  give(buffer: Buffer): void {
    this.#messages.push(buffer)
    this.#ready()
  }

  unplug(): void {
    this.#there = false
    this.#watch?.('gone')
  }

  plug(): void {
    this.#there = true
    this.#mark++
  }

  #open(): CecPort {
    this.opened++
    return {
      ask: (request, argument) => this.#ask(request, argument),
      watch: (on) => {
        this.#watch = on
        this.#ready()
        return () => {
          this.#watch = null
        }
      },
      close: () => void this.closed++,
    }
  }

  #ask(request: number, argument: Buffer): number {
    if (!this.#there) return -ENODEV
    switch (request) {
      case codec.CEC_ADAP_G_CAPS:
        argument.write('vivid', 0)
        argument.writeUInt32LE(0xbe, 68)
        return 0
      case codec.CEC_ADAP_G_PHYS_ADDR:
        argument.writeUInt16LE(this.physical)
        return 0
      case codec.CEC_S_MODE:
        return this.#nature.taken ? -EBUSY : 0
      case codec.CEC_ADAP_S_LOG_ADDRS:
        return this.#claim(argument)
      case codec.CEC_TRANSMIT:
        return this.#transmit(argument)
      case codec.CEC_RECEIVE:
        return this.#next(this.#messages, argument)
      case codec.CEC_DQEVENT:
        return this.#next(this.#events, argument)
      default:
        throw new Error(`no such request: 0x${request.toString(16)}`)
    }
  }

  #next(queue: Buffer[], into: Buffer): number {
    const next = queue.shift()
    if (next === undefined) return -EAGAIN
    next.copy(into)
    return 0
  }

  #claim(argument: Buffer): number {
    const count = argument.readUInt8(7)
    if (count > 0 && this.#mask !== 0) return -EBUSY
    this.configured = Buffer.from(argument)
    this.#moved(count > 0 && this.physical !== codec.NO_PHYSICAL ? 1 << 4 : 0)
    return 0
  }

  #moved(mask: number): void {
    this.#mask = mask
    const event = codec.emptyEvent()
    event.writeUInt32LE(1, 8)
    event.writeUInt16LE(this.physical, 16)
    event.writeUInt16LE(mask, 18)
    this.#events.push(event)
    this.#ready()
  }

  #transmit(argument: Buffer): number {
    const length = argument.readUInt32LE(16)
    const bytes = argument.subarray(32, 32 + length)
    const opcode = bytes[1] ?? 0
    if (this.#mask === 0 && opcode !== OPCODES.IMAGE_VIEW_ON) return -ENONET
    const rest = bytes.subarray(2).toString('hex')
    this.said.push(`${NAMES.get(opcode) ?? opcode.toString(16)}${rest === '' ? '' : ` ${rest}`}`)
    argument.writeUInt32LE(++this.#sequence, 24)
    if (this.#nature.hung) return 0
    const result = Buffer.from(argument)
    const toAll = ((bytes[0] ?? 0) & 15) === 15
    if (this.#nature.absent && !toAll) {
      result.writeUInt8(0x24, 50)
      this.give(result)
      return 0
    }
    result.writeUInt8(1, 50)
    const answer = this.#answer(opcode, bytes)
    if (argument.readUInt8(48) !== 0) {
      result.writeUInt8(answer === null ? 2 : 1, 49)
      if (answer !== null) {
        result.writeUInt32LE(answer.length, 16)
        result.set(answer, 32)
      }
    }
    this.give(result)
    return 0
  }

  #answer(opcode: number, bytes: Buffer): number[] | null {
    const { dumb, player } = this.#nature
    switch (opcode) {
      case OPCODES.GIVE_POWER:
        if (this.#dozing > 0 && --this.#dozing === 0) this.power = 1
        if (this.power === 2 && --this.#waking <= 0) {
          this.power = 0
          this.shown = 0
        }
        return dumb ? null : [0x04, 0x90, this.power]
      case OPCODES.REQUEST_ACTIVE_SOURCE:
        if (!dumb && this.power === 0) this.say(this.shown === 0 ? 0x0f : 0x8f, 0x82, this.shown >> 8, this.shown & 255)
        return null
      case OPCODES.IMAGE_VIEW_ON:
        if (this.power === 1) this.power = this.#waking > 0 ? 2 : 0
        if (this.#mask === 0) this.#moved(1 << 4)
        return null
      case OPCODES.ACTIVE_SOURCE:
        this.shown = bytes.readUInt16BE(2)
        return null
      case OPCODES.INACTIVE_SOURCE:
        this.shown = 0
        return null
      case OPCODES.STANDBY:
        this.#dozing = this.#nature.fallsAsleepSlowly ?? 0
        if (this.#dozing === 0) this.power = 1
        return null
      case OPCODES.SET_STREAM_PATH:
        if (bytes.readUInt16BE(2) === player) {
          this.shown = player
          this.say(0x8f, 0x82, player >> 8, player & 255)
        }
        return null
      default:
        return null
    }
  }

  #ready(): void {
    queueMicrotask(() => {
      if (this.#messages.length + this.#events.length > 0) this.#watch?.('ready')
    })
  }
}
