// flow.ts — one call over a simulated way: camera and microphone at one end, transport-wide feedback from the other.
import { Estimate } from '../../../src/call/adapt/estimate.ts'
import { readFeedback } from '../../../src/call/adapt/feedback.ts'
import { Pacer } from '../../../src/call/adapt/pacer.ts'
import { SentPackets } from '../../../src/call/adapt/sent.ts'
import { TwccReceiver } from '../../../src/call/werift/twcc.ts'
import { chances } from '../../fake/dice.ts'
import type { Way, World } from './way.ts'

export type FlowSettings = {
  readonly name: string
  readonly start?: number
  /** Most that the camera makes, bits per second; 0 while it is closed. */
  camera?: number
  readonly most?: number
  /** Its picture moves more, then less: the encoder stays up to three tenths below what it is asked for. */
  readonly isRestless?: boolean
  readonly seed?: number
  /** The way back: ms, and the share of feedback that is lost. */
  readonly back?: { readonly delay: number; readonly loss?: number }
}

type Sent = { readonly kind: 'sound' | 'picture'; readonly bytes: number; readonly frame: number }
/** RTP payload 1100, header and extension 20, SRTP 16, UDP and IP 28. */
const PACKET = 1164
const OVERHEAD = 64
const SOUND = 100 + OVERHEAD

export class Flow {
  readonly estimate: Estimate
  readonly pacer: Pacer<Sent>
  readonly sent = new SentPackets()
  /** Target once every 100 ms. */
  readonly targets: Array<{ at: number; bps: number }> = []
  /** When sound and frames came. */
  readonly sounds: number[] = []
  readonly frames: number[] = []
  readonly settings: FlowSettings
  padded = 0
  soundSent = 0
  readonly #world: World
  readonly #way: Way
  readonly #receiver = new TwccReceiver()
  readonly #dice: () => number
  readonly #missing = new Map<number, number>()
  #frame = 0
  #owed = 0
  #motion = 1
  #movesUntil = 0

  constructor(world: World, way: Way, settings: FlowSettings) {
    this.settings = settings
    this.#world = world
    this.#way = way
    this.#dice = chances(settings.seed ?? 7)
    const start = settings.start ?? 300_000
    this.estimate = new Estimate({ start, least: 50_000, most: settings.most ?? 5_000_000 })
    this.pacer = new Pacer<Sent>(
      {
        send: (packet, cluster) => this.#send(packet, cluster),
        pad: (bytes, cluster) => {
          this.padded += bytes + OVERHEAD
          this.#send({ kind: 'picture', bytes: bytes + OVERHEAD, frame: -1 }, cluster)
          return bytes + OVERHEAD
        },
        onDrop: () => {},
      },
      start,
    )
  }

  start(): void {
    const world = this.#world
    const { back = { delay: 20 } } = this.settings
    world.every(20, () => {
      this.soundSent++
      this.pacer.take('sound', { kind: 'sound', bytes: SOUND, frame: -1 }, SOUND, world.now)
    })
    world.every(1000 / 30, () => this.#shoot())
    world.every(5, () => {
      if (!this.pacer.isIdle) this.pacer.tick(world.now)
    })
    world.every(25, () => {
      const probe = this.estimate.tick(world.now)
      if (probe) this.pacer.probe(probe)
      this.pacer.aim(this.estimate.target, this.estimate.pace)
    })
    world.every(50, () => {
      for (let packet = this.#receiver.feedback(1, 2); packet; packet = this.#receiver.feedback(1, 2)) {
        const told = readFeedback(packet)
        if (!told) throw new Error('our own feedback is malformed')
        if (this.#dice() < (back.loss ?? 0)) continue
        world.after(back.delay, () => this.estimate.heard(this.sent.resolve(told), world.now))
      }
    })
    world.every(100, () => this.targets.push({ at: world.now, bps: this.estimate.target }))
  }

  /** An encoder that obeys at once, with frames of uneven size, and a keyframe of five frames' size every four seconds. */
  #shoot(): void {
    const most = this.settings.camera ?? 10_000_000
    if (most === 0) return
    const rate = Math.min(most, Math.max(30_000, this.estimate.target - SOUND * 8 * 50))
    const usual = ((this.#move() * rate) / 8 / 30) * (1 - OVERHEAD / PACKET)
    const number = this.#frame++
    let bytes = usual * (0.75 + 0.5 * this.#dice())
    if (number % 120 === 0) {
      this.#owed = usual * 4
      bytes = usual * 5
    } else {
      const back = Math.min(this.#owed, usual * 0.4)
      this.#owed -= back
      bytes -= back
    }
    const packets = Math.max(1, Math.ceil(bytes / 1100))
    this.#missing.set(number, packets)
    for (let i = 0; i < packets; i++) {
      const size = Math.round(bytes / packets) + OVERHEAD
      this.pacer.take('picture', { kind: 'picture', bytes: size, frame: number }, size, this.#world.now)
    }
  }

  /** Of what the encoder may make, what it takes for the picture of now. */
  #move(): number {
    const { now } = this.#world
    if (this.settings.isRestless && now >= this.#movesUntil) {
      this.#movesUntil = now + 400 + 1200 * this.#dice()
      this.#motion = 0.7 + 0.32 * this.#dice()
    }
    return this.#motion
  }

  #send(packet: Sent, cluster: number): void {
    const world = this.#world
    const sequence = this.sent.stamp(world.now, packet.bytes, cluster)
    this.estimate.sent(packet.bytes, world.now)
    this.#way.send(this.settings.name, packet.bytes, () => {
      this.#receiver.saw(sequence, Math.round((world.now + 123_456) * 1000))
      if (packet.kind === 'sound') this.sounds.push(world.now)
      else if (packet.frame >= 0) {
        const left = (this.#missing.get(packet.frame) ?? 0) - 1
        this.#missing.set(packet.frame, left)
        if (left === 0) this.frames.push(world.now)
      }
    })
  }
}
