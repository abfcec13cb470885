// mark.tsx — the small mark at a control whose wish the box has taken, but does not show yet.
import type { VNode } from 'preact'
import type { Want } from './asked.ts'
import type { Store } from './store.ts'

export function Mark({ store, want, word }: { store: Store; want: Want | readonly Want[]; word?: string }): VNode | null {
  const wants: readonly Want[] = typeof want === 'string' ? [want] : want
  const open = wants.some((each) => store.openOf(each) !== null)
  if (!open) return null
  return (
    <span class="asked" data-testid={`asked-${wants[0]}`}>
      {word ? `${store.words.asked}: ${word}` : store.words.asked}
    </span>
  )
}
