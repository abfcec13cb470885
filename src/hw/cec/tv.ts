// tv.ts — the TV at the other end of one CEC adapter: wakes it, puts it back, hears its remote.
//
// The traps of CEC, and what is done about them:
//   - Two boxes that answer each other's "I am shown" switch the TV for ever. We say it only when asked (by our own
//     people, by the TV, or by somebody who asks who is shown), and answers have a budget.
//   - A TV that is waking forgets who asked. When it says it is on, we say once more that we are shown.
//   - A TV that was told to sleep says "on" for some seconds more, and forgets a "wake" of that time. It is not believed then.
//   - A TV in standby may pull the cable's hot-plug pin; then there is no address, and "wake" goes out without one.
//   - A TV that does not answer is a fact. Nothing here waits longer than some seconds.
import type { Edge } from '../../core/key.ts'
import type { Clock } from '../../lib/clock.ts'
import { Emitter } from '../../lib/emitter.ts'
import { unreachable } from '../../lib/fault.ts'
import { ms, seconds } from '../../lib/unit.ts'
import { Answers } from './answers.ts'
import { type Before, putBack, remember, type TvSeen } from './before.ts'
import type { Bytes, Place } from './codec.ts'
import type { Line, Outcome } from './line.ts'
import * as word from './message.ts'
import { News } from './news.ts'
import { Remote } from './remote.ts'

export type TvState = {
  /** Whether a cable with CEC is in: the TV gave us an address. */
  readonly cable: boolean
  /** Whether the TV answered when it was last spoken to; null: not yet spoken to. One that does not is asked again, ever more rarely. */
  readonly answers: boolean | null
  readonly power: 'on' | 'standby' | null
  readonly shows: 'us' | 'another' | null
}

export type TvEvents = {
  edge: [edge: Edge]
  changed: [state: TvState]
  /** People chose our input at the TV. */
  chosen: []
  /** People switched the TV off. */
  slept: []
}

/** look: only ask how the TV is, so that it is known before anybody wants it. */
type Wish = 'wake' | 'put back' | 'standby' | 'look'

const WAIT_FOR_ADDRESS = seconds(10)
const WAIT_FOR_ANSWER = seconds(1)
/** A TV that has just been given power answers half a minute later; one that never does is asked rarely. */
const LOOK_AGAIN = { least: seconds(2), most: seconds(30) } as const
const WAKES_WITHIN = 20
const FALLS_ASLEEP_WITHIN = seconds(6)

export class Tv extends Emitter<TvEvents> {
  readonly #line: Line
  readonly #clock: Clock
  readonly #remote: Remote
  readonly #answers: Answers
  readonly #news: News
  #seen: TvSeen = { power: null, shown: null }
  #hears: boolean | null = null
  #before: Before = null
  #waking = false
  /** Somebody was asked who is shown; who does not answer once is not asked again before the TV was off. */
  #askedWho = false
  #wish: Wish | null = null
  /** When we last told the TV to sleep. */
  #toldToSleep: number | null = null
  #busy = false
  #turn = new AbortController()
  #nudge: () => void = () => {}

  /** @param from names this TV's remote */
  constructor(line: Line, clock: Clock, from: string, onListenerError: (error: unknown) => void) {
    super(onListenerError)
    this.#line = line
    this.#clock = clock
    this.#remote = new Remote(clock, from, (edge) => this.emit('edge', edge))
    this.#answers = new Answers(line, clock)
    this.#news = new News(clock)
  }

  /** Questions of the TV that were not answered, because there were too many. */
  get unanswered(): number {
    return this.#answers.left
  }

