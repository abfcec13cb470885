// measure.ts — what a room tells: how much weaker the echo leaves, how much of the near voice stays, how long sound takes. Pure.
import { noiseFrom } from '../../test/fake/dice.ts'
import { type Acoustics, energy, RATE, ratio } from './acoustics.ts'

/** Seconds of the microphone's clock. The far end talks from FAR to FAR_ENDS, the near one during it and again alone, in the same words. */
export const FAR = 4
export const FAR_ENDS = 18
export const NEAR = { during: 9.5, alone: 19.5, seconds: 4 } as const
export const ENDS = { plain: 17.5, doubleTalk: 24.5 } as const

/** The rooms. `clipped` is there to show what no linear filter can do; it does not count for the worst. */
export const ROOMS: readonly Acoustics[] = [
  { name: '20 ms', delay: 20 },
  { name: '80 ms', delay: 80 },
  { name: '250 ms', delay: 250 },
  { name: '450 ms', delay: 450 },
  { name: 'reverberant', delay: 80, reverb: 150 },
  { name: 'drift +100 ppm', delay: 80, drift: 100 },
  { name: 'drift -100 ppm', delay: 80, drift: -100 },
  { name: 'double talk', delay: 80, doubleTalk: true },
  { name: 'clipped', delay: 80, reverb: 150, clip: 0.25 },
].map((room) => ({ reverb: 0, drift: 0, clip: null, doubleTalk: false, ...room }))

export type Heard = {
  /** The microphone, and what left: decoded from RTP, or what the peer gave. Sample i of `heard` left at i + `began`. */
  readonly heard: Float32Array
  readonly left: Float32Array
  readonly began: number
}

/** How long the way through canceller, noise suppression and codec is, samples; what is measured in seconds needs no more. */
const WAY = 1200

const part = (wave: Float32Array, from: number, to: number, shift = 0): number => energy(wave, from * RATE + shift, to * RATE + shift)

/** Echo return loss enhancement in two seconds that begin 3 s after the far end's first word, and three that begin after 10, dB. */
export function erle({ heard, left, began }: Heard): { readonly after3: number; readonly after10: number } {
  const between = (from: number, to: number): number => ratio(part(heard, from, to), part(left, from, to, began + WAY))
  return { after3: between(FAR + 3, FAR + 5), after10: between(FAR + 10, FAR + 13) }
}

/** The near voice in double talk against the same words alone, dB: 0 is untouched, -6 half as loud. */
export function nearKept({ left, began }: Heard): number {
  const said = (at: number): number => part(left, at, at + NEAR.seconds, began + WAY)
  return ratio(said(NEAR.during), said(NEAR.alone))
}

/** Bursts of 30 ms for measuring delay: each of another pitch and after another pause, or they would pass for an echo of the one before. */
export function clicks(seconds: number): Float32Array {
  const wave = new Float32Array(seconds * RATE)
  const chance = noiseFrom(11)
  for (let at = RATE / 4; at + 1440 < wave.length; at += Math.round(RATE * (0.7 + 0.2 * chance()))) {
    const hertz = 1200 + 600 * chance()
    for (let i = 0; i < 1440; i++) wave[at + i] = 0.4 * Math.sin((2 * Math.PI * hertz * i) / RATE)
  }
  return wave
}

/** From each burst the microphone heard to the same burst out of the loudspeaker, ms. */
export function mouthToEar(heard: Float32Array, played: Float32Array, from: number): number[] {
  const found: number[] = []
  let at = Math.round(from * RATE)
  for (;;) {
    const said = onset(heard, at, at + RATE, 0.12)
    if (said === null) return found
    const peak = played.subarray(said, said + RATE / 4).reduce((most, x) => Math.max(most, Math.abs(x)), 0)
    const came = peak < 0.01 ? null : onset(played, said, said + RATE / 4, peak * 0.3)
    if (came !== null) found.push(((came - said) / RATE) * 1000)
    at = said + RATE / 4
  }
}

function onset(wave: Float32Array, from: number, to: number, height: number): number | null {
  for (let i = from; i < Math.min(to, wave.length); i++) if (Math.abs(wave[i] ?? 0) > height) return i
  return null
}
