// improv.ts — the other way into a new box: a phone gives it the Wi-Fi by Bluetooth LE (Improv). What it says is decided in improv-state.ts, how it is
// written in wire/improv.ts; joining is the set-up's own (firstboot.ts), as for a phone on the access point.
//
// Whoever is near may connect, and what they say goes through the air in clear: so nothing is taken before somebody at the box has pressed a key,
// and the TV names the network that is tried. Names of networks and passwords are not logged.
import type { Clock } from '../../lib/clock.ts'
import { unreachable } from '../../lib/fault.ts'
import type { Log } from '../../lib/log.ts'
import { ms, seconds } from '../../lib/unit.ts'
import type { OnAir, Peripheral } from '../../system/bluetooth/peripheral.ts'
import * as wire from '../../wire/improv.ts'
import type { FirstBoot } from '../firstboot.ts'
import { FAREWELL, improvState, LET_IN } from './improv-state.ts'
import { wishIn } from './wish.ts'

const { IMPROV } = wire
const LOOK = ms(500)
const REST = seconds(60)
/** Where there is no Bluetooth just now, it is looked for again. */
const AGAIN = seconds(30)
/** How long the TV says which box it is. */
const HERE = seconds(6)
/** A name that fits beside the rest of an advertisement's answer. */
const NAME = 26

export type ImprovParts = {
  readonly setup: Pick<FirstBoot, 'on' | 'scene' | 'trying' | 'failed' | 'choose' | 'list' | 'showBluetooth'>
  /** Puts it on the air. Rejects where there is no Bluetooth. */
  readonly goOnAir: (peripheral: Peripheral, signal: AbortSignal) => Promise<OnAir>
  readonly name: string
  readonly version: string
  readonly board: string
  /** Where the box is found when it has joined; null: nobody knows yet. */
  readonly page: () => string | null
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
}

export class Improv {
  readonly #parts: ImprovParts
  readonly #pieces = new wire.CommandPieces()
  #air: OnAir | null = null
  #state: wire.ImprovState = 'authorization required'
  #error: wire.ImprovError = 'none'
  #result: Uint8Array = new Uint8Array()
  /** Until when; of the clock. */
  #letIn = 0
  #here = 0
  #joined = 0
  #again = 0
  #said = false
  /** A network is tried that came by Bluetooth. */
  #isTried = false
  #nudge = new AbortController()

  constructor(parts: ImprovParts) {
    this.#parts = parts
  }

