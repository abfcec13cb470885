// more.tsx — what is needed now and then: recordings, settings, phones, doctor.
import type { VNode } from 'preact'
import type { RemoteState } from '../../../wire/remote.ts'
import { Sign, type SignName } from './sign.tsx'
import type { Store } from './store.ts'

const WAYS: ReadonlyArray<{ readonly to: 'recordings' | 'settings' | 'phones' | 'doctor'; readonly sign: SignName }> = [
  { to: 'recordings', sign: 'live' },
  { to: 'settings', sign: 'gear' },
  { to: 'phones', sign: 'handset' },
  { to: 'doctor', sign: 'heart' },
]

export function More({ store: { words }, state }: { store: Store; state: RemoteState }): VNode {
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
      <p class="soft">{words.version(state.version)}</p>
    </>
  )
}
