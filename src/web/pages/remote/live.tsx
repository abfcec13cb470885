// live.tsx — sends the call out to an audience, and shows who may be told where to watch.
import type { VNode } from 'preact'
import type { RemoteState } from '../../../wire/remote.ts'
import { CaptionLine } from './caption.tsx'
import { HandOn } from './hand-on.tsx'
import { Mark } from './mark.tsx'
import { Pushes } from './pushes.tsx'
import { Sign } from './sign.tsx'
import type { Store } from './store.ts'
import { Switch } from './switch.tsx'

/** Only in a call: nobody broadcasts an empty room by a slip of the thumb. */
export function Live({ store, state }: { store: Store; state: RemoteState }): VNode | null {
  const { words, here } = store
  const { live } = state
  if (state.call !== 'live' && !live) return null
  return (
    <>
      <Switch
        testId="live"
        sign="live"
        title={words.live}
        is={live ? words.liveIs.on(live.watching) : words.liveIs.off}
        on={live !== null}
        disabled={!here.value}
        mark={<Mark store={store} want="live" />}
        onTurn={(on) => void store.ask({ want: 'live', on })}
      />
      <Switch
        testId="private"
        sign="lock"
        title={words.private}
        is={state.private ? words.privateIs.on : words.privateIs.off}
        on={state.private}
        disabled={!here.value}
        mark={<Mark store={store} want="private" />}
        onTurn={(on) => void store.ask({ want: 'private', on })}
      />
      {live && <p class="soft">{words.privateAnew}</p>}
      <Pushes store={store} pushes={state.pushes} />
      {state.private && state.pushes.length > 0 && <p class="soft">{words.privatePushes}</p>}
      {live && <CaptionLine store={store} />}
      {live && (
        <details class="card">
          <summary data-testid="watch">
            <Sign name="people" /> {words.watchLink}
          </summary>
          <div class="stack">
            <p class="soft">{state.private ? words.watchHintPrivate : words.watchHint}</p>
            {!live.recorded && <p class="soft">{words.notRecorded}</p>}
            <HandOn words={words} link={live.link} label={words.watchLabel} title={state.box} testId="watch" />
            <a class="button" href={live.moderatorLink} target="_blank" rel="noreferrer" data-testid="moderate">
              <Sign name="tv" /> {words.moderate}
            </a>
          </div>
        </details>
      )}
    </>
  )
}
