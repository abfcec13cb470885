// card.tsx — the box's own contact card: a square to scan, and a link to hand on.
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { Trouble } from '../kit/trouble.tsx'
import { HandOn } from './hand-on.tsx'
import { Sign } from './sign.tsx'
import type { Store } from './store.ts'

export function OwnCard({ store }: { store: Store }): VNode {
  const { words, state } = store
  const [card, setCard] = useState<string | null>(null)
  const [why, setWhy] = useState<string | null>(null)
  const show = async (): Promise<void> => {
    if (card !== null) return
    setWhy(null)
    setCard((await store.query(setWhy, 'card'))?.card ?? null)
  }
  return (
    <details class="card" onToggle={(event) => event.currentTarget.open && void show()}>
      <summary data-testid="own-card">
        <Sign name="invite" /> {words.showCard}
      </summary>
      <div class="stack">
        <p class="soft">{words.ownCardHint}</p>
        {card !== null && (
          <HandOn words={words} link={card} label={words.cardLabel} title={state.value?.box ?? words.ownCard} testId="own-card" />
        )}
        {why && <Trouble>{why}</Trouble>}
      </div>
    </details>
  )
}
