// echo.ts — the echo canceller: AEC3 in WebAssembly. The only file that knows @ennuicastr/webrtcaec3.js exists.
//
// Frames go in pairs, exactly: the frame as it is played, then the frame the microphone gave in the same 10 ms. The
// canceller finds the delay between them by itself (0 to about 500 ms). It adds 9 ms and costs 0.3 ms a frame.
import { createRequire } from 'node:module'
import type * as Aec3 from '@ennuicastr/webrtcaec3.js'
import { FRAME, RATE } from './frame.ts'

export interface Echo {
  /** What the loudspeaker plays now: 480 samples. */
  render(frame: Float32Array): void
  /** What the microphone gave in the same 10 ms; `out` is given it without the echo. 480 samples each. */
  capture(frame: Float32Array, out: Float32Array): void
}

/** Loads the canceller; takes 20 to 50 ms. */
export async function openEcho(): Promise<Echo> {
  const load = createRequire(import.meta.url)('@ennuicastr/webrtcaec3.js') as typeof Aec3.default
  const { AEC3 } = await load()
  const aec = new AEC3(RATE, 1, 1)
  const heard: Float32Array[] = [new Float32Array(FRAME)]
  const given: Float32Array[] = [new Float32Array(FRAME)]
  return {
    render(frame) {
      heard[0] = frame
      aec.analyze(heard)
    },
    capture(frame, out) {
      heard[0] = frame
      given[0] = out
      aec.process(given, heard)
    },
  }
}
