// own.ts — our own camera and microphone of one recorded call, as they were before any network: coded packets in, signed updates out.
//
// It is a program of its own, under a key of its own (keyOfOwn): nobody who watches the broadcast could be given an object of it in its place, or the
// other way round. Nothing is encoded again. Pictures keep their own times, to the tick; both tracks count from one moment, and each
// part says what the wall clock was. What is away is away: a closed camera leaves a hole, and so does a muted microphone; who plays it
// puts the last picture or silence there.
//
//   track 0   H.264, 90 kHz; a part is half a second, and begins anew at each keyframe
//   track 1   Opus, frames as they come, counted, and held to the wall clock as in cutter/sound.ts
//
// Packet path: packets are handed over as they pass. Bounded; never waits, never throws for what a packet holds.
import { Tally } from '../../lib/tally.ts'
import { bytesOf, derive } from '../../wire/crypto.ts'
import type { Identity } from '../../wire/key.ts'
import type { Description } from '../../wire/manifest.ts'
import { opusSamples, opusSilence } from '../cutter/aac.ts'
import type { Cut } from '../cutter/cut.ts'
import { codecOf, type ParameterSets, type Shape, shapeOf } from '../cutter/h264.ts'
import { soundInit, VIDEO_TIMESCALE, videoInit } from '../cutter/init.ts'
import { Ledger } from '../ledger.ts'
import { WallTime } from '../program/wall.ts'
import type { Published, Update } from '../program.ts'
import { Depacket, payloadOf, RtpClock, type Shot } from './depacket.ts'
import { Strip } from './strip.ts'

/** The secret of the key that own tracks are signed with, out of the box's own. */
export const secretOfOwn = (secretKey: Uint8Array): Uint8Array => derive(secretKey, bytesOf('parlor/1'), 'own tracks', 32)

export const OWN = { picture: 0, sound: 1 } as const
const SOUND_RATE = 48_000

export type OwnPlan = {
  /** Of secretOfOwn. */
  readonly identity: Pick<Identity, 'publicKey' | 'sign'>
  readonly before: Published | null
  /** Frames a second that the camera means to give. */
  readonly fps: number
  /** Wall clock, ms since 1970. */
  readonly now: () => number
  /** May be asked for every packet. */
  readonly wantKeyframe: () => void
}

/** Numbers left free between runs. */
const SPARE = 100
/** Seconds: a part, a segment at least, a pause that is a hole. */
const PART = 0.5
const SEGMENT = 2
const HOLE = 0.5
/** Frames of sound off before one is put in or left out. */
const OFF = 0.75
/** Promised to playlists that nobody makes: bits a second. */
const BANDWIDTH = { picture: 20_000_000, sound: 96_000 }
/** Samples that the Opus encoder needs beforehand (RFC 7845, 4.2): 6.5 ms at 48 kHz. */
const PRE_SKIP = 312

export class Own {
  /** What was left out, and why. */
  readonly odd = new Tally()
  readonly #plan: OwnPlan
  readonly #ledger: Ledger
  readonly #depacket = new Depacket()
  readonly #walls: { readonly picture: WallTime; readonly sound: WallTime }
  readonly #soundClock = new RtpClock()
  readonly #picture: Strip
  readonly #sound: Strip
  /** The wall clock at time 0 of both tracks; null before anything came. */
  #zero: number | null = null
  #segment: number
  #segmentAt = Number.NEGATIVE_INFINITY
  #sets: ParameterSets | null = null
  #shape: Shape | null = null
  #told = ''
  #toldSound = false
  /** The picture whose length is not known yet. */
  #held: { readonly start: number; readonly bytes: Uint8Array; readonly isKey: boolean } | null = null
  #usual: number
  #hasEnded = false