  /** Looks and acts until the signal is aborted. Never rejects. */
  async run(): Promise<void> {
    const { clock, log, setup, signal } = this.#parts
    const offs = [setup.on('changed', () => this.#wake()), setup.on('pressed', () => this.#pressed())]
    while (!signal.aborted) {
      await this.#turn().catch((error: unknown) => signal.aborted || log.error('the set-up by Bluetooth stumbled', error))
      const pause = this.#air || setup.scene() ? LOOK : REST
      await clock.sleep('look what Improv is to say', pause, AbortSignal.any([signal, this.#nudge.signal])).catch(() => {})
      if (this.#nudge.signal.aborted) this.#nudge = new AbortController()
    }
    for (const off of offs) off()
    await this.#close()
  }

  async #turn(): Promise<void> {
    const { clock, setup } = this.#parts
    if (this.#air?.over.aborted) await this.#close()
    const ended = this.#isTried && setup.trying === null ? (setup.failed ? 'not joined' : 'joined') : null
    if (ended) this.#isTried = false
    if (ended === 'not joined') {
      this.#letIn = clock.now() + LET_IN
      this.#say({ error: 'unable to connect' })
    }
    if (ended === 'joined') this.#joined = clock.now() + FAREWELL
    const state = this.#now()
    if (state === null) {
      await this.#close()
      return
    }
    if (!this.#air) await this.#open()
    this.#say({ state })
    if (ended === 'joined') this.#answer(wire.resultBytes('settings', [this.#parts.page() ?? '']))
    this.#show()
  }

  #now(): wire.ImprovState | null {
    const { clock, setup } = this.#parts
    const now = clock.now()
    return improvState({
      card: setup.scene()?.is ?? null,
      isOn: this.#air !== null,
      isLetIn: now < this.#letIn,
      hasJoined: now < this.#joined,
    })
  }

  async #open(): Promise<void> {
    const { clock, goOnAir, log, signal } = this.#parts
    if (clock.now() < this.#again) return
    try {
      this.#air = await goOnAir(this.#peripheral(), signal)
      log.info('a phone may set up the Wi-Fi by Bluetooth, once somebody has pressed OK')
    } catch (error) {
      signal.throwIfAborted()
      this.#again = clock.now() + AGAIN
      if (!this.#said) log.info('the Wi-Fi is not set up by Bluetooth here', { why: String(error) })
      this.#said = true
    }
  }

  async #close(): Promise<void> {
    const air = this.#air
    this.#air = null
    this.#letIn = 0
    this.#here = 0
    this.#joined = 0
    this.#error = 'none'
    this.#result = new Uint8Array()
    this.#show()
    await air?.close()
  }

  #peripheral(): Peripheral {
    const { name } = this.#parts
    const whole = /^parlor/i.test(name) ? name : `Parlor ${name}`
    return {
      service: IMPROV.service,
      name: new TextDecoder().decode(wire.utf8(whole, NAME)),
      data: { uuid: IMPROV.advertised, bytes: () => wire.advertisedBytes(this.#state) },
      characteristics: [
        { uuid: IMPROV.capabilities, flags: ['read'], read: wire.capabilityBytes },
        { uuid: IMPROV.state, flags: ['read', 'notify'], read: () => wire.stateBytes(this.#state) },
        { uuid: IMPROV.error, flags: ['read', 'notify'], read: () => wire.errorBytes(this.#error) },
        {
          uuid: IMPROV.command,
          flags: ['write', 'write-without-response'],
          write: (piece, from, most) => {
            const ask = this.#pieces.take(piece, from, this.#parts.clock.now())
            if (ask) this.#do(ask, most)
          },
        },
        { uuid: IMPROV.result, flags: ['read', 'notify'], read: () => this.#result },
      ],
    }
  }

  /** Does what a phone asks for. Never throws. */
  #do(ask: wire.ImprovAsk, most: number): void {
    const { board, clock, name, version } = this.#parts
    this.#say({ error: 'none' })
    switch (ask.is) {
      case 'odd':
        this.#say({ error: ask.error })
        break
      case 'identify':
        this.#here = clock.now() + HERE
        this.#wake()
        break
      case 'info':
        this.#answer(wire.resultBytes('info', ['Parlor', version, board, name]))
        break
      case 'scan':
        void this.#scan(most)
        break
      case 'settings':
        this.#try(ask.ssid, ask.password)
        break
      default:
        unreachable(ask)
    }
  }

  async #scan(most: number): Promise<void> {
    const { log, setup } = this.#parts
    try {
      const seen = await setup.list()
      this.#answer(wire.networksBytes(seen.filter(isJoinable).map(asHeard), most))
    } catch (error) {
      log.error('what is in the air is not known', error)
      this.#say({ error: 'unknown' })
    }
  }

  #try(ssid: string, password: string): void {
    const { log, setup } = this.#parts
    // The moment counts, and what the TV shows, not what was said last.
    if (this.#now() !== 'authorized') {
      this.#say({ error: 'not authorized' })
      return
    }
    try {
      setup.choose(wishIn({ ssid, password: password === '' ? null : password }), null)
    } catch {
      // No such network can be: a password of four letters, a name of none.
      this.#say({ error: 'unable to connect' })
      return
    }
    log.info('a phone gave a Wi-Fi by Bluetooth')
    this.#isTried = true
    this.#wake()
  }

  #pressed(): void {
    const { clock, log } = this.#parts
    this.#letIn = clock.now() + LET_IN
    log.info('Bluetooth is open for three minutes: somebody pressed OK')
    this.#wake()
  }

  #say({ state = this.#state, error = this.#error }: { state?: wire.ImprovState; error?: wire.ImprovError }): void {
    const [isState, isError] = [state !== this.#state, error !== this.#error]
    this.#state = state
    this.#error = error
    if (isError) this.#air?.notify(IMPROV.error)
    if (!isState) return
    this.#air?.notify(IMPROV.state)
    this.#air?.advertise()
  }

  #answer(result: Uint8Array): void {
    this.#result = result
    this.#air?.notify(IMPROV.result)
  }

  #show(): void {
    const now = this.#parts.clock.now()
    this.#parts.setup.showBluetooth(!this.#air ? null : now < this.#here ? 'here' : now < this.#letIn ? 'open' : 'press')
  }

  #wake(): void {
    this.#nudge.abort()
  }
}

type Heard = Awaited<ReturnType<FirstBoot['list']>>[number]
const isJoinable = ({ lock }: Heard): boolean => lock === 'open' || lock === 'password'
/** NetworkManager's per cent are twice what is above -100 dBm. */
const asHeard = ({ ssid, signal, lock }: Heard): wire.ImprovNetwork => ({ ssid, dbm: signal / 2 - 100, isOpen: lock === 'open' })
