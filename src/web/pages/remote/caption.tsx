// caption.tsx — a line under the picture of the broadcast, typed by somebody who hears what others cannot.
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { Trouble } from '../kit/trouble.tsx'
import type { Store } from './store.ts'

export function CaptionLine({ store }: { store: Store }): VNode {
  const { words, here } = store
  const [text, setText] = useState('')
  const [shown, setShown] = useState<string | null>(null)
  const [why, setWhy] = useState<string | null>(null)
  const say = async (event: Event): Promise<void> => {
    event.preventDefault()
    setWhy(null)
    if (!(await store.query(setWhy, 'caption', { text }))) return
    setShown(text.trim())
    setText('')
  }
  return (
    <form class="card stack" data-testid="caption" onSubmit={(event) => void say(event)}>
      <div>
        <label for="caption-text">{words.caption}</label>
        <input
          id="caption-text"
          type="text"
          autocomplete="off"
          maxLength={200}
          value={text}
          data-testid="caption-text"
          aria-describedby="caption-hint"
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </div>
      <p class="soft" id="caption-hint">
        {words.captionHint}
      </p>
      <button type="submit" disabled={!here.value} data-testid="say-caption">
        {text.trim() === '' ? words.captionClear : words.captionShow}
      </button>
      {shown !== null && (
        <p class="soft" role="status" data-testid="caption-shown">
          {shown === '' ? words.captionCleared : words.captionShown(shown)}
        </p>
      )}
      {why && <Trouble>{why}</Trouble>}
    </form>
  )
}
