// child.ts — the sound worker: opens what the order names, turns the loop, and tells what it sees.
//
// Its parts can fail one by one. A microphone that is missing or breaks is replaced by a silent source, so that the
// others are still heard; a loudspeaker that is missing is left out, so that we are still heard. Both are looked for
// again (again.ts). What decodes and encodes has to work:
// when it breaks, the worker ends and is forked anew.
import { setPriority } from 'node:os'
import type { Amiss, DeviceEnd } from '../../core/amiss.ts'
import { Bug, Fault, unreachable } from '../../lib/fault.ts'
import type { Bps } from '../../lib/unit.ts'
import { runChild } from '../child.ts'
import { machineTime } from '../machine-time.ts'
import { CALL_SEATS, REPLAY, SEATS } from '../scene.ts'
import { Again } from './again.ts'
import { soundCards } from './card.ts'
import { openEcho } from './echo.ts'
import { BUFFERS, type Device, parseDevice, voices } from './launch.ts'
import { Loop } from './loop.ts'
import { Microphone } from './microphone.ts'
import { openEars, openVoice, type Voice } from './network.ts'
import type { SoundCounts, SoundFact, SoundNews, SoundOrder } from './order.ts'
import { ProgramSound } from './program.ts'
import { Speaker } from './speaker.ts'

type Say = (news: SoundNews, sent?: () => void) => void
type Open = Extract<SoundOrder, { do: 'open' }>

/** Turns between two tellings of the levels: 100 ms; of the counts: 1 s. */
const LEVELS = 10
const COUNTS = 100
/** A source that gave no frame for so long is gone, ms. The first may take longer. */
const SILENT = 1000
const FIRST = 4000
/** Times a loudspeaker may run dry before it is given a longer buffer. */
const STARVED = 3
/** Looks at the list of sound cards come after so many looks at the devices in use: every 500 ms. */
const CARDS = 5

class Works {
  readonly #say: Say
  readonly #loop: Loop
  readonly #voice: Voice
  readonly #devices: { readonly microphone: Device; readonly speaker: Device }
  readonly #ports: Readonly<Record<number, number>>
  /** What turns the loop now, and whether that is the microphone; and the microphone while it has not given its first frame. */
  #source: Microphone | null = null
  #real = false
  #coming: Microphone | null = null
  #speaker: Speaker | null = null
  #fact: SoundFact = { microphone: 'closed', speaker: 'closed', echo: 'off', why: [] }
  #why: { microphone: Amiss | null; speaker: Amiss | null } = { microphone: null, speaker: null }
  readonly #again = { microphone: new Again(() => this.#openMicrophone()), speaker: new Again(() => this.#openSpeaker()) }
  #program: ProgramSound | null = null
  #quick = false
  #cards = soundCards()
  #looks = 0
  /** Which of BUFFERS the loudspeaker has. */
  #buffer = 0
  #lastTurn = 0
  #longestGap = 0
  #told = false

  constructor(order: Open, loop: Loop, say: Say) {
    this.#say = say
    this.#loop = loop
    this.#devices = { microphone: parseDevice(order.microphone), speaker: parseDevice(order.speaker) }
    this.#ports = openEars((seat, samples) => loop.hear(seat - 1, samples, performance.now()), broken)
    this.#voice = openVoice(order.port, order.cleaning, broken)
  }

