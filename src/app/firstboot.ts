// firstboot.ts — the set-up of a box: brings facts to step.ts, does its steps, and answers the TV, the keys, phones on the access point and
// paired phones. What is decided is decided there; here it is only done.
//
// It asks the steward only while something is to be set up, so that no process of root's runs beside a box that has its network.
import { Emitter } from '../lib/emitter.ts'
import { Refusal } from '../lib/fault.ts'
import { type Ms, ms, seconds } from '../lib/unit.ts'
import type { SetupScene } from '../media/scene.ts'
import { POINT_NETWORK } from '../system/network/profile.ts'
import type { NetworkState, Point, Seen, Wish } from '../system/network/words.ts'
import type { FirstBootParts } from './firstboot/port.ts'
import { type Facts, onOk, POINT_FOR, type Step, sceneOf, stepOf } from './firstboot/step.ts'

const LOOK = ms(500)
/** With a box that has its phone, and of which nobody wants anything. */
const REST = seconds(5)
/** The state is asked for so often while nothing else changes. */
const ASK = seconds(5)
/** The answer to the phone leaves before its network does. */
const FAREWELL = ms(1500)
/** After a network that did not work there is time for another. */
const MORE = seconds(300)

/** pressed: somebody at the box lets a phone in by Bluetooth. */
export class FirstBoot extends Emitter<{ changed: []; pressed: [] }> {
  readonly #parts: FirstBootParts
  readonly #began: Ms
  #state: NetworkState | null = null
  #askedAt: Ms | null = null
  #seen: readonly Seen[] = []
  #point: { is: Point; until: Ms; alone: boolean } | null = null
  #pointFailed = false
  #pointShown = false
  #pairShown = false
  #asked = false
  #guest = false
  #away = false
  #trying: string | null = null
  #failed: Facts['failed'] = null
  #joined: Facts['joined'] = null
  #bluetooth: Facts['bluetooth'] = null
  #shown = ''
  #nudge = new AbortController()

  constructor(parts: FirstBootParts) {
    super((error) => parts.log.error('a listener of the set-up failed', error))
    this.#parts = parts
    this.#began = parts.clock.now()
  }

