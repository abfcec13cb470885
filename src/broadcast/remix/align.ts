// align.ts — by how much one recording of a sound lies later in another: two clocks are compared by what both have heard. Pure.
//
// A voice kept by its own box is somewhere in the mix that another box made of all voices, with other voices over it, through codecs and
// losses. Cross-correlation finds where, and the phase transform (GCC-PHAT: Knapp and Carter 1976, "The generalized correlation method for
// estimation of time delay", IEEE ASSP-24) keeps the loudest tones of a voice from blurring it. Several stretches are asked; they have
// to agree, because one alone may lie in a pause or in a loss.

/** Samples a second of what is compared: half a millisecond. */
export const RATE = 2000

/** Samples at 48 kHz, 16 bit, made fewer: means of twenty-four. */
export function thinned(pcm: Int16Array): Float32Array {
  const by = 48_000 / RATE
  const out = new Float32Array(Math.floor(pcm.length / by))
  for (let i = 0; i < out.length; i++) {
    let sum = 0
    for (let k = 0; k < by; k++) sum += pcm[i * by + k] ?? 0
    out[i] = sum / by / 32_768
  }
  return out
}

export type Lag = {
  /** Seconds from a sound's place in the track to its place in the reference. */
  readonly seconds: number
  /** How much the peak stands out over all that lies elsewhere; from about 8 on it is no chance. */
  readonly clear: number
}

/** Seconds of one stretch; how many are asked; within which two of them agree. */
const STRETCH = 12
const STRETCHES = 5
const AGREE = 0.02
const CLEAR = 8
/** Seconds. */
const FADE = 0.5
const EDGE = 0.01
/** Another place that fits nearly as well: a share of the best. */
const RIVAL = 0.75
/** Quieter than that (mean square) nobody speaks. */
const SILENT = 1e-7

/**
 * @param reference all voices  @param track one of them, both at RATE, both from the same moment of their own clocks on
 * @param most seconds that the clocks may differ
 * @returns null when the track is not in it, or nobody can tell
 */
export function lagOf(reference: Float32Array, track: Float32Array, most: number): Lag | null {
  const found = loudest(track, STRETCH * RATE, STRETCHES).flatMap(
    (from) => lagAt(reference, track.subarray(from, from + STRETCH * RATE), from, most) ?? [],
  )
  const clear = found.filter((lag) => lag.clear >= CLEAR)
  const [best] = clear
    .map((lag) => clear.filter((other) => Math.abs(other.seconds - lag.seconds) <= AGREE))
    .sort((a, b) => b.length - a.length || sum(b) - sum(a))
  if (!best || best.length * 2 < clear.length) return null
  const seconds = best.map((lag) => lag.seconds).sort((a, b) => a - b)
  return { seconds: seconds[seconds.length >> 1] ?? 0, clear: Math.max(...best.map((lag) => lag.clear)) }
}
const sum = (lags: readonly Lag[]): number => lags.reduce((all, { clear }) => all + clear, 0)

/** Mean square; 0 of nothing. */
const powerOf = (sound: Float32Array): number => sound.reduce((all, x) => all + x * x, 0) / Math.max(1, sound.length)

/** Where the loudest stretches begin, none over another. */
function loudest(track: Float32Array, length: number, count: number): number[] {
  const places = Array.from({ length: Math.max(1, Math.floor(track.length / length)) }, (_, i) => {
    const part = track.subarray(i * length, (i + 1) * length)
    return { from: i * length, power: (powerOf(part) * part.length) / length }
  })
  return places
    .filter(({ power }) => power > SILENT)
    .sort((a, b) => b.power - a.power)
    .slice(0, count)
    .map(({ from }) => from)
}

function lagAt(reference: Float32Array, stretch: Float32Array, from: number, most: number): Lag | null {
  const reach = Math.ceil(most * RATE)
  const begin = from - reach
  const window = new Float32Array(stretch.length + 2 * reach)
  const known = reference.subarray(Math.max(0, begin), Math.max(0, begin + window.length))
  if (powerOf(known) < SILENT) return null
  window.set(known, Math.max(0, -begin))
  const found = correlation(faded(window), faded(stretch), 2 * reach + 1)
  // At the very edge of what was looked at, it is not a peak but the slope of something else.
  if (!found || Math.min(found.at, 2 * reach - found.at) < EDGE * RATE) return null
  return { seconds: (found.at - reach) / RATE, clear: found.clear }
}

