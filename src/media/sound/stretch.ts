// stretch.ts — samples go in at one clock's pace and come out at another's: a ring read at a fractional step.
//
// Two clocks of "48 kHz" differ by up to some 200 millionths. Between samples the wave is found with a windowed sinc
// (32 taps, Kaiser, beta 8; Julius O. Smith, "Digital Audio Resampling"): errors stay below -85 dB up to 16 kHz.
// It decides nothing: drift.ts says the step.

const TAPS = 32
const HALF = TAPS / 2
const PHASES = 256
/** Shape of the Kaiser window. */
const BETA = 8
const KERNEL = kernel()

export class Stretch {
  /** Samples lost because nobody read. */
  dropped = 0
  readonly #ring: Float32Array
  readonly #mask: number
  /** Samples written since the beginning. */
  #written = HALF
  /** The next sample to read is at #at + #between, counted as #written is. */
  #at = HALF
  #between = 0

  /** @param capacity samples, a power of two */
  constructor(capacity: number) {
    this.#ring = new Float32Array(capacity)
    this.#mask = capacity - 1
  }

  /** Samples that wait, in the writer's measure. 16 of them stay until their neighbours have come. */
  get waiting(): number {
    return this.#written - this.#at - this.#between
  }

  /** Adds samples. When there is no room the oldest are lost. */
  write(samples: Float32Array, count: number = samples.length): void {
    for (let i = 0; i < count; i++) this.#ring[(this.#written + i) & this.#mask] = samples[i] ?? 0
    this.#written += count
    const over = this.#written - this.#at + HALF - this.#ring.length
    if (over > 0) {
      this.#at += over
      this.dropped += over
    }
  }

  /**
   * Reads up to `count` samples into `out` and gives how many there were.
   * @param step how far to go in the writer's samples for each one read: 1.0001 reads 100 millionths faster than real time
   */
  read(out: Float32Array, count: number, step: number): number {
    let done = 0
    while (done < count && this.#at + HALF < this.#written) {
      out[done++] = this.#between === 0 ? (this.#ring[this.#at & this.#mask] ?? 0) : this.#sinc()
      const next = this.#between + step
      const whole = Math.floor(next)
      this.#at += whole
      this.#between = next - whole
    }
    return done
  }

  /** Forgets the next `count` samples, or as many as wait. */
  skip(count: number): void {
    this.#at = Math.min(this.#written, this.#at + Math.max(0, Math.floor(count)))
  }

  clear(): void {
    this.#at = this.#written
    this.#between = 0
    this.#ring.fill(0)
  }

  #sinc(): number {
    const phase = this.#between * PHASES
    const row = Math.floor(phase)
    const part = phase - row
    const k = row * TAPS
    const from = this.#at - HALF + 1
    let sum = 0
    for (let i = 0; i < TAPS; i++) {
      const low = KERNEL[k + i] ?? 0
      sum += (this.#ring[(from + i) & this.#mask] ?? 0) * (low + ((KERNEL[k + TAPS + i] ?? 0) - low) * part)
    }
    return sum
  }
}

/** Row p holds the taps for a point p/256 of the way from one sample to the next. */
function kernel(): Float32Array {
  const table = new Float32Array((PHASES + 2) * TAPS)
  for (let p = 0; p <= PHASES; p++) {
    let sum = 0
    const row = table.subarray(p * TAPS, (p + 1) * TAPS)
    for (let i = 0; i < TAPS; i++) {
      const x = i - HALF + 1 - p / PHASES
      const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)
      row[i] = sinc * kaiser(x / HALF)
      sum += row[i] ?? 0
    }
    for (let i = 0; i < TAPS; i++) row[i] = (row[i] ?? 0) / sum
  }
  return table
}

/** The Kaiser window, 1 in the middle, 0 outside -1..1. */
function kaiser(x: number): number {
  return Math.abs(x) > 1 ? 0 : bessel(BETA * Math.sqrt(1 - x * x)) / bessel(BETA)
}

/** I0, the modified Bessel function of order zero, by its series. */
function bessel(x: number): number {
  let sum = 1
  let term = 1
  for (let k = 1; k < 40; k++) {
    term *= (x / (2 * k)) ** 2
    sum += term
  }
  return sum
}
