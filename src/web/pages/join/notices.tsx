// notices.tsx — what people should know now, at the top of the picture: the most urgent first, never more than three.
import type { VNode } from 'preact'
import { Icon } from '../kit/icon.tsx'
import type { Store } from './store.ts'

const MOST = 3

export function Notices({ store }: { store: Store }): VNode {
  return (
    <div class="notices">
      {store.soundHeldBack.value && (
        <button type="button" class="main" data-testid="turn-on-sound" onClick={() => store.playSound()}>
          <Icon name="speaks" /> Turn on the sound
        </button>
      )}
      {store.notices.value.slice(0, MOST).map((notice) => (
        <div key={notice.kind} class="notice" role={notice.urgent ? 'alert' : 'status'} data-testid="notice" data-kind={notice.kind}>
          <Icon name={notice.kind === 'muted' ? 'mic-off' : notice.urgent ? 'warn' : 'info'} />
          <p>{notice.sentence}</p>
          {notice.dismiss && (
            <button type="button" class="plain" onClick={notice.dismiss} aria-label="Close this message">
              <Icon name="close" />
            </button>
          )}
        </div>
      ))}
    </div>
  )
}
