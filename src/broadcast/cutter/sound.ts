// sound.ts — a sound track in the cutter: frames of equal length, counted, held to the picture's clock.
//
// Sound is decoded frame after frame whatever their times say, so times here are counts of samples: no rounding ever adds up. Each frame is compared
// with where its own time would put it; once that is three quarters of a frame off (another clock in the sound card, a frame lost),
// a frame is put in or left out. So sound is never further from the picture than that, after hours too. A sound that does not come at
// all is silence: the picture does not wait for it longer than LATE.
import type { Description } from '../../wire/manifest.ts'
import { AAC_SAMPLES, aacIn, aacSilence, opusSamples, opusSilence } from './aac.ts'
import type { Cut, Line } from './cut.ts'
import type { Frame } from './gdp.ts'
import type { Grid, Mark } from './grid.ts'
import { type SoundConfig, soundInit } from './init.ts'

export type SoundPlan = {
  readonly kind: 'audio'
  readonly track: number
  /** In addresses, like `sound`. */
  readonly name: string
  /** ADTS packets, or packets of Opus (20 ms). */
  readonly codec: 'aac' | 'opus'
  /** Opus does not say it; ADTS is believed instead. */
  readonly channels: number
  readonly sampleRate: number
  /** Samples that the encoder puts before the sound without saying so in its times (ffmpeg's AAC: 1024). Opus: what it says as pre-skip. */
  readonly delay: number
  readonly bandwidth: number
}

/** Seconds the picture is ahead before a missing sound counts as silence. */
const LATE = 0.5
/** Seconds of sound that are kept while there is no picture. */
const WAITING = 4
/** Frames off. */
const OFF = 0.75

export class SoundTrack {
  readonly plan: SoundPlan
  readonly line: Line
  /** Frames put in as silence or as a repeat, and frames left out. */
  filled = 0
  left = 0
  readonly #grid: Grid
  readonly #length: number
  #config: SoundConfig | null = null
  #told = false
  #waiting: Frame[] = []
  #frames: Uint8Array[] = []
  /** The time of the first of #frames, and the time after the last, samples; null before the first of a stretch. */
  #start = 0
  #next: number | null = null
  #mark: Mark | null = null
  #part = 0

  constructor(plan: SoundPlan, grid: Grid, line: Line) {
    this.plan = plan
    this.line = line
    this.#grid = grid
    this.#length = plan.codec === 'aac' ? AAC_SAMPLES : 960
    if (plan.codec === 'opus') this.#config = { codec: 'opus', sampleRate: 48_000, channels: plan.channels, preSkip: plan.delay }
  }

