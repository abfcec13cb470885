// remote-kit.ts — a box's door for phones with real roster and pairing, and phones that come through it over sockets in memory.
import { expect } from 'vitest'
import { RemoteDoor, type RemoteEars, type RemoteSocket } from '../../src/control/remote.ts'
import type { Intent } from '../../src/core/intent.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { Refusal } from '../../src/lib/fault.ts'
import { ms } from '../../src/lib/unit.ts'
import { type Identity, newIdentity } from '../../src/room/identity.ts'
import { Pairing } from '../../src/room/pairing.ts'
import { Roster } from '../../src/room/roster.ts'
import { RemoteLink, type RemoteNow, type RemotePairing } from '../../src/web/pages/kit/remote.ts'
import type { OpenSocket, PageEars } from '../../src/web/pages/kit/remote-line.ts'
import { pairingLink } from '../../src/wire/pairing.ts'
import { CLOSE, type Query, type RemoteState } from '../../src/wire/remote.ts'
import { quietLog } from '../fake/quiet.ts'

export const STATE: RemoteState = {
  box: 'Living room',
  version: '0.1.0',
  call: 'none',
  phone: false,
  people: [],
  live: null,
  private: false,
  pushes: [],
  watch: null,
  relays: [],
  update: null,
  ringing: null,
  waiting: [],
  muted: false,
  camera: { on: true, is: 'closed' },
  volume: 80,
  layout: 'auto',
  tv: { picture: 'on', set: 'as it was', wanted: null },
  quiet: false,
  night: false,
  shutter: 'open',
  notices: [],
  contacts: [],
  missed: 0,
  phones: [],
  pairing: { is: 'closed' },
}

/** Both ends of one connection. Messages and closing arrive later, in their order, as on a network. */
export class Wire {
  /** What came from the phone and from the box. */
  readonly fromPhone: Array<string | Uint8Array> = []
  readonly fromBox: Array<string | Uint8Array> = []
  /** How it was closed by the box. */
  closed: number | null = null
  /** While true, what the box sends stays in its memory. */
  stuck = false
  /** Looks at, changes or drops (null) what the phone sends. */
  tamper: (frame: string | Uint8Array) => string | Uint8Array | null = (frame) => frame
  ears: RemoteEars = { heard: () => {}, gone: () => {} }
  #held: Array<() => void> = []
  #over = false
  readonly #page: PageEars

  constructor(page: PageEars) {
    this.#page = page
  }

  readonly box: RemoteSocket = {
    send: (frame, sent) => {
      this.fromBox.push(frame)
      const go = () => {
        if (this.#over) return
        sent()
        this.#page.heard(frame)
      }
      if (this.stuck) this.#held.push(go)
      else queueMicrotask(go)
    },
    close: (code) => {
      this.closed = code
      queueMicrotask(() => this.cut())
    },
  }

  fromPage(frame: string | Uint8Array): void {
    this.fromPhone.push(frame)
    const changed = this.tamper(frame)
    if (changed !== null) queueMicrotask(() => !this.#over && this.ears.heard(changed))
  }
  /** The phone reads again. */
  flow(): void {
    this.stuck = false
    for (const go of this.#held.splice(0)) queueMicrotask(go)
  }
  cut(): void {
    if (this.#over) return
    this.#over = true
    this.ears.gone()
    this.#page.closed()
  }
}

export class TestBox {
  readonly clock: FakeClock
  readonly identity: Identity
  readonly roster: Roster
  readonly pairing: Pairing
  readonly door: RemoteDoor
  readonly wires: Wire[] = []
  readonly asked: Intent[] = []
  readonly queries: Query[] = []
  readonly said = quietLog()
  /** What the box answers to a question. */
  answer: (query: Query) => unknown = () => ({ ok: true })
  refuses: string | null = null
  /** Off: nobody answers. */
  on = true
  file: string | null = null

  constructor(identity = newIdentity(), file: string | null = null, clock = new FakeClock()) {
    this.clock = clock
    this.identity = identity
    this.file = file
    const onListenerError = (error: unknown) => expect.unreachable(String(error))
    this.roster = new Roster({
      shelf: {
        read: async () => this.file,
        write: async (text) => {
          this.file = text
        },
      },
      date: () => this.clock.now(),
      onTrouble: () => {},
      onListenerError,
    })
    this.pairing = new Pairing({ box: identity.publicKey, phones: this.roster, clock: this.clock, onListenerError })
    this.door = new RemoteDoor({
      identity,
      name: 'Living room',
      phones: this.roster,
      pairing: this.pairing,
      reach: {
        ask: (intent) => {
          if (this.refuses) throw new Refusal('not-allowed', this.refuses)
          this.asked.push(intent)
        },
        query: async (query) => {
          this.queries.push(query)
          return await this.answer(query)
        },
      },
      clock: this.clock,
      log: this.said.log,
    })
    this.door.open()
  }

  readonly socket: OpenSocket = (page) => {
    const wire = new Wire(page)
    this.wires.push(wire)
    queueMicrotask(() => {
      if (!this.on) {
        wire.cut()
        return
      }
      wire.ears = this.door.enter(wire.box, '10.0.0.2')
      page.opened()
    })
    return { send: (frame) => wire.fromPage(frame), close: () => queueMicrotask(() => wire.cut()) }
  }

  /** Lets everything happen that can happen now. */
  async settle(time = 1): Promise<void> {
    for (let i = 0; i < 5; i++) await this.clock.advance(ms(time / 5))
  }

  get wire(): Wire {
    const wire = this.wires.at(-1)
    if (!wire) throw new Error('nobody has come yet')
    return wire
  }

  /** The link in the QR code on the TV, and the code beside it. */
  opened(): { link: string; code: string } {
    this.pairing.open()
    const { state } = this.pairing
    if (state.is !== 'open') throw new Error(`pairing is ${state.is}`)
    return { link: pairingLink('https://box.local', state.secret), code: state.code ?? '' }
  }
}

export class TestPhone {
  kept: string | null
  readonly link: RemoteLink
  readonly nows: RemoteNow[] = []
  readonly states: RemoteState[] = []
  readonly pairings: RemotePairing[] = []

  constructor(box: TestBox, kept: string | null = null, socket: OpenSocket = box.socket) {
    this.kept = kept
    const shelf = {
      read: () => this.kept,
      write: (text: string | null) => {
        this.kept = text
      },
    }
    this.link = new RemoteLink({ socket, shelf, clock: box.clock })
    this.link.on('now', (now) => this.nows.push(now))
    this.link.on('state', (state) => this.states.push(state))
    this.link.on('pairing', (pairing) => this.pairings.push(pairing))
    this.link.start()
  }
}

/** A box with a phone that was paired by its QR code and is connected. */
export async function pairedBox(): Promise<{ box: TestBox; phone: TestPhone }> {
  const box = new TestBox()
  const phone = new TestPhone(box)
  const paired = phone.link.pairByQr(box.opened().link, 'Anna')
  await box.settle()
  await paired
  box.door.show(STATE)
  await box.settle(20)
  return { box, phone }
}

export { CLOSE }
