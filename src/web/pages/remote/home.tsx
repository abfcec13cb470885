// home.tsx — the remote itself: who is in the call, how loud, camera, picture on the TV, quiet, TV set.
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { RemoteState } from '../../../wire/remote.ts'
import { Live } from './live.tsx'
import { Mark } from './mark.tsx'
import { Relays } from './relays.tsx'
import { Sign, type SignName } from './sign.tsx'
import type { Store } from './store.ts'
import { Switch } from './switch.tsx'
import { TvPicture } from './tv.tsx'
import { Update } from './update.tsx'
import { cameraIs, mainOf, personFacts, tvIs, warnings } from './view.ts'
import { Watch } from './watch.tsx'

type Props = { readonly store: Store; readonly state: RemoteState }

export function Home({ store, state }: Props): VNode {
  const { words, here } = store
  const camera = cameraIs(state)
  const tv = tvIs(state)
  return (
    <>
      {warnings(state, words).map((sentence) => (
        <p class="notice" key={sentence} data-testid="notice">
          <Sign name="info" /> <span>{sentence}</span>
        </p>
      ))}
      {state.ringing && mainOf(state).is === 'hang up' && <AtTheDoor store={store} name={state.ringing.name} />}
      <Update store={store} state={state} />
      <People store={store} state={state} />
      <Volume store={store} state={state} />
      <Switch
        testId="camera"
        sign={camera === 'on' || camera === 'ready' ? 'camera' : 'camera-off'}
        title={words.camera}
        is={words.cameraIs[camera]}
        on={camera === 'on' || camera === 'ready' || camera === 'missing'}
        disabled={!here.value || camera === 'shut'}
        mark={<Mark store={store} want="camera" />}
        onTurn={(on) => void store.ask({ want: 'camera', on })}
      />
      <Live store={store} state={state} />
      <Layouts store={store} state={state} />
      <Watch store={store} state={state} />
      <Relays store={store} state={state} />
      <TvPicture store={store} />
      <Switch
        testId="tv"
        sign="tv"
        title={words.tv}
        is={words.tvIs[tv]}
        on={state.tv.set === 'woken'}
        disabled={!here.value}
        mark={<Mark store={store} want="tv" />}
        onTurn={(on) => void store.ask({ want: 'tv', on })}
      />
      <Switch
        testId="quiet"
        sign="moon"
        title={words.quiet}
        is={state.quiet ? words.quietIs.on : words.quietIs.off}
        on={state.quiet}
        disabled={!here.value}
        mark={<Mark store={store} want="quiet" />}
        onTurn={(on) => void store.ask({ want: 'quiet', on })}
      />
    </>
  )
}

/** Somebody rings while we are in another call. */
function AtTheDoor({ store, name }: { store: Store; name: string }): VNode {
  const { words, here } = store
  return (
    <section class="card stack" data-testid="at-the-door">
      <h2>
        <Sign name="bell" /> {words.rings(name)}
      </h2>
      <div class="pairs">
        <button type="button" onClick={() => void store.ask({ want: 'answer' })} disabled={!here.value}>
          <Sign name="phone" /> {words.answer}
        </button>
        <button type="button" onClick={() => void store.ask({ want: 'decline' })} disabled={!here.value}>
          <Sign name="hang-up" /> {words.decline}
        </button>
      </div>
    </section>
  )
}

function People({ store: { words }, state }: Props): VNode | null {
  if (state.people.length === 0) return null
  return (
    <section class="card" aria-labelledby="people">
      <h2 id="people">{words.people}</h2>
      <ul class="people" data-testid="people">
        {state.people.map((person) => (
          <li key={person.peer} data-testid="person" data-name={person.name}>
            <span class="name">{person.name}</span>
            <ul class="facts">
              {personFacts(person, words).map(({ icon, word }) => (
                <li key={word}>
                  <Sign name={icon} /> {word}
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </section>
  )
}

const STEP = 5

function Volume({ store, state }: Props): VNode {
  const { words, here } = store
  // The slider follows the finger; the number always tells how loud it is.
  const [held, setHeld] = useState<number | null>(null)
  const open = store.openOf('volume')
  const from = open?.percent ?? state.volume
  const by = (change: number) => () => void store.setVolume(from + change)
  return (
    <section class="card volume" aria-labelledby="volume">
      <div class="head">
        <h2 id="volume">
          <Sign name="sound" /> {words.volume}
        </h2>
        <Mark store={store} want="volume" word={words.percent(from)} />
        <output class="number" data-testid="volume-is" data-percent={state.volume}>
          {words.percent(state.volume)}
        </output>
      </div>
      <div class="slide">
        <input
          type="range"
          min={0}
          max={100}
          step={STEP}
          value={held ?? state.volume}
          style={{ '--loud': `${held ?? state.volume}%` }}
          disabled={!here.value}
          aria-labelledby="volume"
          aria-valuetext={words.percent(held ?? state.volume)}
          data-testid="volume"
          onInput={(event) => {
            const percent = Number(event.currentTarget.value)
            setHeld(percent)
            void store.setVolume(percent)
          }}
          onChange={() => setHeld(null)}
        />
        <button type="button" onClick={by(-STEP)} disabled={!here.value || from <= 0} data-testid="quieter">
          <Sign name="minus" />
          <span>{words.quieter}</span>
        </button>
        <button type="button" onClick={by(STEP)} disabled={!here.value || from >= 100} data-testid="louder">
          <Sign name="plus" />
          <span>{words.louder}</span>
        </button>
      </div>
    </section>
  )
}

const LAYOUTS: ReadonlyArray<{ readonly layout: RemoteState['layout']; readonly sign: SignName }> = [
  { layout: 'auto', sign: 'wand' },
  { layout: 'grid', sign: 'grid' },
  { layout: 'speaker', sign: 'one' },
]

function Layouts({ store, state }: Props): VNode {
  const { words, here } = store
  const open = store.openOf('layout')
  return (
    <fieldset class="card layouts" data-testid="layout" data-layout={state.layout} disabled={!here.value}>
      <legend>{words.layout}</legend>
      <div class="choices">
        {LAYOUTS.map(({ layout, sign }) => (
          <button
            key={layout}
            type="button"
            aria-pressed={state.layout === layout}
            data-testid={`layout-${layout}`}
            onClick={() => void store.ask({ want: 'layout', layout })}
          >
            <Sign name={sign} />
            <span>{words.layouts[layout]}</span>
            {state.layout === layout && <Sign name="check" />}
            {open?.layout === layout && <Mark store={store} want="layout" />}
          </button>
        ))}
      </div>
    </fieldset>
  )
}
