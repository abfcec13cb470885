// pushes.tsx — other servers that get the broadcast too: which, how it goes there, one more, one less.
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { RemotePush } from '../../../wire/remote.ts'
import { Trouble } from '../kit/trouble.tsx'
import { Sign } from './sign.tsx'
import type { Store } from './store.ts'

export function Pushes({ store, pushes }: { store: Store; pushes: readonly RemotePush[] }): VNode {
  const { words, here } = store
  const [address, setAddress] = useState('')
  const [why, setWhy] = useState<string | null>(null)
  const add = async (event: Event): Promise<void> => {
    event.preventDefault()
    setWhy(null)
    if (await store.query(setWhy, 'add push', { address })) setAddress('')
  }
  const remove = (number: number) => (): void => {
    setWhy(null)
    void store.query(setWhy, 'remove push', { number })
  }
  return (
    <details class="card" data-testid="pushes">
      <summary>
        <Sign name="live" /> {words.pushTitle}
      </summary>
      <div class="stack">
        <p class="soft">{words.pushHint}</p>
        {pushes.map(({ to, is, said }, i) => (
          <div key={to} class="stack" data-testid="push" data-is={is}>
            <p>
              <strong>{to}</strong>
              <br />
              <span class="soft">{said ?? words.pushIs[is]}</span>
            </p>
            <button type="button" disabled={!here.value} data-testid="remove-push" onClick={remove(i + 1)}>
              <Sign name="close" /> {words.remove}
            </button>
          </div>
        ))}
        <form class="stack" onSubmit={(event) => void add(event)}>
          <div>
            <label for="push-address">{words.pushAddress}</label>
            <input
              id="push-address"
              type="text"
              autocomplete="off"
              autocapitalize="off"
              spellcheck={false}
              maxLength={500}
              placeholder={words.pushExample}
              value={address}
              data-testid="push-address"
              onInput={(event) => setAddress(event.currentTarget.value)}
            />
          </div>
          <button type="submit" disabled={!here.value || address.trim() === ''} data-testid="add-push">
            {words.pushAdd}
          </button>
        </form>
        {why && <Trouble>{why}</Trouble>}
      </div>
    </details>
  )
}
