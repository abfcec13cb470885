// ear.ts — listens to our own microphone on this machine: a level for the meter, and whether we speak.
//
// It listens to a copy of the track, so that it still hears us while we are muted and can say so.
import type { Clock } from '../../../lib/clock.ts'
import { hear, SILENCE } from '../../../lib/speech.ts'
import { ms } from '../../../lib/unit.ts'
import { loudness } from './speech.ts'

const EVERY = ms(80)

/** Tells level (dBFS) and speech until the signal aborts. Must begin in a click or later, or the browser keeps it deaf. */
export async function listen(
  track: MediaStreamTrack,
  clock: Clock,
  tell: (level: number, speaking: boolean) => void,
  signal: AbortSignal,
): Promise<void> {
  const copy = track.clone()
  copy.enabled = true
  const context = new AudioContext()
  try {
    const analyser = context.createAnalyser()
    analyser.fftSize = 2048
    context.createMediaStreamSource(new MediaStream([copy])).connect(analyser)
    void context.resume()
    const samples = new Float32Array(analyser.fftSize)
    let speech = SILENCE
    for (let last = clock.now(); ; ) {
      await clock.sleep('level of the microphone', EVERY, signal)
      const now = clock.now()
      analyser.getFloatTimeDomainData(samples)
      const level = loudness(samples)
      speech = hear(speech, level, now, now - last)
      last = now
      tell(level, speech.speaking)
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    copy.stop()
    await context.close()
  }
}
