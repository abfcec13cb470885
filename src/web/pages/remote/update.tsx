// update.tsx — the card of an update: how it stands, what is new, how far it is, and what can be said to it.
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { RemoteState } from '../../../wire/remote.ts'
import type { RemoteUpdate } from '../../../wire/remote-update.ts'
import { Trouble } from '../kit/trouble.tsx'
import { Sign } from './sign.tsx'
import type { Store } from './store.ts'

/** On the remote itself only what wants to be seen; under "more" always. */
export function Update({ store, state, always = false }: { store: Store; state: RemoteState; always?: boolean }): VNode | null {
  const { words, here } = store
  const [why, setWhy] = useState<string | null>(null)
  const { update } = state
  if (!update || (!always && isQuiet(update))) return null
  const ask = (order: RemoteUpdate['orders'][number]) => (): void => {
    setWhy(null)
    void store.query(setWhy, 'update', { order })
  }
  return (
    <section class="card stack" aria-labelledby="update" data-testid="update" data-is={update.is}>
      <h2 id="update">
        <Sign name="gear" /> {words.update}
      </h2>
      <p data-testid="update-says">{update.says}</p>
      {update.percent !== null && <progress max={100} value={update.percent} aria-label={words.update} />}
      {update.notes !== '' && (
        <div class="soft" data-testid="update-notes">
          {update.notes
            .split('\n')
            .filter((line) => line.trim() !== '')
            .map((line) => (
              <p key={line}>{line}</p>
            ))}
        </div>
      )}
      {update.orders.map((order) => (
        <button key={order} type="button" disabled={!here.value} data-testid={`update-${order}`} onClick={ask(order)}>
          {words.updateOrders[order]}
        </button>
      ))}
      {why && <Trouble>{why}</Trouble>}
    </section>
  )
}

const isQuiet = ({ is }: RemoteUpdate): boolean => is === 'no card' || is === 'none'
