// speech.ts — somebody who talks, as a wave: by espeak-ng where it is, else bursts of a voice-like tone. The same each time.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { noiseFrom } from '../../test/fake/dice.ts'
import { RATE } from './acoustics.ts'

const run = promisify(execFile)
const SENTENCES = [
  'The quick brown fox jumps over the lazy dog, and nobody in the yard is much surprised by it.',
  'We had a very good time at the lake; the children swam all day and slept like stones.',
  'Could you hold the camera a little higher? I can see the ceiling, and half of your hat.',
  'Grandmother says that the apples are early this year, so we are baking on Sunday.',
  'It rained in the morning, but by noon the sky was clear and everybody went out again.',
]

/** Speech of `seconds`, at about -20 dBFS. @param voice 0 and up: who talks, and in which order the sentences come */
export async function speech(seconds: number, voice: number): Promise<Float32Array> {
  const wave = (await espeak(voice)) ?? bursts(seconds, voice)
  let sum = 0
  for (const x of wave) sum += x * x
  const gain = 0.1 / Math.sqrt(sum / wave.length)
  return Float32Array.from({ length: Math.round(seconds * RATE) }, (_, i) =>
    Math.max(-0.9, Math.min(0.9, (wave[i % wave.length] ?? 0) * gain)),
  )
}

async function espeak(voice: number): Promise<Float32Array | null> {
  const text = SENTENCES.map((_, i) => SENTENCES[(i + voice) % SENTENCES.length]).join(' ')
  const args = ['--stdout', '-v', ['en+m3', 'en+f2', 'en+m7', 'en+f4'][voice % 4] ?? 'en', '-s', String(150 + 7 * (voice % 5)), text]
  try {
    const { stdout } = await run('espeak-ng', args, { encoding: 'buffer', maxBuffer: 64 * 1024 * 1024 })
    const rate = stdout.readUInt32LE(24)
    const words = stdout.subarray(44)
    const count = words.length >> 1
    return Float32Array.from({ length: Math.floor((count * RATE) / rate) }, (_, i) => {
      const at = (i * rate) / RATE
      const k = Math.min(Math.floor(at), count - 2)
      const [a, b] = [words.readInt16LE(2 * k), words.readInt16LE(2 * k + 2)]
      return (a + (b - a) * (at - Math.floor(at))) / 32768
    })
  } catch {
    return null
  }
}

/** Speech-like, wherever espeak-ng is not: syllables of 180 ms with pauses: a saw of wandering pitch through two resonances, and hiss. */
export function bursts(seconds: number, seed: number): Float32Array {
  const chance = noiseFrom(seed + 100)
  const wave = new Float32Array(Math.round(seconds * RATE))
  let [phase, low, band] = [0, 0, 0]
  for (let at = 0; at < wave.length; ) {
    const length = Math.round(RATE * (0.18 + 0.06 * chance()))
    const [pitch, formant, hiss, loud] = [130 + 40 * chance(), 700 + 450 * chance(), 0.05 + 0.05 * chance(), chance() > -0.5 ? 1 : 0]
    for (let i = 0; i < length && at < wave.length; i++, at++) {
      phase = (phase + pitch / RATE) % 1
      const drive = (2 * phase - 1) * 0.5 + hiss * chance()
      low += (2 * Math.PI * formant * band) / RATE
      band += (2 * Math.PI * formant * (drive - low - 0.2 * band)) / RATE
      wave[at] = loud * band * Math.sin((Math.PI * i) / length)
    }
  }
  return wave
}
