// main.tsx — a phone on the box's own access point chooses a network for it and types its password. The box tries it while this page stands
// still: its line is away then, and it asks again until somebody answers.
import { render, type VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Icon } from '../kit/icon.tsx'
import { Networks, type Seen, type Wish } from '../kit/networks.tsx'
import { Trouble } from '../kit/trouble.tsx'
import { countryOf, type Words, wordsFor } from './words.ts'

type State = {
  readonly box: string
  readonly own: string
  readonly seen: readonly Seen[]
  readonly trying: string | null
  readonly failed: { readonly ssid: string; readonly why: string } | null
  readonly alone: boolean
}

const ASK_MS = 2000
const PATIENCE_MS = 5000

async function ask(path: string, about?: unknown): Promise<unknown> {
  const post = about === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(about) }
  const answer = await fetch(path, { ...post, cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS) })
  return answer.json()
}

function Setup({ words }: { words: Words }): VNode {
  const [state, setState] = useState<State | null>(null)
  const [sent, setSent] = useState<string | null>(null)
  const look = (): void => {
    ask('/setup/state').then(
      (now) => {
        setState(now as State)
        if ((now as State).trying === null) setSent(null)
      },
      () => {},
    )
  }
  useEffect(() => {
    look()
    const timer = setInterval(look, ASK_MS)
    return () => clearInterval(timer)
  }, [])
  const trying = sent ?? state?.trying ?? null
  return (
    <main class="sheet setup" data-testid="setup" data-now={trying ? 'trying' : (state?.failed?.why ?? 'choosing')}>
      <span class="brand">
        <Icon name="lamp" /> {state?.box ?? 'Parlor'}
      </span>
      <h1>{words.title}</h1>
      {state?.alone ? (
        <p role="status">{words.isAlone}</p>
      ) : trying !== null ? (
        <section class="card stack" role="status" data-testid="trying">
          <h2>{words.trying(trying)}</h2>
          <p>{words.tryingHint(state?.own ?? '')}</p>
        </section>
      ) : (
        state && <Choose words={words} state={state} onSent={setSent} />
      )}
    </main>
  )
}

type ChooseProps = { readonly words: Words; readonly state: State; readonly onSent: (ssid: string) => void }

function Choose({ words, state, onSent }: ChooseProps): VNode {
  const why =
    state.failed && state.failed.why in words.failed ? words.failed[state.failed.why as keyof Words['failed']](state.failed.ssid) : null
  const join = async (wish: Wish): Promise<boolean> => {
    const answer = (await ask('/setup/join', { ...wish, country: countryOf(navigator.languages) }).catch(() => null)) as {
      ok?: boolean
    } | null
    if (answer?.ok) onSent(wish.ssid)
    return answer?.ok === true
  }
  return (
    <>
      {why && <Trouble id="failed">{why}</Trouble>}
      <Networks words={words} seen={state.seen} before={words.before(state.own)} onJoin={join} />
      <section class="stack">
        <button type="button" class="plain" data-testid="alone" onClick={() => void ask('/setup/alone', {}).catch(() => {})}>
          {words.alone}
        </button>
        <p class="soft">{words.aloneHint}</p>
      </section>
    </>
  )
}

const root = document.getElementById('page')
if (root) {
  const { language, words } = wordsFor(navigator.languages)
  document.documentElement.lang = language
  document.title = `${words.title} · Parlor`
  render(<Setup words={words} />, root)
}
