// wave.ts — waves for tests: sines, noise that is the same each time, and how much of a tone is in a piece of sound.
export function sine(hertz: number, samples: number, options: { from?: number; peak?: number; rate?: number } = {}): Float32Array {
  const { from = 0, peak = 0.5, rate = 48_000 } = options
  return Float32Array.from({ length: samples }, (_, i) => peak * Math.sin((2 * Math.PI * hertz * (from + i)) / rate))
}

/** Peak of the tone at that frequency (Goertzel, Hann window). */
export function tone(samples: ArrayLike<number>, hertz: number, rate = 48_000): number {
  let re = 0
  let im = 0
  for (let i = 0; i < samples.length; i++) {
    const hann = 1 - Math.cos((2 * Math.PI * i) / samples.length)
    const angle = (2 * Math.PI * hertz * i) / rate
    re += (samples[i] ?? 0) * hann * Math.cos(angle)
    im += (samples[i] ?? 0) * hann * Math.sin(angle)
  }
  return (2 * Math.hypot(re, im)) / samples.length
}

/** The biggest jump from one sample to the next. */
export function biggestJump(samples: ArrayLike<number>): number {
  let most = 0
  for (let i = 1; i < samples.length; i++) most = Math.max(most, Math.abs((samples[i] ?? 0) - (samples[i - 1] ?? 0)))
  return most
}
