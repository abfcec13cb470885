// watch.tsx — a broadcast of elsewhere on the TV: a field for its link, and once one is shown, how it goes, and its keys.
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { RemoteState } from '../../../wire/remote.ts'
import { watchAddressOf, watchLinkIn } from '../../../wire/watch-link.ts'
import { Trouble } from '../kit/trouble.tsx'
import { Mark } from './mark.tsx'
import { Sign } from './sign.tsx'
import type { Store } from './store.ts'

/** Only without a call: in one nothing else is watched. */
export function Watch({ store, state }: { store: Store; state: RemoteState }): VNode | null {
  if (state.call !== 'none') return null
  return state.watch ? <Watched store={store} watch={state.watch} /> : <Paste store={store} />
}

function Watched({ store, watch }: { store: Store; watch: NonNullable<RemoteState['watch']> }): VNode {
  const { words, here } = store
  const key = (testId: string, word: string, intent: Parameters<Store['ask']>[0]): VNode => (
    <button type="button" disabled={!here.value} data-testid={testId} onClick={() => void store.ask(intent)}>
      {word}
    </button>
  )
  const isPaused = watch.is === 'paused'
  return (
    <section class="card stack" aria-labelledby="watched" data-testid="watched" data-is={watch.is}>
      <div class="head">
        <h2 id="watched">
          <Sign name="tv" /> {watch.title || words.watchTitle}
        </h2>
        <Mark store={store} want="watch" />
      </div>
      <p>{watch.is === 'plays' && watch.behind > 0 ? words.watchBehind(watch.behind / 2) : words.watchIs[watch.is]}</p>
      <div class="pairs">
        {key('watch-pause', isPaused ? words.watchGoOn : words.watchPause, { want: 'pause', on: !isPaused })}
        {key('watch-back', words.watchAgain, { want: 'again' })}
        {watch.behind > 0 && key('watch-live', words.watchLive, { want: 'now' })}
        {key('watch-stop', words.watchStop, { want: 'watch', link: null })}
      </div>
    </section>
  )
}

function Paste({ store }: { store: Store }): VNode {
  const { words, here } = store
  const [text, setText] = useState('')
  const [why, setWhy] = useState<string | null>(null)
  const show = (event: Event): void => {
    event.preventDefault()
    if (watchLinkIn(text)) {
      void store.ask({ want: 'watch', link: watchAddressOf(text) })
      setText('')
    } else setWhy(words.noWatchLink)
  }
  return (
    <details class="card" data-testid="watch-paste">
      <summary>
        <Sign name="tv" /> {words.watchTitle} <Mark store={store} want="watch" />
      </summary>
      <form class="stack" onSubmit={show}>
        <div>
          <label for="watch-link">{words.watchPaste}</label>
          <input
            id="watch-link"
            type="text"
            inputMode="url"
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            maxLength={2048}
            placeholder="https://…/w/…"
            value={text}
            data-testid="watch-link"
            onInput={(event) => {
              setText(event.currentTarget.value)
              setWhy(null)
            }}
          />
        </div>
        <button type="submit" disabled={!here.value || text.trim() === ''} data-testid="watch-show">
          {words.watchShow}
        </button>
        {why && <Trouble>{why}</Trouble>}
      </form>
    </details>
  )
}
