// tone.ts — which tones are in a stretch of sound, by Goertzel's filter over a Hann window (Goertzel 1958).

/** The level of one frequency in dBFS: 0 is a full-scale sine, silence is about -120. */
export function level(samples: Float32Array, rate: number, hz: number): number {
  const turn = 2 * Math.cos((2 * Math.PI * hz) / rate)
  let last = 0
  let before = 0
  samples.forEach((sample, i) => {
    const next = sample * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / samples.length)) + turn * last - before
    before = last
    last = next
  })
  const power = last * last + before * before - turn * last * before
  return 10 * Math.log10(Math.max(power, 1e-12) / (samples.length / 4) ** 2)
}

/** Interleaved 16-bit little-endian samples as one channel of -1 to 1: the mean of all channels. */
export function mono(pcm: Buffer, channels: number): Float32Array {
  const frames = Math.floor(pcm.length / 2 / channels)
  const out = new Float32Array(frames)
  for (let i = 0; i < frames; i++) {
    let sum = 0
    for (let c = 0; c < channels; c++) sum += pcm.readInt16LE((i * channels + c) * 2)
    out[i] = sum / channels / 32_768
  }
  return out
}
