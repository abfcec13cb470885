// asked.ts — what this phone has asked for and the box has not shown yet. A control never pretends: it shows the box's state, with a
// small mark until that is what was asked for. Pure.
import type { Intent } from '../../../core/intent.ts'
import { unreachable } from '../../../lib/fault.ts'
import type { RemoteState } from '../../../wire/remote.ts'

export type Want = Intent['want']

/** Whether the state shows what was asked for. */
export function isDone(intent: Intent, state: RemoteState): boolean {
  switch (intent.want) {
    case 'join':
    case 'come home':
    case 'ring':
    case 'answer':
      return state.call !== 'none'
    case 'decline':
      return state.ringing === null
    case 'leave':
      return state.call === 'none'
    case 'mute':
      return state.muted === intent.muted
    case 'camera':
      return state.camera.on === intent.on
    case 'volume':
      return state.volume === intent.percent
    case 'layout':
      return state.layout === intent.layout
    case 'tv':
      return state.tv.wanted === intent.on && (state.tv.set === 'woken') === intent.on
    case 'quiet':
      return state.quiet === intent.on
    case 'live':
      return (state.live !== null) === intent.on
    case 'private':
      return state.private === intent.on
    case 'tracks':
    case 'again':
    case 'now':
    case 'pause':
      return true
    case 'watch':
      return (state.watch === null) === (intent.link === null)
    default:
      return unreachable(intent)
  }
}

/** What is still open of all that was asked, when the state is this. */
export const stillOpen = <Asked extends { readonly intent: Intent }>(asked: readonly Asked[], state: RemoteState): readonly Asked[] =>
  asked.filter(({ intent }) => !isDone(intent, state))
