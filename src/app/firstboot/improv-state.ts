// improv-state.ts — what the box says of itself to phones that look for it by Bluetooth (Improv), from what is. Pure.
//
//   not on the air ──the card of the own Wi-Fi──▶ authorization required ──OK──▶ authorized, three minutes ──settings──▶ provisioning ──▶ provisioned
//                                                          ▲                        ▲   │                                  │
//                                                          └──────── time is over ──┼───┘                                  │
//                                                                                   └── unable to connect, three more ──────┘
//
// It is on the air as long as the card of the own Wi-Fi stands on the TV, so never in a call, and ten minutes at most without anybody at the box.
import { seconds } from '../../lib/unit.ts'
import type { SetupScene } from '../../media/scene.ts'
import type { ImprovState } from '../../wire/improv.ts'

/** After a press. The standard proposes a minute, which is short for a long password. */
export const LET_IN = seconds(180)

/** How long the phone has to read that it worked. */
export const FAREWELL = seconds(15)

export type ImprovFacts = {
  /** What the TV shows of the set-up; null: nothing, or a call. */
  readonly card: SetupScene['is'] | null
  /** It is on the air already. */
  readonly isOn: boolean
  /** Somebody pressed the key, not long ago. */
  readonly isLetIn: boolean
  /** The network of a phone on Bluetooth was joined, not long ago. */
  readonly hasJoined: boolean
}

/** @returns null: it is not to be on the air */
export function improvState({ card, isOn, isLetIn, hasJoined }: ImprovFacts): ImprovState | null {
  if (card !== null && isOn && hasJoined) return 'provisioned'
  switch (card) {
    case 'point':
    case 'page':
      return isLetIn ? 'authorized' : 'authorization required'
    case 'trying':
      return isOn ? 'provisioning' : null
    case 'joined':
      return isOn ? 'provisioned' : null
    default:
      return null
  }
}
