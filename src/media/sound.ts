// sound.ts — the sound of this room as the daemon sees it: a microphone that gives RTP, a loudspeaker that takes it.
//
// Owns the sound worker (sound/child.ts) and the RTP to and from it. The worker holds the devices, mixes, cancels
// echo and codes; nothing of that happens here. Nothing is open before open() or after close().
//
// Muting is done twice: the worker sends zeros from its next frame, and from the same moment not one packet passes
// here, but some emptied by ourselves (silence.ts), so what is muted does not depend on a worker that may hang.
import { inEnglish } from '../core/text/text.ts'
import type { Clock } from '../lib/clock.ts'
import { Emitter, type Off } from '../lib/emitter.ts'
import { Fault, unreachable } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import { Tally } from '../lib/tally.ts'
import { type Bps, type Ms, ms, seconds } from '../lib/unit.ts'
import { machineTime } from './machine-time.ts'
import { RtpIn, RtpOut } from './port.ts'
import type { MakerNews, ProgramStream } from './program.ts'
import type { Seat } from './scene.ts'
import type { Chime } from './sound/chime.ts'
import { Continuity } from './sound/continuity.ts'
import { MuteGate } from './sound/mute-gate.ts'
import type { Levels, SoundCounts, SoundFact, SoundNews, SoundOrder } from './sound/order.ts'
import type { QuickNews } from './sound/program/quick.ts'
import { emptied } from './sound/silence.ts'
import { type Fork, Worker } from './worker.ts'

export type { Chime } from './sound/chime.ts'
export type { Levels, SoundCounts, SoundFact } from './sound/order.ts'
export type { QuickNews } from './sound/program/quick.ts'

export type SoundSettings = {
  /** auto, none, test, an ALSA device, or launch:GSTREAMER SOURCE */
  readonly microphone: string
  /** auto, none, an ALSA device, or launch:GSTREAMER SINK (it is given S16LE, 48 kHz, mono, in buffers of 2.5 ms) */
  readonly speaker: string
  /** Noise suppression and level control of our voice; on when not said. */
  readonly cleaning?: boolean
}

export type SoundEvents = {
  /** Ten times a second while it is open. */
  levels: [levels: Levels]
  /** Devices came or went, or the echo canceller lost or found its grip. */
  fact: [fact: SoundFact]
  /** Once a second, for measuring. */
  counts: [counts: SoundCounts]
  /** Of the program's sound, while there is one (program.ts). */
  program: [news: ProgramNews]
  /** The same as Opus, while that is wanted too. */
  quick: [news: QuickNews]
}
/** Coded sound of the program on its way out, past the gate of muting. */
type Piece = { readonly to: 'program'; readonly news: ProgramNews } | { readonly to: 'quick'; readonly news: QuickNews }
type ProgramNews = MakerNews<Extract<ProgramStream, { track: 'audio' }>>

const CLOSED: SoundFact = { microphone: 'closed', speaker: 'closed', echo: 'off', why: [] }
/** A worker and its devices that are not there after this will not come by waiting. */
const PATIENCE = seconds(15)
/** How long the far end is given silence before it is given nothing. */
const FADE = ms(500)

