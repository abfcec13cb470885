// relays.tsx — the broadcasts that the box brings into the house, for its screens.
import type { VNode } from 'preact'
import type { RemoteState } from '../../../wire/remote.ts'
import { Sign } from './sign.tsx'
import type { Store } from './store.ts'

export function Relays({ store: { words }, state }: { store: Store; state: RemoteState }): VNode | null {
  if (state.relays.length === 0) return null
  return (
    <section class="card" aria-labelledby="relays">
      <h2 id="relays">
        <Sign name="live" /> {words.relays}
      </h2>
      <ul class="people" data-testid="relays">
        {state.relays.map(({ program, from, watching }) => (
          <li key={program}>
            <span class="name">{from}</span>
            <span class="soft">{words.relayIs(watching)}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
