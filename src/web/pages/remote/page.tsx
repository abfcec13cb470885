// page.tsx — which screen is shown, what stands around it, and what is said aloud.
import type { VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { unreachable } from '../../../lib/fault.ts'
import { Calls } from './calls.tsx'
import { Contacts } from './contacts.tsx'
import { Dock } from './dock.tsx'
import { Doctor } from './doctor.tsx'
import { Home } from './home.tsx'
import { More } from './more.tsx'
import { Network } from './network.tsx'
import { Pair, Shown } from './pair.tsx'
import { Phones } from './phones.tsx'
import { type Place, tabOf } from './place.ts'
import { Recordings } from './recordings.tsx'
import { Settings } from './settings.tsx'
import { Sign, type SignName } from './sign.tsx'
import type { Store } from './store.ts'
import { stateLine } from './view.ts'

export function Page({ store }: { store: Store }): VNode {
  const now = store.now.value
  const unpaired = now === 'stranger' || now === 'removed' || now === 'resting' || store.brought.value !== null || isPairing(store)
  return (
    <>
      {unpaired ? <Pair store={store} /> : <Remote store={store} />}
      <div class="unseen" role="status" data-testid="said">
        {store.calm.value}
      </div>
      <div class="unseen" role="alert" data-testid="cried">
        {store.loud.value}
      </div>
    </>
  )
}

const isPairing = ({ pairing }: Store): boolean => pairing.value.is === 'asking' || pairing.value.is === 'comparing'

function Remote({ store }: { store: Store }): VNode {
  const place = store.place.value
  const state = store.state.value
  return (
    <div class="remote" data-testid="remote" data-now={store.now.value} data-place={place} data-call={state?.call}>
      <div class="body">
        <Top store={store} place={place} />
        <Away store={store} />
        <Paired store={store} />
        {state && (
          <main class="middle">
            <Screen store={store} place={place} />
          </main>
        )}
      </div>
      <div class="foot">
        {state && <Dock store={store} state={state} />}
        <Tabs store={store} place={place} />
      </div>
    </div>
  )
}

function Screen({ store, place }: { store: Store; place: Place }): VNode | null {
  const state = store.state.value
  if (!state) return null
  switch (place) {
    case 'home':
      return <Home store={store} state={state} />
    case 'contacts':
      return <Contacts store={store} state={state} />
    case 'calls':
      return <Calls store={store} state={state} />
    case 'more':
      return <More store={store} state={state} />
    case 'recordings':
      return <Recordings store={store} state={state} />
    case 'settings':
      return <Settings store={store} />
    case 'phones':
      return <Phones store={store} state={state} />
    case 'network':
      return <Network store={store} />
    case 'doctor':
      return <Doctor store={store} />
    default:
      return unreachable(place)
  }
}

/** The box and how it is; on the other screens what they are, and the way back. */
function Top({ store, place }: { store: Store; place: Place }): VNode {
  const { words } = store
  const state = store.state.value
  const title = useRef<HTMLHeadingElement>(null)
  const before = useRef(place)
  useEffect(() => {
    if (before.current !== place) title.current?.focus()
    before.current = place
  }, [place])
  const inner = tabOf(place) === 'more' && place !== 'more'
  return (
    <header class="top">
      {inner && (
        <a class="button plain" href="#more" data-testid="back">
          <Sign name="back" /> {words.back}
        </a>
      )}
      <h1 ref={title} tabIndex={-1} data-testid="title">
        {titleOf(store, place)}
      </h1>
      {state && (
        <p class="line" data-testid="line">
          <Sign name={state.call === 'none' ? 'lamp' : 'phone'} />
          <span>{stateLine(state, words)}</span>
        </p>
      )}
    </header>
  )
}

function titleOf({ words, state, link }: Store, place: Place): string {
  switch (place) {
    case 'home':
      return state.value?.box ?? link.box ?? words.remote
    case 'contacts':
      return words.whom
    default:
      return words[place]
  }
}

/** What is seen is old while the box is away: nothing can be asked then, and it is said. */
function Away({ store }: { store: Store }): VNode | null {
  const { words, now } = store
  if (now.value === 'connected') return null
  const another = now.value === 'another box'
  return (
    <section class="away" role="status" data-testid="away">
      <span class="turning" aria-hidden="true" />
      <div>
        <p class="strong">{another ? words.anotherBox : words.looking}</p>
        <p>{another ? words.anotherBoxHint : words.lookingHint}</p>
        <button type="button" onClick={() => store.link.nudge()} data-testid="nudge">
          <Sign name="again" /> {words.tryAgain}
        </button>
        {another && (
          <button type="button" onClick={() => void store.link.forget()} data-testid="forget-box">
            {words.forget}
          </button>
        )}
      </div>
    </section>
  )
}

/** Once after pairing: the words, so that people can look at the TV and be sure. */
function Paired({ store }: { store: Store }): VNode | null {
  const { words, pairing } = store
  if (pairing.value.is !== 'paired') return null
  const { box, words: shown } = pairing.value
  return (
    <section class="card stack" role="status" data-testid="paired">
      <h2>
        <Sign name="check" /> {words.paired(box)}
      </h2>
      <p>{words.pairedWords}</p>
      <Shown shown={shown} />
      <button
        type="button"
        class="main"
        data-testid="paired-ok"
        onClick={() => {
          pairing.value = { is: 'none' }
        }}
      >
        {words.goOn}
      </button>
    </section>
  )
}

const TABS: ReadonlyArray<{ readonly place: 'home' | 'contacts' | 'calls' | 'more'; readonly sign: SignName }> = [
  { place: 'home', sign: 'remote' },
  { place: 'contacts', sign: 'people' },
  { place: 'calls', sign: 'clock' },
  { place: 'more', sign: 'dots' },
]

function Tabs({ store, place }: { store: Store; place: Place }): VNode {
  const { words } = store
  const missed = store.state.value?.missed ?? 0
  return (
    <nav class="tabs" aria-label={words.remote}>
      {TABS.map(({ place: to, sign }) => (
        <a key={to} href={`#${to}`} data-testid={`to-${to}`} aria-current={tabOf(place) === to ? 'page' : undefined}>
          <Sign name={sign} />
          <span>{words[to]}</span>
          {to === 'calls' && missed > 0 && (
            <span class="badge" data-testid="missed">
              {words.newMissed(missed)}
            </span>
          )}
        </a>
      ))}
    </nav>
  )
}