export class Sound extends Emitter<SoundEvents> {
  /** Packets dropped because we are muted, or for a seat that has no port (yet). */
  readonly dropped = new Tally()
  readonly #settings: SoundSettings
  readonly #onRtp: (packet: Buffer) => void
  readonly #clock: Clock
  readonly #log: Log
  readonly #worker: Worker<SoundOrder, SoundNews>
  readonly #in = new RtpIn((packet) => this.#take(packet))
  readonly #mine = new Continuity()
  readonly #seats = new Map<Seat, { readonly out: RtpOut; readonly line: Continuity }>()
  #port = 0
  #hears = true
  #muted = false
  #mutedAt = 0 as Ms
  #volume = 100
  #chime: Chime | null = null
  #program: Bps | null = null
  #quick = false
  readonly #gate = new MuteGate<Piece>((piece) =>
    piece.to === 'program' ? this.emit('program', piece.news) : this.emit('quick', piece.news),
  )
  #fact = CLOSED
  #turn = 0

  constructor(parts: { settings: SoundSettings; onRtp: (packet: Buffer) => void; fork: Fork; clock: Clock; log: Log }) {
    const log = parts.log.part('sound')
    super((error) => log.error('a listener of sound failed', error))
    this.#settings = parts.settings
    this.#onRtp = parts.onRtp
    this.#clock = parts.clock
    this.#log = log
    this.#worker = new Worker({
      name: 'sound',
      module: new URL('./sound/child.ts', import.meta.url),
      fork: parts.fork,
      clock: parts.clock,
      log: parts.log,
      first: () => this.#first(),
    })
    this.#worker.on('news', (news) => this.#hear(news))
    this.#worker.on('fault', (fault) => {
      this.#in.expect(null)
      this.#mine.cut()
      this.#gate.lost()
      this.emit('program', { is: this.#program === null ? 'ended' : 'lost' })
      this.#say({ ...CLOSED, why: [{ is: 'sound fell', said: fault.code }] })
    })
  }

  get fact(): SoundFact {
    return this.#fact
  }

  /** The worker's process id; undefined while there is none. */
  get pid(): number | undefined {
    return this.#worker.pid
  }

  /** How often it fell since it was opened. */
  get fell(): number {
    return this.#worker.fell
  }

  /** When the worker last gave a sign of life, by the clock; null: never. */
  get heardAt(): Ms | null {
    return this.#worker.heardAt
  }

  /**
   * Opens microphone and loudspeaker, and resolves when each is open or known to be missing: a machine without a
   * sound card is no error, the fact says it. Throws a Fault 'sound-lost' when the worker is not up after 15 s; it goes on
   * being brought up until close(), and the fact says when it is. Aborting closes the sound.
   * @param hears false: the loudspeaker alone; no process touches a microphone
   */
  async open(signal: AbortSignal, hears = true): Promise<void> {
    const turn = ++this.#turn
    this.#hears = hears
    this.#port = await this.#in.open()
    if (turn !== this.#turn) return
    const settled = new AbortController()
    const off = this.on('fact', (fact) => this.#settled(fact) && settled.abort())
    this.#worker.start()
    const either = AbortSignal.any([signal, settled.signal])
    try {
      await this.#clock.sleep('until the sound is open', PATIENCE, either).catch(() => {})
    } finally {
      off()
    }
    if (settled.signal.aborted || turn !== this.#turn) return
    if (signal.aborted) await this.close()
    signal.throwIfAborted()
    throw new Fault('sound-lost', 'the sound worker has not come up yet')
  }

  /** Gives the devices back. Resolves when no process holds them. Safe to call twice. */
  async close(): Promise<void> {
    this.#turn++
    await this.#worker.stop()
    this.#gate.lost()
    if (this.#program !== null) this.emit('program', { is: 'lost' })
    this.#in.close()
    this.#in.expect(null)
    for (const { out } of this.#seats.values()) out.close()
    this.#seats.clear()
    this.#mine.cut()
    this.#say(CLOSED)
  }

  /** At once: after this call not one byte of sound of this room is given to onRtp, until it is undone. */
  setMuted(muted: boolean): void {
    if (muted === this.#muted) return
    this.#muted = muted
    this.#mutedAt = this.#clock.now()
    const number = muted && this.#program !== null && this.pid !== undefined ? this.#gate.shut() : 0
    this.#worker.send({ do: 'mute', muted, since: machineTime(), number })
  }

  /** @param volume 0 to 100 */
  setVolume(volume: number): void {
    this.#volume = volume
    this.#worker.send({ do: 'volume', volume })
  }

  /** An Opus packet (payload type 111) of the person on that seat. Never throws; what cannot be played is counted. */
  rtp(seat: Seat, packet: Buffer): void {
    const known = this.#seats.get(seat)
    if (!known) {
      this.dropped.add('no port for this seat')
      return
    }
    known.out.send(known.line.pass(packet, this.#clock.now()))
  }

  /** Gives the sound of all as a coded stream too, from now on until stopProgram(), however often it is closed and opened. For program.ts. */
  startProgram(rate: Bps): void {
    this.#program = rate
    this.#worker.send({ do: 'program', rate })
  }

  stopProgram(): void {
    this.#program = null
    this.#gate.lost()
    if (this.pid === undefined) this.emit('program', { is: 'ended' })
    else this.#worker.send({ do: 'program', rate: null })
  }

  /** Gives the program's sound as Opus too, for who watches by WebRTC; from now on, whenever there is a program. */
  setQuick(wanted: boolean): void {
    if (wanted === this.#quick) return
    this.#quick = wanted
    this.#worker.send({ do: 'quick', wanted })
  }

  onProgram(listener: (news: ProgramNews) => void): Off {
    return this.on('program', listener)
  }

  /** A sound of our own on the loudspeaker, over and over, until null. */
  chime(chime: Chime | null): void {
    if (chime === this.#chime) return
    this.#chime = chime
    this.#worker.send({ do: 'chime', chime })
  }

  /** The person left: what is still queued fades away, and the seat is ready for another. */
  clearSeat(seat: Seat): void {
    this.#seats.get(seat)?.line.cut()
    this.#worker.send({ do: 'clear', seat })
  }

  #first(): SoundOrder[] {
    const { speaker, cleaning = true } = this.#settings
    const microphone = this.#microphone()
    return [
      { do: 'open', port: this.#port, microphone, speaker, cleaning, muted: this.#muted, volume: this.#volume },
      { do: 'chime', chime: this.#chime },
      { do: 'quick', wanted: this.#quick },
      { do: 'program', rate: this.#program },
    ]
  }

  #microphone(): string {
    return this.#hears ? this.#settings.microphone : 'none'
  }

  #settled(fact: SoundFact): boolean {
    const { speaker } = this.#settings
    return (this.#microphone() === 'none' || fact.microphone !== 'closed') && (speaker === 'none' || fact.speaker !== 'closed')
  }

  #hear(news: SoundNews): void {
    switch (news.is) {
      case 'ready':
        this.#in.expect(null)
        for (const [seat, port] of Object.entries(news.ports)) this.#connect(Number(seat), port)
        return
      case 'fact':
        this.#say(news.fact)
        return
      case 'levels':
        this.emit('levels', news.levels)
        return
      case 'counts':
        this.emit('counts', news.counts)
        return
      case 'program':
        if (news.news.is === 'coded') this.#gate.take({ to: 'program', news: news.news })
        else {
          this.#gate.forget()
          this.emit('program', news.news)
        }
        return
      case 'quick':
        this.#gate.take({ to: 'quick', news: news.news })
        return
      case 'hushed':
        this.#gate.answered(news.number, news.inTime)
        return
      default:
        unreachable(news)
    }
  }

  #connect(seat: Seat, port: number): void {
    const known = this.#seats.get(seat) ?? { out: new RtpOut(), line: new Continuity() }
    this.#seats.set(seat, known)
    known.line.cut()
    known.out.to(port)
  }

  #take(packet: Buffer): void {
    const now = this.#clock.now()
    if (!this.#muted) this.#onRtp(this.#mine.pass(packet, now))
    else if (now - this.#mutedAt < FADE) {
      const nothing = emptied(packet)
      if (nothing) this.#onRtp(this.#mine.pass(nothing, now))
    } else {
      this.#mine.cut()
      this.dropped.add('muted')
    }
  }

  #say(fact: SoundFact): void {
    const before = this.#fact
    this.#fact = fact
    const [was, is] = [before, fact].map(({ why }) => why.map(inEnglish).join(' '))
    if (was !== is) this.#log.info(is || 'the sound is well', { microphone: fact.microphone, speaker: fact.speaker })
    this.emit('fact', fact)
  }
}
