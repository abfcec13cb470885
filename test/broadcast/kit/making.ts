// making.ts — a program for tests, made of made-up frames: quick, and the same every time.
import { Program, type ProgramPlan, type Update } from '../../../src/broadcast/program.ts'
import { identityFrom } from '../../../src/room/identity.ts'
import { quietLog } from '../../fake/quiet.ts'
import { adts, unit } from './coded.ts'

export const ann = identityFrom(new Uint8Array(32).fill(7))
export const NOW = 1_795_000_000_000
const FRAME = (1024 / 48_000) * 1e9

/** A broadcaster whose wall clock goes with its frames. */
export function making(change: Partial<ProgramPlan> = {}) {
  const clock = { now: NOW }
  const program = new Program({
    identity: ann,
    rate: [30, 1],
    tracks: [
      { kind: 'video', track: 0, name: 'v0', form: 'annex b', bandwidth: 1_000_000 },
      { kind: 'audio', track: 1, name: 'sound', codec: 'aac', channels: 2, sampleRate: 48_000, delay: 0, bandwidth: 96_000 },
    ],
    before: null,
    now: () => clock.now,
    wantKeyframe: () => {},
    log: quietLog().log,
    ...change,
  })
  let [frame, sound] = [0, 0]
  /** So many seconds more. */
  const live = (seconds: number, payload?: (index: number) => Uint8Array): Update[] => {
    const updates: Update[] = []
    for (const end = frame + Math.round(seconds * 30); frame < end; frame++) {
      const pts = Math.round((frame * 1e9) / 30)
      clock.now = NOW + pts / 1e6 + 40
      for (; sound * FRAME < pts; sound++) updates.push(...program.take(1, { pts: sound * FRAME, bytes: adts(sound) }))
      const bytes = payload?.(frame) ?? unit(frame, frame % 60 === 0)
      updates.push(...program.take(0, { pts, bytes }))
    }
    return updates
  }
  /** The camera holds still for so long. */
  const pause = (seconds: number): void => {
    frame = Math.ceil((frame + seconds * 30) / 60) * 60
    sound = Math.ceil((frame * 1e9) / 30 / FRAME)
  }
  return { program, live, pause, clock }
}