  constructor(plan: OwnPlan) {
    const { before, now, fps } = plan
    this.#plan = plan
    this.#ledger = new Ledger(plan)
    this.#walls = { picture: new WallTime(now), sound: new WallTime(now) }
    this.#segment = before ? before.segment + SPARE : 1
    this.#usual = Math.round(VIDEO_TIMESCALE / fps)
    const sequence = before ? before.sequence + SPARE : 1
    const wall = (ticks: number, timescale: number) => (this.#zero ?? 0) + (ticks * 1000) / timescale
    this.#picture = new Strip({ track: OWN.picture, timescale: VIDEO_TIMESCALE, sequence, wall })
    this.#sound = new Strip({ track: OWN.sound, timescale: SOUND_RATE, sequence, wall })
  }

  get run(): number {
    return this.#ledger.run
  }

  /** A packet of our camera, RTP of H.264. Gives what is to be kept now: mostly nothing. */
  camera(packet: Uint8Array): Update[] {
    if (this.#hasEnded) return []
    const shot = this.#depacket.take(packet)
    if (this.#depacket.isBroken) this.#plan.wantKeyframe()
    return shot ? this.#ledger.take(this.#takeShot(shot)) : []
  }

  /** A packet of our microphone, RTP of Opus. While it is muted, none may come. */
  microphone(packet: Uint8Array): Update[] {
    if (this.#hasEnded) return []
    const payload = payloadOf(packet)
    const length = payload ? opusSamples(payload) : 0
    if (!payload || length === 0) {
      this.odd.add('no Opus')
      return []
    }
    const stamp = new DataView(packet.buffer, packet.byteOffset, packet.byteLength).getUint32(4)
    return this.#ledger.take(this.#takeSound(this.#soundClock.ticks(stamp), payload.slice(), length))
  }

  /** The last of it. Nothing comes after. */
  end(): Update[] {
    if (this.#hasEnded) return []
    this.#hasEnded = true
    const cuts = [...this.#closeHeld(this.#usual), ...this.#picture.close(), ...this.#sound.close()]
    return [...this.#ledger.take(cuts), this.#ledger.end()]
  }

  /** What was left out so far, by kind. */
  counts(): Record<string, number> {
    return { ...this.#depacket.odd.counts(), ...this.odd.counts() }
  }

  #takeShot({ ticks, picture }: Shot): Cut[] {
    const start = this.#startOf(this.#walls.picture, ticks, VIDEO_TIMESCALE)
    const { sps, pps, isKey, sample } = picture
    if (sps && pps) this.#sets = { sps, pps }
    if (isKey && sps) this.#shape = shapeOf(sps)
    if (!this.#sets || !this.#shape) {
      this.odd.add('no parameter sets')
      this.#plan.wantKeyframe()
      return []
    }
    const since = this.#held ? start - this.#held.start : 0
    const isHole = this.#held !== null && since > HOLE * VIDEO_TIMESCALE
    if (this.#held && since < 1) {
      this.odd.add('pictures of one moment')
      return []
    }
    if (this.#held && !isHole) this.#usual = since
    const cuts = this.#closeHeld(isHole ? this.#usual : since)
    if (isHole || isKey || this.#picture.length >= PART * VIDEO_TIMESCALE) cuts.push(...this.#picture.close())
    if (isKey) {
      cuts.push(...this.#describePicture(this.#sets, this.#shape))
      if (start / VIDEO_TIMESCALE - this.#segmentAt >= SEGMENT) this.#nextSegment(start / VIDEO_TIMESCALE)
    }
    this.#held = { start, bytes: sample, isKey }
    return cuts
  }

  /** The last picture gets its length. */
  #closeHeld(duration: number): Cut[] {
    const held = this.#held
    this.#held = null
    return held ? this.#picture.add(held.start, { bytes: held.bytes, isKey: held.isKey, duration }, this.#segment) : []
  }

  #takeSound(ticks: number, bytes: Uint8Array, length: number): Cut[] {
    const meant = this.#startOf(this.#walls.sound, ticks, SOUND_RATE)
    const cuts: Cut[] = this.#describeSound()
    const off = (meant - this.#sound.end) / length
    if (this.#sound.end === 0 || off * length > HOLE * SOUND_RATE) {
      cuts.push(...this.#sound.close())
      if (meant < this.#sound.end) return cuts
      return [...cuts, ...this.#hear(meant, bytes, length)]
    }
    if (off < -OFF) {
      this.odd.add('sound frames left out')
      return cuts
    }
    for (let missing = off > OFF ? Math.round(off) : 0; missing > 0; missing--) {
      this.odd.add('sound frames put in')
      cuts.push(...this.#hear(this.#sound.end, opusSilence(1, length), length))
    }
    return [...cuts, ...this.#hear(this.#sound.end, bytes, length)]
  }

  #hear(start: number, bytes: Uint8Array, duration: number): Cut[] {
    // Where there is no picture, the sound leads.
    const at = start / SOUND_RATE
    const cuts: Cut[] = []
    if (at - this.#segmentAt >= 3 * SEGMENT) {
      cuts.push(...this.#sound.close())
      this.#nextSegment(at)
    }
    cuts.push(...this.#sound.add(start, { bytes, duration, isKey: true }, this.#segment))
    return this.#sound.length >= PART * SOUND_RATE ? [...cuts, ...this.#sound.close()] : cuts
  }

  #nextSegment(at: number): void {
    this.#segment++
    this.#segmentAt = at
  }

  /** Ticks from the zero of both tracks. */
  #startOf(wall: WallTime, ticks: number, timescale: number): number {
    const pts = (ticks * 1e9) / timescale
    wall.heard(pts)
    const at = wall.of(pts)
    this.#zero ??= at
    return Math.max(0, Math.round(((at - this.#zero) * timescale) / 1000))
  }

  #describePicture(sets: ParameterSets, shape: Shape): Cut[] {
    const bytes = videoInit(sets, shape)
    const name = bytes.join()
    if (name === this.#told) return []
    this.#told = name
    const { width, height } = shape
    const common = { name: 'camera', codecs: codecOf(shape), timescale: VIDEO_TIMESCALE, bandwidth: BANDWIDTH.picture }
    const description: Description = {
      ...{ kind: 'video', ...common, ...targets(VIDEO_TIMESCALE), width, height },
      rate: [this.#plan.fps, 1],
    }
    return [{ is: 'init', track: OWN.picture, description, bytes }]
  }

  #describeSound(): Cut[] {
    if (this.#toldSound) return []
    this.#toldSound = true
    const common = { name: 'microphone', codecs: 'opus', timescale: SOUND_RATE, bandwidth: BANDWIDTH.sound }
    const description: Description = { kind: 'audio', ...common, ...targets(SOUND_RATE), channels: 1, sampleRate: SOUND_RATE }
    const bytes = soundInit({ codec: 'opus', sampleRate: SOUND_RATE, channels: 1, preSkip: PRE_SKIP }, BANDWIDTH.sound)
    return [{ is: 'init', track: OWN.sound, description, bytes }]
  }
}

const targets = (timescale: number) => ({ partTarget: 2 * PART * timescale, segmentTarget: 3 * SEGMENT * timescale })
