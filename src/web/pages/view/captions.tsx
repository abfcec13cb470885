// captions.tsx — the caption under the picture. It is text like any other on the page and stands there once: a screen reader finds it, and is not
// interrupted by it, because who listens hears the same.
import type { VNode } from 'preact'
import type { Store } from './store.ts'

export function Captions({ store }: { store: Store }): VNode | null {
  const now = store.captions.value
  if (!now || now.text === '' || !store.captionsOn.value) return null
  return (
    <div class="caption" lang={now.language} data-testid="caption">
      {now.text.split('\n').map((line, i) => (
        <p key={i} dir="auto">
          <span>{line}</span>
        </p>
      ))}
    </div>
  )
}
