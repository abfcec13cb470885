// calls.tsx — what became of those who rang here. Looking at the list is what makes a missed call seen.
import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Answer, RemoteState } from '../../../wire/remote.ts'
import { Trouble } from '../kit/trouble.tsx'
import { Sign, type SignName } from './sign.tsx'
import type { Store } from './store.ts'

type Past = Answer<'calls'>[number]
const SIGNS: Readonly<Record<string, SignName>> = { missed: 'bell', declined: 'hang-up', answered: 'phone', 'answered by itself': 'camera' }

export function Calls({ store, state }: { store: Store; state: RemoteState }): VNode {
  const { words, here } = store
  const [calls, setCalls] = useState<readonly Past[] | null>(null)
  const [why, setWhy] = useState<string | null>(null)
  const connected = here.value
  // Again when somebody new has rung, and when the box is back.
  useEffect(() => {
    if (!connected) return
    let gone = false
    const ask = async (): Promise<void> => {
      setWhy(null)
      const all = await store.query(setWhy, 'calls')
      if (gone || !all) return
      setCalls((before) => keepingNew(before, all))
      if (all.some(({ seen }) => !seen)) await store.query(setWhy, 'calls seen')
    }
    void ask()
    return () => {
      gone = true
    }
  }, [connected, state.missed, state.ringing?.peer])
  if (why) return <Trouble>{why}</Trouble>
  if (!calls) return <p class="soft">{words.loading}</p>
  if (calls.length === 0) return <p class="soft">{words.noCalls}</p>
  return (
    <ul class="list" data-testid="calls">
      {calls.map((call) => (
        <li key={`${call.at} ${call.peer}`} class="card past" data-testid="past" data-what={call.what}>
          <h2 class="name">{call.name}</h2>
          <p class="fact">
            <Sign name={SIGNS[call.what] ?? 'info'} />
            <span>
              {wordFor(call.what, store)}
              {!call.seen && <strong class="badge">{words.new}</strong>}
            </span>
          </p>
          <p class="soft">{whenOf(call.at, words.locale)}</p>
          {state.contacts.some(({ peer }) => peer === call.peer) && <CallBack store={store} state={state} peer={call.peer} />}
        </li>
      ))}
    </ul>
  )
}

/** What was new when this list was opened stays marked while it is looked at. */
const keepingNew = (before: readonly Past[] | null, all: readonly Past[]): readonly Past[] =>
  all.map((call) => ({ ...call, seen: call.seen && !before?.some((old) => old.at === call.at && old.peer === call.peer && !old.seen) }))

function CallBack({ store, state, peer }: { store: Store; state: RemoteState; peer: string }): VNode {
  const { words, here } = store
  const contact = peer as Extract<Parameters<Store['ask']>[0], { want: 'ring' }>['contact']
  return (
    <button
      type="button"
      data-testid="call-back"
      disabled={!here.value || state.call !== 'none'}
      onClick={() => {
        void store.ask({ want: 'ring', contact })
        location.hash = '#home'
      }}
    >
      <Sign name="phone" /> {words.callBack}
    </button>
  )
}

const wordFor = (what: string, { words }: Store): string => (words.ended as Readonly<Record<string, string>>)[what] ?? what

/** A box without a clock says 1970 until it knows better. */
export function whenOf(at: number, locale: string): string {
  return at < Date.UTC(2024)
    ? ''
    : new Date(at).toLocaleString(locale, { weekday: 'short', day: 'numeric', month: 'long', hour: 'numeric', minute: '2-digit' })
}
