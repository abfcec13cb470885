// update-told.ts — an update as phones and the home's automation are told of it. Pure.
import type { View } from '../control/topic-row.ts'
import type { Text } from '../core/text/text.ts'
import { ordersFor, type UpdateSeen, updateSentence } from '../core/update.ts'
import type { RemoteUpdate } from '../wire/remote-update.ts'

export const notesIn = ({ notes }: UpdateSeen, { locale }: Text): string => notes?.[locale.startsWith('de') ? 'de' : 'en'] ?? ''

export const updateForPhones = (seen: UpdateSeen, text: Text): RemoteUpdate => ({
  is: seen.is,
  says: updateSentence(seen, text),
  notes: notesIn(seen, text),
  percent: seen.percent,
  orders: [...ordersFor(seen)],
})

/** Home Assistant shows an update as long as its latest version is another than the installed one. */
export function updateForHome({ is, runs, version, percent, notes }: UpdateSeen): View['update'] {
  const waits = is === 'offered' || is === 'ready' || is === 'downloading' || is === 'installing' || is === 'installed'
  const busy = is === 'downloading' || is === 'installing' || is === 'installed'
  return { installed: runs, latest: waits && version !== null ? version : runs, summary: waits ? (notes?.en ?? '') : '', busy, percent }
}