  /** Looks and acts until the signal is aborted. Never rejects. */
  async run(): Promise<void> {
    const { clock, door, leftOver, log, signal } = this.#parts
    if (leftOver()) await door.closePoint(signal).catch((error: unknown) => log.error('an access point stays on', error))
    while (!signal.aborted) {
      await this.#turn().catch((error: unknown) => signal.aborted || log.error('the set-up stumbled', error))
      this.#tell()
      await clock
        .sleep('look how the set-up is', this.#rests() ? REST : LOOK, AbortSignal.any([signal, this.#nudge.signal]))
        .catch(() => {})
      if (this.#nudge.signal.aborted) this.#nudge = new AbortController()
    }
  }

  /** What the TV shows of it; null: nothing. */
  scene(): SetupScene | null {
    return sceneOf(this.#facts())
  }

  /** OK, the box's button, or BACK, while the card is shown. Whether it was for us. */
  key(key: 'ok' | 'back'): boolean {
    if (this.scene() === null) return false
    if (key === 'back') this.leave()
    else {
      const does = onOk(this.#facts())
      if (does === 'pair') this.#parts.pairing.open()
      else if (does === 'open point') this.ask()
      else if (does === 'let in') this.emit('pressed')
    }
    this.#wake()
    return true
  }

  /** Somebody at the box, or a paired phone, wants to set the network up. */
  ask(): void {
    this.#asked = true
    this.#away = false
    this.#pointFailed = false
    this.#failed = null
    this.#askedAt = null
    this.#wake()
  }

  /** Later, or not at all. */
  leave(): void {
    this.#away = true
    this.#asked = false
    if (this.#point) this.#point = { ...this.#point, until: this.#parts.clock.now(), alone: false }
    this.#wake()
  }

  /** For the menu: as it was last looked at. */
  get network(): { readonly state: NetworkState | null; readonly point: Point | null } {
    return { state: this.#state, point: this.#point?.is ?? null }
  }
  /** The access point's name; empty while it is off. */
  get own(): string {
    return this.#point?.is.ssid ?? ''
  }
  get pointIsOn(): boolean {
    return this.#point !== null
  }
  /** People want no other network than the box's own. */
  get alone(): boolean {
    return this.#point?.alone ?? false
  }
  get trying(): string | null {
    return this.#trying
  }
  get failed(): Facts['failed'] {
    return this.#failed
  }
  /** What the TV says of Bluetooth. */
  showBluetooth(now: Facts['bluetooth']): void {
    if (now === this.#bluetooth) return
    this.#bluetooth = now
    this.#tell()
  }

  get seen(): readonly Seen[] {
    return this.#seen
  }

  /** Whether somebody asks from our own access point: who is on it has seen the TV. */
  isGuest(address: string): boolean {
    return this.#point !== null && address.startsWith(POINT_NETWORK)
  }

  /** A phone on the access point looks at the page. */
  came(): void {
    if (this.#guest) return
    this.#guest = true
    this.#wake()
  }

  /** No network is to be joined: the access point stays, and a phone on it is paired. */
  stayAlone(): void {
    if (!this.#point) throw new Refusal('not-allowed', "the box's own Wi-Fi is not on")
    this.#point = { ...this.#point, alone: true }
    this.#asked = false
    this.#wake()
  }

  /** Tries a network in the background: the access point goes, and comes back when it does not work. @throws Refusal 'bad-request' while another is tried */
  choose(wish: Wish, country: string | null): void {
    if (this.#trying !== null) throw new Refusal('bad-request', `${this.#trying} is being tried just now`)
    this.#trying = wish.ssid
    this.#failed = null
    this.#joined = null
    const { log, signal } = this.#parts
    this.#try(wish, country)
      .catch((error: unknown) => {
        if (signal.aborted) return
        log.error('a network could not be tried', error)
        this.#failed = { ssid: wish.ssid, why: 'other' }
      })
      .finally(() => {
        this.#trying = null
        this.#wake()
      })
    this.#wake()
  }

  /** How the network is, for a menu or a phone. @throws Fault when the steward or NetworkManager is away */
  async look(): Promise<NetworkState> {
    this.#state = await this.#parts.door.state(this.#parts.signal)
    this.emit('changed')
    return this.#state
  }

  /** What is in the air; as it was before the access point came, while that is on. */
  async list(): Promise<readonly Seen[]> {
    if (!this.#point && this.#trying === null) this.#seen = await this.#parts.door.list(this.#parts.signal)
    return this.#seen
  }

  async #try(wish: Wish, country: string | null): Promise<void> {
    const { clock, door, internet, log, signal } = this.#parts
    const point = this.#point
    await clock.sleep('until the phone has its answer', FAREWELL, signal)
    if (country) await door.country(country, signal).catch((error: unknown) => log.error('the country could not be kept', error))
    if (point) await door.closePoint(signal)
    const ended = await door.join(wish, signal)
    log.info('a network was tried', { joined: ended.joined, why: ended.joined ? null : ended.why })
    if (ended.joined) {
      this.#point = null
      this.#guest = false
      this.#asked = false
      this.#joined = { ssid: wish.ssid, internet: await internet(signal), at: clock.now() }
      return
    }
    this.#failed = { ssid: wish.ssid, why: ended.why }
    if (!point) return
    const is = await door.openPoint(point.is, signal)
    this.#point = { ...point, is, until: ms(Math.max(point.until, clock.now() + MORE)) }
  }

  async #turn(): Promise<void> {
    await this.#inform()
    await this.#do(stepOf(this.#facts()))
  }

  #rests(): boolean {
    return this.#parts.phones() > 0 && !this.#asked && !this.#point && this.#trying === null
  }

  /** Asks how the network is, where that matters now. */
  async #inform(): Promise<void> {
    const { clock, connected, door, phones, signal } = this.#parts
    const needed = this.#asked || (phones() === 0 && !connected() && !this.#away)
    if (!needed || this.#point || this.#trying !== null) return
    const now = clock.now()
    if (this.#askedAt !== null && now - this.#askedAt < ASK) return
    this.#askedAt = now
    this.#state = await door.state(signal)
  }

  async #do(step: Step): Promise<void> {
    const { clock, door, log, pairing, signal } = this.#parts
    switch (step.do) {
      case 'wait':
        return
      case 'pair':
        this.#pairShown = true
        log.info('the TV shows how to pair a phone')
        pairing.open()
        return
      case 'close point':
        this.#point = null
        this.#guest = false
        this.#asked = false
        return door.closePoint(signal)
      case 'open point': {
        this.#pointShown = true
        // Nothing is heard while the one radio is an access point.
        this.#seen = await door.list(signal).catch(() => this.#seen)
        try {
          const is = await door.openPoint(undefined, signal)
          this.#guest = false
          this.#point = { is, until: ms(clock.now() + POINT_FOR), alone: false }
          log.info("the box's own Wi-Fi is on", { ssid: is.ssid })
        } catch (error) {
          log.error("the box's own Wi-Fi does not come up", error)
          this.#pointFailed = true
        }
      }
    }
  }

  #facts(): Facts {
    const { applied, busy, clock, connected, pairing, phones } = this.#parts
    return {
      now: clock.now(),
      began: this.#began,
      connected: connected(),
      radio: this.#state?.radio ?? null,
      kept: this.#state?.kept ?? [],
      fresh: phones() === 0,
      busy: busy(),
      point: this.#point,
      pointFailed: this.#pointFailed,
      pointShown: this.#pointShown,
      asked: this.#asked,
      guest: this.#guest,
      trying: this.#trying,
      failed: this.#failed,
      joined: this.#joined,
      pairShown: this.#pairShown,
      pairing: pairing.isOpen(),
      away: this.#away,
      bluetooth: this.#bluetooth,
      applied,
    }
  }

  #wake(): void {
    this.#nudge.abort()
    this.#tell()
  }

  #tell(): void {
    const shown = JSON.stringify(this.scene())
    if (shown === this.#shown) return
    this.#shown = shown
    this.emit('changed')
  }
}