  get state(): TvState {
    const { shown, power } = this.#seen
    const { physical, logical } = this.#line.place
    const shows = shown === null ? null : shown === physical ? 'us' : 'another'
    return { cable: logical !== null, answers: this.#hears, power, shows }
  }

  /** On, and with our picture. How it was is remembered. Returns at once. */
  wake(): void {
    this.#want('wake')
  }

  /** As it was before the first wake(), unless people changed it since. Returns at once. */
  putBack(): void {
    this.#want('put back')
  }

  /** Off, whatever it was. Returns at once. */
  standby(): void {
    this.#want('standby')
  }

  /** Runs until the signal is aborted; does not reject. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#nudge(), { once: true })
    while (!signal.aborted) {
      const wish = this.#wish
      if (wish === null) {
        await new Promise<void>((go) => (this.#nudge = go))
        continue
      }
      this.#wish = null
      this.#busy = true
      this.#turn = new AbortController()
      await this.#do(wish, AbortSignal.any([signal, this.#turn.signal])).catch(() => {})
      this.#busy = false
    }
    this.#remote.release()
  }

  /** The adapter has, or has lost, its addresses. */
  moved(place: Place): void {
    if (place.physical === null) {
      this.#seen = { ...this.#seen, shown: null }
      this.#askedWho = false
    }
    if (place.logical !== null && !this.#hears && this.#wish === null && !this.#busy) this.#want('look')
    this.#tell()
  }

  /** A message for us or for all. Never throws. */
  heard(bytes: Bytes): void {
    const heard = word.hear(bytes)
    switch (heard.heard) {
      case 'pressed':
        this.#remote.press(heard.key)
        return
      case 'released':
        this.#remote.release()
        return
      case 'shown':
        this.#shows(heard.physical)
        return
      case 'chosen':
        this.#shows(heard.physical)
        if (heard.physical !== this.#line.place.physical) return
        this.#answers.shown()
        this.emit('chosen')
        return
      case 'who is shown':
        if (this.state.shows === 'us') this.#answers.shown()
        return
      case 'tv goes to sleep':
        this.#slept()
        return
      case 'power':
        // Newer TVs tell all of it when they are switched on and off.
        if (settled(heard.power) === 'standby' && this.#seen.power === 'on' && !this.#waking && !this.#isFallingAsleep()) this.#slept()
        else this.#saw({ power: settled(heard.power) })
        return
      case 'question':
        this.#answers.to(heard)
        return
      case 'nothing':
        return
      default:
        unreachable(heard)
    }
  }

  #want(wish: Wish): void {
    this.#wish = wish
    this.#turn.abort()
    this.#nudge()
  }

  async #do(wish: Wish, signal: AbortSignal): Promise<void> {
    switch (wish) {
      case 'wake':
        this.#waking = true
        return this.#wake(signal).finally(() => (this.#waking = false))
      case 'put back':
        return this.#putBack(signal)
      case 'standby':
        this.#before = null
        return this.#sleep(signal)
      case 'look':
        return this.#look(signal)
      default:
        return unreachable(wish)
    }
  }

  async #wake(signal: AbortSignal): Promise<void> {
    const place = await this.#place(signal)
    if (place === null) return
    const said = await this.#askPower(place.logical, signal)
    const power = this.#isFallingAsleep() ? 'standby' : said
    if (power === 'standby') this.#saw({ power, shown: null })
    if (power === 'on') await this.#askWho(place.logical, signal)
    this.#before = remember(this.#before, this.#seen)
    await this.#say(word.imageViewOn(place.logical), signal)
    await this.#showUs(place, signal)
    if (power === 'on') return
    for (let n = 0; n < WAKES_WITHIN; n++) {
      await this.#clock.sleep('the TV is waking', seconds(1), signal)
      const now = await this.#askPower(place.logical, signal)
      if (now === 'on' && !this.#isFallingAsleep()) return this.#showUs(place, signal)
      if (now !== 'on' && n % 4 === 3) await this.#say(word.imageViewOn(place.logical), signal)
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    for (let pause = LOOK_AGAIN.least; ; pause = ms(Math.min(pause * 2, LOOK_AGAIN.most))) {
      const { logical } = this.#line.place
      if (logical === null) return
      const power = await this.#askPower(logical, signal)
      if (power === 'on') await this.#askWho(logical, signal)
      if (this.#hears) return
      await this.#clock.sleep('the TV may answer later', pause, signal)
    }
  }

  async #askWho(us: number, signal: AbortSignal): Promise<void> {
    if (this.#seen.shown !== null || this.#askedWho) return
    this.#line.tell(word.requestActiveSource(us))
    await this.#news.until(() => this.#seen.shown !== null, WAIT_FOR_ANSWER, signal)
    this.#askedWho = true
  }

  /** Our addresses; without any (a TV that sleeps with its plug pulled low) it is woken blindly, and they may come then. */
  async #place(signal: AbortSignal): Promise<{ physical: number; logical: number } | null> {
    const here = () => this.#line.place.logical !== null && this.#line.place.physical !== null
    if (!here()) {
      if (this.#line.place.physical === null) this.#line.tell(word.imageViewOn(word.UNREGISTERED))
      else this.#line.claim()
      await this.#news.until(here, WAIT_FOR_ADDRESS, signal)
    }
    const { physical, logical } = this.#line.place
    return physical === null || logical === null ? null : { physical, logical }
  }

  async #showUs({ physical, logical }: { physical: number; logical: number }, signal: AbortSignal): Promise<void> {
    await this.#line.send(word.activeSource(logical, physical), signal)
    this.#saw({ shown: physical })
  }

  async #putBack(signal: AbortSignal): Promise<void> {
    const { physical, logical } = this.#line.place
    if (this.#before === null || physical === null || logical === null) return
    await this.#askPower(logical, signal)
    const back = putBack(this.#before, this.#seen, physical)
    this.#before = null
    if (back.do === 'nothing') return
    if (back.do === 'standby') return this.#sleep(signal)
    const to = back.to
    if (to !== null && to !== 0) {
      await this.#line.send(word.setStreamPath(logical, to), signal)
      if (await this.#news.until(() => this.#seen.shown === to, WAIT_FOR_ANSWER, signal)) return
    }
    await this.#say(word.inactiveSource(logical, physical), signal)
    this.#saw({ shown: null })
  }

  async #sleep(signal: AbortSignal): Promise<void> {
    const { logical } = this.#line.place
    if (logical === null) return
    this.#toldToSleep = this.#clock.now()
    if (await this.#say(word.standby(logical), signal)) this.#saw({ power: 'standby', shown: null })
  }

  #isFallingAsleep(): boolean {
    return this.#toldToSleep !== null && this.#clock.now() - this.#toldToSleep < FALLS_ASLEEP_WITHIN
  }

  /** People switched it off: from now on it is theirs. */
  #slept(): void {
    this.#before = null
    this.#askedWho = false
    this.#saw({ power: 'standby', shown: null })
    this.emit('slept')
  }

  async #askPower(us: number, signal: AbortSignal): Promise<'on' | 'standby' | null> {
    const answer: Outcome = await this.#line.send(word.givePower(us), signal, word.REPORT_POWER)
    const power = typeof answer === 'string' ? null : word.powerIn(answer)
    this.#hears = answer !== 'lost'
    this.#saw({ power: power === null ? null : settled(power) })
    return power === 'waking' ? null : this.#seen.power
  }

  /** @returns whether the TV took it */
  async #say(bytes: Bytes, signal: AbortSignal): Promise<boolean> {
    const outcome = await this.#line.send(bytes, signal)
    this.#hears = outcome !== 'lost'
    this.#tell()
    return this.#hears
  }

  /** Whoever shows something else has taken the TV: what it was before is no longer ours to bring back. */
  #shows(physical: number): void {
    if (physical !== this.#line.place.physical && !this.#waking) this.#before = null
    this.#saw({ shown: physical })
  }

  #saw(seen: Partial<TvSeen>): void {
    this.#seen = { ...this.#seen, ...seen }
    this.#tell()
  }

  #tell(): void {
    this.#news.tell()
    this.emit('changed', this.state)
  }
}

const settled = (power: word.Power): 'on' | 'standby' => (power === 'on' || power === 'waking' ? 'on' : 'standby')
