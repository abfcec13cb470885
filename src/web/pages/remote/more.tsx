// more.tsx — what is needed now and then: recordings, settings, phones, doctor.
import type { VNode } from 'preact'
import type { RemoteState } from '../../../wire/remote.ts'
import { Sign, type SignName } from './sign.tsx'
import type { Store } from './store.ts'
import { Update } from './update.tsx'

const WAYS: ReadonlyArray<{ readonly to: 'recordings' | 'settings' | 'phones' | 'network' | 'doctor'; readonly sign: SignName }> = [
  { to: 'recordings', sign: 'live' },
  { to: 'settings', sign: 'gear' },
  { to: 'phones', sign: 'handset' },
  { to: 'network', sign: 'quality' },
  { to: 'doctor', sign: 'heart' },
]

export function More({ store, state }: { store: Store; state: RemoteState }): VNode {
  const { words } = store
  return (
    <>
      <ul class="list">
        {WAYS.map(({ to, sign }) => (
          <li key={to}>
            <a class="button way" href={`#${to}`} data-testid={`to-${to}`}>
              <Sign name={sign} /> <span class="way-name">{words[to]}</span> <Sign name="go" />
            </a>
          </li>
        ))}
      </ul>
      <Update store={store} state={state} always />
      <p class="soft">{words.version(state.version)}</p>
    </>
  )
}
