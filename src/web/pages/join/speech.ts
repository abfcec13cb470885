// speech.ts — how loud our microphone is, for the ear (lib/speech.ts) and for the meter that people see. Pure.

/** Loudness of samples between -1 and 1, in dBFS; -100 for nothing at all. */
export function loudness(samples: Float32Array): number {
  let sum = 0
  for (const sample of samples) sum += sample * sample
  return samples.length === 0 || sum === 0 ? -100 : Math.max(-100, 10 * Math.log10(sum / samples.length))
}

/** 0 to 1 for a meter that people read: -60 dBFS is empty, -6 dBFS is full. */
export function meter(level: number): number {
  return Math.max(0, Math.min(1, (level + 60) / 54))
}
