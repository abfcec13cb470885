// page.tsx — the page around the picture: what it is, whether it is what was signed, and the chat.
import type { VNode } from 'preact'
import { useEffect } from 'preact/hooks'
import { Icon } from '../kit/icon.tsx'
import { Chat } from './chat.tsx'
import { canFeed } from './screen.ts'
import { Stage } from './stage.tsx'
import type { Store } from './store.ts'

export function Page({ store }: { store: Store }): VNode {
  const { words } = store
  const about = store.about.value
  const title = store.title.value || words.untitled
  useEffect(() => {
    document.title = `${title} · Parlor`
  }, [title])
  const isLocked = store.scene.value.is === 'locked'
  const open = store.chatOpen.value && !isLocked
  return (
    <main class={`watch ${open ? 'with-chat' : ''}`} data-testid="watch">
      <Stage store={store} title={title} />
      <div class="below">
        <header class="about">
          <div class="about-words">
            <h1>{title}</h1>
            <p class="soft about-line">
              {about && (
                <span data-testid="viewers">
                  <Icon name="eye" /> {words.viewers(about.viewers)}
                </span>
              )}
              {!isLocked && <Trust store={store} />}
              {about?.sealed && !isLocked && (
                <span data-testid="private">
                  <Icon name="locked" /> {words.private}
                </span>
              )}
            </p>
          </div>
          <button
            type="button"
            class="chat-key"
            aria-expanded={open}
            disabled={isLocked}
            aria-controls="chat"
            aria-keyshortcuts="T"
            data-testid="chat-key"
            onClick={() => {
              store.chatOpen.value = !open
            }}
          >
            <Icon name="chat" /> {open ? words.hideChat : words.showChat}
          </button>
        </header>
        <p class="soft hint">{words.keys}</p>
        <a class="brand" href="/">
          <Icon name="lamp" /> Parlor
        </a>
      </div>
      {open && <Chat store={store} />}
    </main>
  )
}

/** What can be said of the truth of the picture. */
function Trust({ store }: { store: Store }): VNode {
  const { words } = store
  if (!canFeed())
    return (
      <span data-testid="unchecked">
        <Icon name="warn" /> {words.unchecked}
      </span>
    )
  return (
    <span data-testid="checked">
      <Icon name="checked" /> {words.checked}
    </span>
  )
}
