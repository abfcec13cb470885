// view.ts — a box at rest as the table of topics sees it, and what else its tests share.

import type { View } from '../../src/control/topic-row.ts'
import type { PeerId } from '../../src/core/id.ts'
import { asleep } from '../../src/core/plan.ts'
import { nothing } from '../../src/core/wanted.ts'

export const BOX = 'zyxwvtsrqpnmkjhgfedcba9876' as PeerId
export const OTHER = '0123456789abcdefghjkmnpqrs' as PeerId
export const base = `parlor/1/box/${BOX}`

export const atRest: View = {
  wanted: nothing,
  actual: asleep,
  people: [],
  notices: [],
  pairing: false,
  missed: 0,
  watching: 0,
  private: false,
  pushes: [],
  update: { installed: '1.0.0', latest: '1.0.0', summary: '', percent: null, busy: false },
}
export const contacts = { find: (who: string) => (who === 'Grandma' ? OTHER : null) }
export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