  /** Keeps a frame until the picture's time reaches it. */
  take(frame: Frame): void {
    const { sampleRate } = this.plan
    const bytes = this.#frameIn(frame.bytes)
    if (!bytes) return
    const delay = this.plan.codec === 'aac' ? (this.plan.delay * 1e9) / sampleRate : 0
    this.#waiting.push({ pts: frame.pts - delay, bytes })
    if (this.#waiting.length > (WAITING * sampleRate) / this.#length) this.#waiting.shift()
  }

  /** All parts that are whole now. @param isRunning is there a picture whose time to go by? */
  drain(isRunning: boolean): Cut[] {
    if (!isRunning) return []
    for (const frame of this.#waiting.splice(0)) this.#place(frame)
    const cuts: Cut[] = []
    for (let cut = this.#cut(); cut; cut = this.#cut()) cuts.push(...cut)
    return cuts
  }

  /** The stretch is over: what belongs to it, up to the picture's end. */
  close(): Cut[] {
    const cuts = this.drain(this.#mark !== null || this.#grid.marks.length > 0)
    const end = this.#grid.ticks(this.#grid.next, this.plan.sampleRate)
    const count = Math.min(this.#frames.length, Math.max(0, Math.ceil((end - this.#start) / this.#length)))
    if (count > 0 && this.#mark) cuts.push(...this.#give(count, this.#mark))
    this.reset()
    return cuts
  }

  reset(): void {
    this.#frames = []
    this.#next = null
    this.#mark = null
    this.#part = 0
  }

  #frameIn(packet: Uint8Array): Uint8Array | null {
    if (this.plan.codec === 'opus') return opusSamples(packet) === this.#length ? packet : null
    const aac = aacIn(packet)
    if (!aac || aac.sampleRate !== this.plan.sampleRate) return null
    const { sampleRate, channels, config, frame } = aac
    this.#config ??= { codec: 'aac', sampleRate, channels, config }
    return frame
  }

  #place({ pts, bytes }: Frame): void {
    const begin = this.#grid.ticks(0, this.plan.sampleRate)
    const meant = this.#grid.ticksOf(pts, this.plan.sampleRate)
    if (this.#next === null) {
      // From before the picture began: nobody would hear it.
      const earliest = Math.max(begin, this.line.end)
      if (meant < earliest) return
      // It came late: silence until then, so that this frame lies exactly where it belongs.
      const silent = Math.min(Math.floor((meant - earliest) / this.#length), Math.floor((WAITING * this.plan.sampleRate) / this.#length))
      this.#next = meant - silent * this.#length
      for (let i = 0; i < silent; i++) this.#push(this.#silence())
      this.filled += silent
    }
    const off = (meant - this.#next) / this.#length
    if (off < -OFF) {
      this.left++
      return
    }
    const missing = off > OFF ? Math.round(off) : 0
    for (let i = 0; i < missing; i++) this.#push(missing === 1 ? bytes : this.#silence())
    this.filled += missing
    this.#push(bytes)
  }

  #push(bytes: Uint8Array): void {
    if (this.#frames.length === 0) this.#start = this.#next ?? 0
    this.#frames.push(bytes)
    this.#next = (this.#next ?? 0) + this.#length
  }

  #silence(): Uint8Array {
    const channels = this.#config?.channels ?? this.plan.channels
    return this.plan.codec === 'aac' ? aacSilence(channels) : opusSilence(channels)
  }

  /** The next part, if it can be known and is there; an empty list when a part of the grid holds no sound frame; null: not yet. */
  #cut(): Cut[] | null {
    const { sampleRate } = this.plan
    const { marks, partSlots, next } = this.#grid
    this.#mark ??= marks[0] ?? null
    const mark = this.#mark
    if (!mark) return null
    const following = marks.find(({ number }) => number > mark.number)
    const from = mark.slot + this.#part * partSlots
    if (following && following.slot <= from) {
      this.#mark = following
      this.#part = 0
      return []
    }
    // Whether another segment begins just here is known only when the picture has been here.
    if (next <= from) return null
    const to = Math.min(from + partSlots, following?.slot ?? Number.POSITIVE_INFINITY)
    const end = this.#grid.ticks(to, sampleRate)
    if (this.#grid.ticks(next, sampleRate) >= end + LATE * sampleRate) this.#fill(end)
    if (this.#next === null || this.#next < end) return null
    this.#part++
    const count = Math.min(this.#frames.length, Math.max(0, Math.ceil((end - this.#start) / this.#length)))
    return count > 0 ? this.#give(count, mark) : []
  }

  #fill(end: number): void {
    this.#next ??= Math.max(this.#grid.ticks(0, this.plan.sampleRate), this.line.end)
    while (this.#next < end) {
      this.#push(this.#silence())
      this.filled++
    }
  }

  #give(count: number, mark: Mark): Cut[] {
    const samples = this.#frames.splice(0, count).map((bytes) => ({ bytes, duration: this.#length, isKey: true }))
    const start = this.#start
    this.#start += count * this.#length
    return [...this.#inits(), this.line.part(mark, start, samples)]
  }

  #inits(): Cut[] {
    const { plan } = this
    // A sound of which nothing ever came is silence of the kind that was meant.
    this.#config ??= { codec: 'aac', sampleRate: plan.sampleRate, channels: plan.channels, config: aacConfig(plan) }
    if (this.#told) return []
    this.#told = true
    return [{ is: 'init', track: plan.track, description: this.#describe(), bytes: soundInit(this.#config, plan.bandwidth) }]
  }

  #describe(): Description {
    const { name, codec, bandwidth, sampleRate } = this.plan
    const { rate, partSlots, segmentSlots } = this.#grid
    const frames = (slots: number) => Math.ceil((slots * rate[1] * sampleRate) / rate[0] / this.#length - 1e-9) * this.#length
    return {
      kind: 'audio',
      name,
      codecs: codec === 'aac' ? 'mp4a.40.2' : 'opus',
      timescale: sampleRate,
      partTarget: frames(partSlots),
      segmentTarget: frames(segmentSlots),
      bandwidth,
      channels: this.#config?.channels ?? this.plan.channels,
      sampleRate,
    }
  }
}

const RATES = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000]
function aacConfig({ sampleRate, channels }: SoundPlan): Uint8Array {
  const index = Math.max(0, RATES.indexOf(sampleRate))
  return Uint8Array.of((2 << 3) | (index >> 1), ((index & 1) << 7) | (channels << 3))
}