/** A copy without the hard edges of having been cut out, which would fit one another best of all. */
function faded(sound: Float32Array): Float32Array {
  const ramp = Math.min(FADE * RATE, sound.length / 2)
  return sound.map((x, i) => x * Math.min(1, (i + 0.5) / ramp, (sound.length - i - 0.5) / ramp))
}

/** Where `part` lies in `whole`, by the phase transform. @param lags how many places are looked at, from 0 */
function correlation(whole: Float32Array, part: Float32Array, lags: number): { at: number; clear: number } | null {
  const size = 2 ** Math.ceil(Math.log2(whole.length + part.length))
  // Both in one go: one is the real half, one the imaginary; what they are each follows from the symmetry of real signals.
  const [re, im] = [new Float64Array(size), new Float64Array(size)]
  re.set(whole)
  im.set(part)
  transform(re, im)
  const [outRe, outIm] = [new Float64Array(size), new Float64Array(size)]
  let power = 0
  for (let i = 0; i < size; i++) power += abs2(partAt(re, im, i))
  const weak = power / size / 100
  for (let i = 0; i < size; i++) {
    const mirror = (size - i) % size
    const ar = (at(re, i) + at(re, mirror)) / 2
    const ai = (at(im, i) - at(im, mirror)) / 2
    const [br, bi] = partAt(re, im, i)
    // What the part hardly has is noise of the whole alone.
    if (br * br + bi * bi < weak) continue
    const x = ar * br + ai * bi
    const y = ai * br - ar * bi
    const weight = 1 / (Math.sqrt(x * x + y * y) + 1e-12)
    outRe[i] = x * weight
    // Conjugated, so that the same transform goes back.
    outIm[i] = -y * weight
  }
  transform(outRe, outIm)
  let [found, peak, squares] = [-1, 0, 0]
  for (let i = 0; i < lags; i++) {
    const value = at(outRe, i)
    squares += value * value
    if (value > peak) {
      found = i
      peak = value
    }
  }
  const usual = Math.sqrt(squares / lags)
  if (found < 0 || usual === 0) return null
  // A tone is as well in step one wave later: what fits in two places says nothing.
  for (let i = 0; i < lags; i++) if (Math.abs(i - found) > AGREE * RATE && at(outRe, i) > RIVAL * peak) return null
  return { at: found, clear: peak / usual }
}

const at = (all: Float64Array, i: number): number => all[i] ?? 0
const abs2 = ([re, im]: readonly [number, number]): number => re * re + im * im
function partAt(re: Float64Array, im: Float64Array, i: number): readonly [number, number] {
  const mirror = (re.length - i) % re.length
  return [(at(im, i) + at(im, mirror)) / 2, (at(re, mirror) - at(re, i)) / 2]
}

/** Fast Fourier transform in place (Cooley and Tukey, radix 2), not scaled. */
function transform(re: Float64Array, im: Float64Array): void {
  const size = re.length
  for (let i = 1, j = 0; i < size; i++) {
    let bit = size >> 1
    for (; j & bit; bit >>= 1) j ^= bit
    j ^= bit
    if (i < j) {
      const [r, m] = [at(re, i), at(im, i)]
      re[i] = at(re, j)
      im[i] = at(im, j)
      re[j] = r
      im[j] = m
    }
  }
  const half = size / 2
  const [cos, sin] = [new Float64Array(half), new Float64Array(half)]
  for (let k = 0; k < half; k++) {
    cos[k] = Math.cos((2 * Math.PI * k) / size)
    sin[k] = -Math.sin((2 * Math.PI * k) / size)
  }
  for (let width = 1; width < size; width *= 2) {
    const step = half / width
    for (let from = 0; from < size; from += 2 * width) {
      for (let k = 0, p = from, q = from + width; k < half; k += step, p++, q++) {
        const c = at(cos, k)
        const s = at(sin, k)
        const qr = at(re, q)
        const qi = at(im, q)
        const xr = qr * c - qi * s
        const xi = qr * s + qi * c
        const pr = at(re, p)
        const pi = at(im, p)
        re[p] = pr + xr
        im[p] = pi + xi
        re[q] = pr - xr
        im[q] = pi - xi
      }
    }
  }
}
