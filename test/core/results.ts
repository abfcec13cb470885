// results.ts — what perfect hands would make of each step.
import type { Actual, Step } from '../../src/core/plan.ts'

export function result(step: Step): Partial<Actual> {
  switch (step.do) {
    case 'set microphone':
      return { muted: step.muted }
    case 'set volume':
      return { volume: step.percent }
    case 'light the tv':
      return { tv: 'on' }
    case 'open camera':
      return { camera: 'open' }
    case 'close camera':
      return { camera: 'closed' }
    case 'open sound':
      return { sound: 'open', hears: step.hears }
    case 'wake the set':
      return { set: 'woken' }
    case 'put the set back':
      return { set: 'as it was' }
    case 'turn away':
      return { ringing: null }
    case 'close sound':
      return { sound: 'closed' }
    case 'join':
      return { room: step.room }
    case 'leave':
      return { room: null }
    case 'go live':
      return { live: true, private: step.private }
    case 'end live':
      return { live: false, private: null }
    case 'replay':
      return { replay: step.back }
    case 'end replay':
      return { replay: 0 }
    case 'watch':
      return { watch: step.watch }
    case 'end watch':
      return { watch: null }
  }
}
