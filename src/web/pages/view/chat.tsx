// chat.tsx — what the audience says. All that others wrote is put in as text, never as markup.
import { useSignal } from '@preact/signals'
import type { VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { type ChatMessage, TEXT_LIMIT } from '../../../wire/chat.ts'
import { Icon } from '../kit/icon.tsx'
import type { Store } from './store.ts'

const SLOW = [0, 10, 30, 120] as const
const MUTE = 600
/** Nearer to the end than this, the list follows it, pixels. */
const NEAR = 60

export function Chat({ store }: { store: Store }): VNode {
  const { words } = store
  const { messages, state, role, slow } = store.chat.value
  const moderates = role !== 'viewer'
  const list = useRef<HTMLOListElement>(null)
  const follows = useSignal(true)
  const toEnd = (): void => {
    if (list.current) list.current.scrollTop = list.current.scrollHeight
  }
  useEffect(() => {
    if (follows.value) toEnd()
  }, [messages])
  useEffect(() => {
    // The room of the list changes with what stands around it.
    const look = new ResizeObserver(() => {
      if (follows.peek()) toEnd()
    })
    if (list.current) look.observe(list.current)
    return () => look.disconnect()
  }, [])
  return (
    <section class="chat" id="chat" aria-label={words.chat} data-testid="chat" data-state={state}>
      <header class="chat-head">
        <h2>{words.chat}</h2>
        {moderates && (
          <label class="slow">
            <span>{words.slow}</span>
            <select
              data-testid="slow"
              value={String(slow)}
              onChange={({ currentTarget }) => void store.ask({ ask: 'slow', seconds: Number(currentTarget.value) })}
            >
              {SLOW.map((each) => (
                <option key={each} value={String(each)}>
                  {each === 0 ? words.slowOff : words.slowEvery(each)}
                </option>
              ))}
            </select>
          </label>
        )}
      </header>
      {moderates && <p class="soft chat-note">{words.youModerate}</p>}
      {slow > 0 && !moderates && <p class="soft chat-note">{words.slowOn(slow)}</p>}
      <div class="chat-floor" role="log" aria-live="polite" aria-label={words.chat}>
        <ol
          class="messages"
          ref={list}
          data-testid="messages"
          onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
            follows.value = scrollHeight - scrollTop - clientHeight < NEAR
          }}
        >
          {messages.length === 0 && <li class="soft nobody">{state === 'here' ? words.noMessages : words.chatConnecting}</li>}
          {messages.map((message) => (
            <Said key={message.id} store={store} message={message} moderates={moderates} />
          ))}
        </ol>
        {!follows.value && (
          <button type="button" class="newer" onClick={toEnd}>
            {words.newer}
          </button>
        )}
      </div>
      <Composer store={store} />
    </section>
  )
}

function Said({ store, message, moderates }: { store: Store; message: ChatMessage; moderates: boolean }): VNode {
  const { words } = store
  const { id, who, name, text, role, at } = message
  const isOwn = who === store.me
  const time = new Intl.DateTimeFormat(words.locale, { timeStyle: 'short' }).format(at)
  return (
    <li class={`said ${isOwn ? 'own' : ''}`} data-testid="message" data-who={who}>
      <p class="said-who">
        <i class={`mark tint-${tintOf(who)}`} aria-hidden="true" />
        <b title={who}>{name}</b>
        {role !== 'viewer' && <span class="badge">{role === 'owner' ? words.owner : words.moderator}</span>}
        {isOwn && <span class="soft">({words.you})</span>}
        <time class="soft" dateTime={new Date(at).toISOString()}>
          {time}
        </time>
      </p>
      <p class="said-text" dir="auto">
        {text}
      </p>
      {(moderates || isOwn) && (
        <p class="said-keys">
          <button
            type="button"
            class="plain small-key"
            aria-label={words.removeOf(name)}
            data-testid="delete"
            onClick={() => void store.ask({ ask: 'delete', id })}
          >
            <Icon name="remove" /> {words.remove}
          </button>
          {moderates && !isOwn && role === 'viewer' && (
            <button
              type="button"
              class="plain small-key"
              aria-label={words.muteOf(name)}
              data-testid="mute-person"
              onClick={() => void store.ask({ ask: 'mute', who, seconds: MUTE })}
            >
              <Icon name="mic-off" /> {words.mutePerson}
            </button>
          )}
        </p>
      )}
    </li>
  )
}

/** One of six colours, always the same for the same key. */
const tintOf = (who: string): number => [...who].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 6

function Composer({ store }: { store: Store }): VNode {
  const { words } = store
  const { state, refused, taken } = store.chat.value
  const name = useSignal(store.name.value)
  const text = useSignal('')
  const sent = useSignal<string | null>(null)
  const odd = useSignal(false)
  const naming = useSignal(store.name.value === '')
  useEffect(() => {
    // Only what was taken leaves the field.
    if (sent.value !== null && sent.value === text.value) text.value = ''
    sent.value = null
  }, [taken])
  const submit = (event: Event): void => {
    event.preventDefault()
    if (naming.value && !store.rename(name.value)) {
      odd.value = true
      return
    }
    naming.value = false
    if (text.value.trim() === '') return
    odd.value = !store.say(text.value)
    sent.value = text.value
  }
  const trouble = refused
    ? `${words.refusal[refused.why]} ${refused.seconds === null ? '' : words.wait(refused.seconds)}`
    : state === 'away'
      ? words.chatAway
      : odd.value
        ? words.notSaid
        : null
  return (
    <form class="composer" onSubmit={submit}>
      {trouble && (
        <p class="chat-trouble" role="status" data-testid="chat-trouble">
          <Icon name="info" /> {trouble}
        </p>
      )}
      {naming.value ? (
        <label class="naming">
          <span>{words.yourName}</span>
          <input
            type="text"
            maxLength={40}
            autocomplete="nickname"
            value={name.value}
            title={words.yourNameHint}
            data-testid="chat-name"
            onInput={({ currentTarget }) => {
              name.value = currentTarget.value
            }}
          />
        </label>
      ) : (
        <button
          type="button"
          class="plain as"
          aria-label={words.rename(store.name.value)}
          onClick={() => {
            naming.value = true
          }}
        >
          {store.name.value}
        </button>
      )}
      <div class="saying">
        <input
          type="text"
          maxLength={TEXT_LIMIT}
          autocomplete="off"
          enterkeyhint="send"
          placeholder={words.message}
          aria-label={words.message}
          value={text.value}
          data-testid="chat-text"
          onInput={({ currentTarget }) => {
            text.value = currentTarget.value
            odd.value = false
          }}
        />
        <button type="submit" class="main" aria-label={words.send} title={words.send} data-testid="send" disabled={state !== 'here'}>
          <Icon name="go" />
        </button>
      </div>
    </form>
  )
}
