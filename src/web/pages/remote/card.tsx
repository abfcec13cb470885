// card.tsx — the box's own contact card: a square to scan, and a link to hand on.
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { Qr } from '../kit/qr.tsx'
import { Trouble } from '../kit/trouble.tsx'
import { Sign } from './sign.tsx'
import type { Store } from './store.ts'

export function OwnCard({ store }: { store: Store }): VNode {
  const { words, state } = store
  const [card, setCard] = useState<string | null>(null)
  const [why, setWhy] = useState<string | null>(null)
  const [copied, setCopied] = useState<boolean | null>(null)
  const show = async (): Promise<void> => {
    if (card !== null) return
    setWhy(null)
    setCard((await store.query(setWhy, 'card'))?.card ?? null)
  }
  const copy = (): void => {
    // Outside of a secure context there is no clipboard.
    const done = navigator.clipboard ? navigator.clipboard.writeText(card ?? '') : Promise.reject(new Error('no clipboard'))
    done.then(
      () => setCopied(true),
      () => setCopied(false),
    )
  }
  // Closing the share sheet without a choice rejects, and means nothing.
  const share = (): void => void navigator.share({ title: state.value?.box ?? words.ownCard, url: card ?? '' }).catch(() => {})
  return (
    <details class="card" onToggle={(event) => event.currentTarget.open && void show()}>
      <summary data-testid="own-card">
        <Sign name="invite" /> {words.showCard}
      </summary>
      <div class="stack">
        <p class="soft">{words.ownCardHint}</p>
        {card !== null && (
          <>
            <Qr text={card} label={words.cardLabel} />
            <p class="code" data-testid="own-card-link">
              {card}
            </p>
            <div class="pairs">
              {typeof navigator.share === 'function' && (
                <button type="button" class="main" onClick={share} data-testid="share">
                  <Sign name="share" /> {words.share}
                </button>
              )}
              <button type="button" onClick={copy} data-testid="copy">
                <Sign name="copy" /> {copied ? words.copied : words.copy}
              </button>
            </div>
            <p role="status">{copied === false ? words.notCopied : ''}</p>
          </>
        )}
        {why && <Trouble>{why}</Trouble>}
      </div>
    </details>
  )
}