  start(): void {
    this.#turnBySilence()
    this.#openMicrophone()
    this.#openSpeaker()
    this.#say({ is: 'ready', ports: this.#ports })
    setInterval(() => this.#watch(), 100)
  }

  stop(): void {
    this.#coming?.close()
    this.#source?.close()
    this.#speaker?.close()
  }

  evidence(): { in: number; out: number } {
    return { in: this.#voice.frames, out: this.#voice.left }
  }

  order(order: Exclude<SoundOrder, Open>): void {
    switch (order.do) {
      case 'mute':
        this.#loop.muted = order.muted
        if (order.muted && this.#program) this.#say({ is: 'hushed', number: order.number, inTime: this.#program.mute(order.since) })
        return
      case 'volume':
        this.#loop.volume = gain(order.volume)
        return
      case 'chime':
        this.#loop.bell.set(order.chime)
        return
      case 'clear':
        this.#loop.clear(order.seat - 1)
        return
      case 'program':
        this.#goLive(order.rate)
        return
      case 'quick':
        this.#quick = order.wanted
        this.#program?.quick(order.wanted)
        return
      default:
        unreachable(order)
    }
  }

  #goLive(rate: Bps | null): void {
    if (rate === null && !this.#program) return
    this.#program?.stop()
    const program = rate === null ? null : this.#newProgram(rate)
    this.#program = program
    // The loop's time is this process's own, and its seats begin with the first person.
    const ahead = machineTime() - performance.now()
    this.#loop.listener = program && {
      voice: (seat, frame) => program.voice(seat + 1, frame),
      turn: (own, now) => program.turn(own, now + ahead),
    }
  }

  #newProgram(rate: Bps): ProgramSound {
    const program = new ProgramSound(
      CALL_SEATS,
      rate,
      (news, sent) => this.#say({ is: 'program', news }, sent),
      (news, sent) => this.#say({ is: 'quick', news }, sent),
    )
    program.quick(this.#quick)
    return program
  }

  #turnBySilence(): void {
    const source: Microphone = new Microphone(this.#turn, (end) => broken(typeof end === 'object' ? end.said : end))
    source.open({ is: 'none' })
    this.#source = source
    this.#real = false
    this.#lastTurn = performance.now()
    this.#connect()
  }

  #openMicrophone(): void {
    const device = this.#devices.microphone
    if (device.is === 'none') return
    const opened = performance.now()
    const mic: Microphone = new Microphone(
      (frame) => {
        if (this.#coming === mic) this.#arrive(mic)
        this.#turn(frame)
      },
      (why) => this.#loseMicrophone(mic, why),
    )
    this.#coming = mic
    try {
      mic.open(device)
    } catch (error) {
      this.#loseMicrophone(mic, { said: wordsOf(error) })
      return
    }
    setTimeout(() => this.#coming === mic && this.#loseMicrophone(mic, 'gave nothing'), FIRST + opened - performance.now())
  }

  /** Its first frame is here: from now on it turns the loop. */
  #arrive(mic: Microphone): void {
    this.#coming = null
    this.#source?.close()
    this.#source = mic
    this.#real = true
    this.#why.microphone = null
    this.#again.microphone.well()
    this.#connect()
  }

  #loseMicrophone(mic: Microphone, end: DeviceEnd): void {
    if (mic !== this.#coming && mic !== this.#source) return
    mic.close()
    if (mic === this.#coming) this.#coming = null
    else this.#turnBySilence()
    this.#why.microphone = trouble('microphone', this.#devices.microphone, end)
    this.#connect()
    this.#again.microphone.lost()
  }

  #openSpeaker(): void {
    const device = this.#devices.speaker
    if (device.is === 'none') return
    const speaker: Speaker = new Speaker((why) => this.#loseSpeaker(speaker, why))
    this.#speaker = speaker
    try {
      speaker.open(device, BUFFERS[this.#buffer] ?? 48)
    } catch (error) {
      this.#loseSpeaker(speaker, { said: wordsOf(error) })
    }
    this.#connect()
  }

  #loseSpeaker(speaker: Speaker, end: DeviceEnd): void {
    if (speaker !== this.#speaker) return
    speaker.close()
    this.#speaker = null
    this.#why.speaker = trouble('loudspeaker', this.#devices.speaker, end)
    this.#connect()
    this.#again.speaker.lost()
  }

  /** Tells the loop which ends it has. */
  #connect(): void {
    const speaker = this.#speaker
    this.#loop.connect({
      play: speaker ? (frame) => speaker.give(frame) : null,
      send: this.#real ? (frame) => this.#voice.send(frame) : null,
    })
    this.#tell()
  }

  readonly #turn = (frame: Float32Array): void => {
    const now = performance.now()
    this.#longestGap = Math.max(this.#longestGap, now - this.#lastTurn)
    this.#lastTurn = now
    this.#loop.turn(frame, now)
    if (this.#loop.turns % LEVELS !== 0) return
    const { me, seats } = this.#loop.levels()
    this.#say({ is: 'levels', levels: { me, seats: Object.fromEntries(voices().map((seat) => [seat, seats[seat - 1] ?? -100])) } })
    if (this.#loop.turns % COUNTS === 0) this.#say({ is: 'counts', counts: this.#counts() })
  }

  /** Ten times a second: does the source still give, does the device still take, did a card come? */
  #watch(): void {
    if (++this.#looks % CARDS === 0) this.#lookForCards()
    const source = this.#source
    if (source && performance.now() - this.#lastTurn > SILENT) {
      if (!this.#real) broken('the clock of the silent source stands still')
      this.#loseMicrophone(source, 'fell silent')
    }
    const speaker = this.#speaker
    if (speaker?.works) {
      this.#why.speaker = null
      this.#again.speaker.well()
    }
    if (speaker && speaker.pace.starved >= STARVED && this.#devices.speaker.is !== 'launch' && this.#buffer < BUFFERS.length - 1) {
      this.#buffer++
      speaker.close()
      this.#openSpeaker()
    } else if (speaker?.pace.dead) this.#loseSpeaker(speaker, 'takes nothing')
    this.#tell()
  }

  #lookForCards(): void {
    const cards = soundCards()
    if (cards === this.#cards) return
    this.#cards = cards
    if (cards === '') return
    this.#again.microphone.hope()
    this.#again.speaker.hope()
  }

  #tell(): void {
    const echo = this.#loop.echo
    const microphone = this.#why.microphone ? 'missing' : this.#real ? 'open' : 'closed'
    const speaker = this.#why.speaker ? 'missing' : this.#speaker?.works ? 'open' : 'closed'
    const distorted: Amiss | null = echo === 'lost' ? { is: 'echo distorted' } : null
    const why = [this.#why.microphone, this.#why.speaker, distorted].filter((amiss) => amiss !== null)
    const fact: SoundFact = { microphone, speaker, echo, why }
    const same = fact.microphone === this.#fact.microphone && fact.speaker === this.#fact.speaker && fact.echo === this.#fact.echo
    if (this.#told && same && JSON.stringify(fact.why) === JSON.stringify(this.#fact.why)) return
    this.#told = true
    this.#fact = fact
    this.#say({ is: 'fact', fact })
  }

  #counts(): SoundCounts {
    const pace = this.#speaker?.pace
    const longestGap = this.#longestGap
    this.#longestGap = 0
    return {
      turns: this.#loop.turns,
      longestGap,
      ...this.#loop.counts,
      leftOut: pace?.dropped ?? 0,
      padded: pace?.padded ?? 0,
      drift: (pace?.drift ?? 0) * 1e6,
      waits: (pace?.waits ?? 0) / 48,
      pacing: pace?.state ?? 'none',
    }
  }
}

function trouble(what: 'microphone' | 'loudspeaker', device: Device, end: DeviceEnd): Amiss {
  if (device.is === 'auto') return { is: `no ${what}` }
  const plainly = typeof end === 'object' ? { said: plain(end.said) } : end
  return { is: `${what} fails`, name: device.is === 'alsa' ? device.name : null, end: plainly }
}

const plain = (why: string): string => why.trim().replace(/\.$/, '')
const wordsOf = (error: unknown): string => (error instanceof Fault ? error.message : String(error))
/** 0-100 to a factor; squared, since the ear counts in ratios. */
const gain = (volume: number): number => (Math.min(100, Math.max(0, volume)) / 100) ** 2

function broken(why: string): never {
  throw new Fault('sound-lost', `a part of the sound worker broke: ${why}`)
}

/** Sound is late after 10 ms, so it goes before what may wait; threads made from now on inherit it. Only root may, or a unit with LimitNICE. */
function goFirst(): void {
  try {
    setPriority(-11)
  } catch {
    // Then we wait our turn: on a machine that is not overloaded that is soon enough.
  }
}

let works: Works | null = null
// Whoever only reads this module (scripts/warm.ts) is given no priority and no canceller, whose threads would hold up its end.
if (process.send) {
  goFirst()
  const echo = await openEcho()
  runChild<SoundOrder, SoundNews>({
    onOrder: (order, say) => {
      if (order.do !== 'open') return works?.order(order)
      if (works) throw new Bug('sound is open already')
      const loop = new Loop(SEATS - 1, echo, REPLAY - 1)
      loop.muted = order.muted
      loop.volume = gain(order.volume)
      works = new Works(order, loop, say)
      works.start()
    },
    evidence: () => works?.evidence() ?? { in: 0, out: 0 },
    onStop: () => works?.stop(),
  })
}
