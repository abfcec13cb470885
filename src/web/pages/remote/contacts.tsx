// contacts.tsx — whom this box knows: call them, let them be answered, remove them, add one by the link of a card.
import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { parseCard } from '../../../room/contact.ts'
import type { RemoteContact, RemoteState } from '../../../wire/remote.ts'
import { Trouble } from '../kit/trouble.tsx'
import { OwnCard } from './card.tsx'
import { Sign } from './sign.tsx'
import type { Store } from './store.ts'
import { Switch } from './switch.tsx'

type Props = { readonly store: Store; readonly state: RemoteState }

export function Contacts({ store, state }: Props): VNode {
  const { words } = store
  const connected = store.here.value
  // The box asks their boxes, and its state says whose is there. That it could not be asked is told nowhere: the others can be called.
  useEffect(() => {
    if (connected) void store.query(() => {}, 'who is there')
  }, [connected])
  return (
    <>
      {state.contacts.length === 0 ? (
        <p class="soft">{words.noContacts}</p>
      ) : (
        <ul class="list" data-testid="contacts">
          {state.contacts.map((contact) => (
            <Contact key={contact.peer} store={store} state={state} contact={contact} />
          ))}
        </ul>
      )}
      <OwnRoom store={store} state={state} />
      <Add store={store} />
      <OwnCard store={store} />
    </>
  )
}

/** Rings, and goes back to the remote, where hanging up is. */
function callOf(store: Store, peer: string, phone: boolean): void {
  const contact = peer as Extract<Parameters<Store['ask']>[0], { want: 'ring' }>['contact']
  void store.ask({ want: 'ring', contact, phone })
  location.hash = '#home'
}

function OwnRoom({ store, state }: Props): VNode {
  const { words, here } = store
  const go = (phone: boolean) => () => {
    void store.ask({ want: 'come home', phone })
    location.hash = '#home'
  }
  const off = !here.value || state.call !== 'none'
  return (
    <section class="card stack">
      <div>
        <h2>{words.ownRoom}</h2>
        <p class="soft">{words.ownRoomHint}</p>
      </div>
      <div class="pairs">
        <button type="button" onClick={go(false)} disabled={off} data-testid="come-home">
          <Sign name="camera" /> {words.ownPicture}
        </button>
        <button type="button" onClick={go(true)} disabled={off} data-testid="come-home-sound">
          <Sign name="mic" /> {words.soundOnly}
        </button>
      </div>
    </section>
  )
}

function Contact({ store, state, contact }: Props & { contact: RemoteContact }): VNode {
  const { words, here } = store
  const { peer, name, there, answers } = contact
  const off = !here.value || state.call !== 'none'
  return (
    <li class="card stack" data-testid="contact" data-name={name}>
      <div>
        <h2 class="name">{name}</h2>
        {there !== null && <p class="soft">{there ? words.thereYes : words.thereNo}</p>}
        {answers && (
          <p class="fact">
            <Sign name="info" /> {words.answersItself}
          </p>
        )}
      </div>
      <div class="pairs">
        <button type="button" class="main" onClick={() => callOf(store, peer, false)} disabled={off} data-testid="ring">
          <Sign name="phone" /> {words.callPicture}
        </button>
        <button type="button" onClick={() => callOf(store, peer, true)} disabled={off} data-testid="ring-sound">
          <Sign name="mic" /> {words.soundOnly}
        </button>
      </div>
      <details>
        <summary data-testid="about">{words.about(name)}</summary>
        <About store={store} contact={contact} />
      </details>
    </li>
  )
}

function About({ store, contact: { peer, name, answers } }: { store: Store; contact: RemoteContact }): VNode {
  const { words, here } = store
  const [question, setQuestion] = useState<'none' | 'let answer' | 'remove'>('none')
  const [why, setWhy] = useState<string | null>(null)
  const letAnswer = (on: boolean): void => {
    setQuestion('none')
    setWhy(null)
    void store.query(setWhy, 'let answer', { peer, answers: on })
  }
  return (
    <div class="stack about">
      <Switch
        testId="let-answer"
        sign="bell"
        title={words.letAnswer(name)}
        is={answers ? words.on : words.off}
        on={answers}
        disabled={!here.value}
        onTurn={(on) => (on ? setQuestion('let answer') : letAnswer(false))}
      />
      {question === 'let answer' && (
        <div class="ask stack" role="alert" data-testid="warning">
          <p>{words.letAnswerWarning(name)}</p>
          <div class="pairs">
            <button type="button" onClick={() => setQuestion('none')}>
              {words.cancel}
            </button>
            <button type="button" class="stop" disabled={!here.value} data-testid="allow" onClick={() => letAnswer(true)}>
              {words.allow}
            </button>
          </div>
        </div>
      )}
      {question === 'remove' ? (
        <div class="ask stack" role="alert">
          <p>{words.removeAsk(name)}</p>
          <div class="pairs">
            <button type="button" onClick={() => setQuestion('none')}>
              {words.keep}
            </button>
            <button
              type="button"
              class="stop"
              disabled={!here.value}
              data-testid="remove-yes"
              onClick={() => void store.query(setWhy, 'remove contact', { peer })}
            >
              {words.remove}
            </button>
          </div>
        </div>
      ) : (
        <button type="button" disabled={!here.value} data-testid="remove" onClick={() => setQuestion('remove')}>
          <Sign name="close" /> {words.remove}
        </button>
      )}
      {why && <Trouble>{why}</Trouble>}
    </div>
  )
}

function isCard(text: string): boolean {
  try {
    parseCard(text)
    return true
  } catch {
    return false
  }
}

function Add({ store }: { store: Store }): VNode {
  const { words, here } = store
  const [card, setCard] = useState('')
  const [why, setWhy] = useState<string | null>(null)
  const [added, setAdded] = useState(false)
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault()
    setWhy(null)
    if (!isCard(card)) return setWhy(words.badCard)
    const done = await store.query(setWhy, 'add contact', { card: card.trim() })
    setAdded(done !== null)
    if (done) setCard('')
  }
  return (
    <details class="card">
      <summary data-testid="add-contact">
        <Sign name="plus" /> {words.addContact}
      </summary>
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <p class="soft" id="add-hint">
          {words.addHint}
        </p>
        <div>
          <label for="card">{words.cardLink}</label>
          <input
            id="card"
            data-testid="card"
            type="text"
            inputMode="url"
            autocomplete="off"
            spellcheck={false}
            aria-describedby="add-hint"
            value={card}
            onInput={(event) => {
              setCard(event.currentTarget.value)
              setAdded(false)
            }}
          />
        </div>
        <button type="submit" class="main" disabled={!here.value || card.trim() === ''} data-testid="add">
          <Sign name="plus" /> {words.add}
        </button>
        <p role="status">{added ? words.added : ''}</p>
        {why && <Trouble id="add-trouble">{why}</Trouble>}
      </form>
    </details>
  )
}
