// dock.tsx — under the thumb: the one thing that most people want to do now, and the microphone above it.
import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { RemoteState } from '../../../wire/remote.ts'
import { Trouble } from '../kit/trouble.tsx'
import { Mark } from './mark.tsx'
import { Sign } from './sign.tsx'
import type { Store } from './store.ts'
import { type Main, mainOf } from './view.ts'

type Props = { readonly store: Store; readonly state: RemoteState }

/** A thumb that was on its way to another button must not answer or hang up. */
const SETTLE_MS = 500

export function Dock({ store, state }: Props): VNode | null {
  const main = mainOf(state)
  const settled = useSettled(main.is)
  const elsewhere = store.place.value !== 'home'
  const trouble = store.trouble.value
  if (main.is === 'call' && elsewhere && !trouble) return null
  return (
    <section class={`dock ${main.is === 'answer' ? 'rings' : ''}`} aria-label={store.words.call} data-testid="dock" data-main={main.is}>
      {trouble && <Trouble id="trouble">{trouble}</Trouble>}
      {(state.call !== 'none' || state.muted) && !(elsewhere && main.is !== 'hang up') && main.is !== 'answer' && (
        <Mute store={store} state={state} />
      )}
      <MainAction store={store} main={main} settled={settled} />
    </section>
  )
}

/** True a moment after the thing has changed. */
function useSettled(is: Main['is']): boolean {
  const [settled, setSettled] = useState<Main['is'] | null>(is)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(is), SETTLE_MS)
    return () => clearTimeout(timer)
  }, [is])
  return settled === is
}

function MainAction({ store, main, settled }: { store: Store; main: Main; settled: boolean }): VNode | null {
  const { words, here } = store
  const guarded = (act: () => void) => () => {
    if (settled) act()
  }
  const waits = settled ? undefined : true
  if (main.is === 'answer') return <Ringing store={store} main={main} settled={settled} />
  if (main.is === 'call')
    return store.place.value === 'home' ? (
      <button
        type="button"
        class="main huge"
        data-testid="call"
        disabled={!here.value}
        aria-disabled={waits}
        onClick={guarded(() => {
          location.hash = '#contacts'
        })}
      >
        <Sign name="phone" /> {words.call}
        <Mark store={store} want={['join', 'come home', 'ring']} />
      </button>
    ) : null
  return (
    <button
      type="button"
      class="stop huge"
      data-testid="hang-up"
      disabled={!here.value}
      aria-disabled={waits}
      onClick={guarded(() => void store.ask({ want: 'leave' }))}
    >
      <Sign name="hang-up" /> {words.hangUp}
      <Mark store={store} want="leave" />
    </button>
  )
}

type RingingProps = { readonly store: Store; readonly main: Extract<Main, { is: 'answer' }>; readonly settled: boolean }

function Ringing({ store, main, settled }: RingingProps): VNode {
  const { words, here } = store
  const answer = (phone: boolean) => () => {
    if (settled) void store.ask({ want: 'answer', phone })
  }
  const all = { disabled: !here.value, 'aria-disabled': settled ? undefined : true } as const
  return (
    <div class="ringing stack" data-testid="ringing">
      <h2 class="who">
        <Sign name="bell" /> {main.loud ? words.rings(main.name) : words.ringsQuietly(main.name)}
      </h2>
      {!main.contact && <p>{words.stranger}</p>}
      {main.answersIn !== null && (
        <p class="strong" data-testid="answers-in">
          {words.answersIn(main.answersIn)}
        </p>
      )}
      <div class="pairs">
        <button type="button" data-testid="answer-sound" onClick={answer(true)} {...all}>
          <Sign name="mic" /> {words.soundOnly}
        </button>
        <button type="button" class="stop" data-testid="decline" onClick={() => void store.ask({ want: 'decline' })} disabled={!here.value}>
          <Sign name="hang-up" /> {words.decline}
          <Mark store={store} want="decline" />
        </button>
      </div>
      <button type="button" class="main huge" data-testid="answer" onClick={answer(false)} {...all}>
        <Sign name="phone" />
        <span>
          {words.answer} <small>{words.withPicture}</small>
        </span>
        <Mark store={store} want="answer" />
      </button>
    </div>
  )
}

function Mute({ store, state: { muted, shutter, call } }: Props): VNode {
  const { words, here } = store
  return (
    <button
      type="button"
      class={`mute large ${muted ? 'is-muted' : ''}`}
      data-testid="mute"
      data-muted={muted}
      disabled={!here.value || shutter === 'shut'}
      onClick={() => void store.ask({ want: 'mute', muted: !muted })}
    >
      <Sign name={muted ? 'mic-off' : 'mic'} />
      <span class="two">
        <span class="first">{muted ? words.muted : words.unmuted}</span>
        <span class="second">{!muted ? words.tapToMute : call === 'none' ? words.mutedNext : words.tapToUnmute}</span>
      </span>
      <Mark store={store} want="mute" />
    </button>
  )
}
