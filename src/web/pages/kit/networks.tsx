// networks.tsx — Wi-Fi networks to choose from, and the password of the one that is chosen: on the page of the set-up and in the remote.
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { Words } from '../setup/words.ts'
import { Trouble } from './trouble.tsx'

export type Seen = {
  readonly ssid: string
  readonly signal: number
  readonly lock: 'open' | 'password' | 'company' | 'old'
  readonly kept?: boolean
}
export type Wish = { readonly ssid: string; readonly password: string | null; readonly hidden: boolean }

type Props = {
  readonly words: Words
  readonly seen: readonly Seen[]
  /** What happens meanwhile, said before it does. */
  readonly before: string
  /** @returns whether it is being tried */
  readonly onJoin: (wish: Wish) => Promise<boolean>
}

export function Networks({ words, seen, before, onJoin }: Props): VNode {
  const [chosen, setChosen] = useState<string | null>(seen.length === 0 ? OTHER : null)
  const join = (of: Seen | null): VNode => <Join words={words} before={before} seen={of} onJoin={onJoin} />
  return (
    <section class="stack">
      <h2 id="choose">{seen.length === 0 ? words.none : words.choose}</h2>
      <ul class="networks" aria-labelledby="choose">
        {seen.map((each) => (
          <li key={each.ssid}>
            <Network words={words} seen={each} on={chosen === each.ssid} onChoose={() => setChosen(each.ssid)} />
            {chosen === each.ssid && join(each)}
          </li>
        ))}
        <li>
          <button type="button" aria-pressed={chosen === OTHER} data-testid="other" onClick={() => setChosen(OTHER)}>
            <span class="name">{words.other}</span>
          </button>
          {chosen === OTHER && join(null)}
        </li>
      </ul>
    </section>
  )
}

/** No network has an empty name. */
const OTHER = ''

type NetworkProps = { readonly words: Words; readonly seen: Seen; readonly on: boolean; readonly onChoose: () => void }

function Network({ words, seen: { ssid, signal, lock }, on, onChoose }: NetworkProps): VNode {
  const bars = signal >= 60 ? 3 : signal >= 35 ? 2 : 1
  const can = lock === 'open' || lock === 'password'
  return (
    <button type="button" aria-pressed={on} disabled={!can} data-testid="network" data-ssid={ssid} onClick={onChoose}>
      <span class="bars" role="img" aria-label={words.strength[bars - 1] ?? ''}>
        {[1, 2, 3].map((bar) => (
          <i key={bar} class={bar <= bars ? 'on' : ''} />
        ))}
      </span>
      <span class="name">
        {ssid}
        {lock !== 'password' && <span class="soft"> – {words[lock]}</span>}
      </span>
    </button>
  )
}

type JoinProps = Pick<Props, 'words' | 'before' | 'onJoin'> & { readonly seen: Seen | null }

function Join({ words, before, seen, onJoin }: JoinProps): VNode {
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const [hidden, setHidden] = useState(false)
  const [shown, setShown] = useState(false)
  const [trouble, setTrouble] = useState<string | null>(null)
  const isOpen = seen?.lock === 'open'
  const field = {
    id: 'password',
    'data-testid': 'password',
    autocomplete: 'off',
    autocapitalize: 'off',
    spellcheck: false,
    maxLength: 64,
    value: password,
    onInput: (event: { readonly currentTarget: HTMLInputElement }): void => setPassword(event.currentTarget.value),
  } as const
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault()
    const ssid = seen?.ssid ?? name.trim()
    if (ssid === '') return setTrouble(words.badName)
    if (!isOpen && password.length < 8 && !(password === '' && (seen === null || seen.kept === true))) return setTrouble(words.badPassword)
    setTrouble(null)
    if (!(await onJoin({ ssid, password: isOpen || password === '' ? null : password, hidden }))) setTrouble(words.badPassword)
  }
  return (
    <form class="card stack" onSubmit={(event) => void submit(event)}>
      {seen === null && (
        <>
          <div>
            <label for="name">{words.name}</label>
            <input
              id="name"
              data-testid="name"
              type="text"
              autocomplete="off"
              autocapitalize="off"
              spellcheck={false}
              value={name}
              onInput={(event) => setName(event.currentTarget.value)}
            />
          </div>
          <label class="check">
            <input type="checkbox" checked={hidden} onChange={(event) => setHidden(event.currentTarget.checked)} /> {words.hidden}
          </label>
        </>
      )}
      {!isOpen && (
        <>
          <div>
            <label for="password">{words.password}</label>
            {shown ? <input {...field} type="text" /> : <input {...field} type="password" />}
          </div>
          <label class="check">
            <input type="checkbox" data-testid="show" checked={shown} onChange={(event) => setShown(event.currentTarget.checked)} />{' '}
            {words.show}
          </label>
        </>
      )}
      {trouble && <Trouble id="trouble">{trouble}</Trouble>}
      <p class="soft">{before}</p>
      <button type="submit" class="main big" data-testid="join">
        {words.join}
      </button>
    </form>
  )
}
