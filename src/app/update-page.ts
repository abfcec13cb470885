// update-page.ts — the page of the TV's menu about updates: how one stands, what is new in it, and what can be said to it. Pure.
import type { Text } from '../core/text/text.ts'
import { ordersFor, type UpdateSeen, updateSentence } from '../core/update.ts'
import type { Item } from './menu-page.ts'
import { notesIn } from './update-told.ts'

/** More lines nobody reads from a sofa; the phone shows all. */
const MOST_LINES = 6

/** The entry of the main menu; none on a box that is not updated from here and has nothing to say. */
export const updateEntry = (text: Text, seen: UpdateSeen): Item[] =>
  seen.is === 'no card'
    ? []
    : [{ id: 'update', text: text.update.title, value: aboutOf(text, seen), mark: 'more', ok: { do: 'open', page: 'update' } }]

function aboutOf({ update }: Text, { is, version, percent }: UpdateSeen): string {
  if (is === 'none' || is === 'no card' || version === null) return ''
  return percent === null ? version : update.percent(version, percent)
}

export function updateItems(text: Text, seen: UpdateSeen): Item[] {
  const lines = notesIn(seen, text)
    .split('\n')
    .filter((line) => line.trim() !== '')
  return [
    // What is chosen stands first: the focus is there when the page opens.
    ...ordersFor(seen).map((order): Item => ({ id: order, text: text.update.orders[order], ok: { do: 'update', order } })),
    { id: 'how', text: updateSentence(seen, text), prose: true },
    ...lines.slice(0, MOST_LINES).map((line, i): Item => ({ id: `note ${i}`, text: line, prose: true })),
  ]
}
