// keys.ts — letters on the keyboard that do what the keys of the bar do. Never while somebody types, or while a sheet is open.
import { fullScreen } from './bar.tsx'
import { canShare } from './devices.ts'
import type { Store } from './store.ts'

export function listenToKeys(store: Store): void {
  addEventListener('keydown', (event) => {
    if (store.stage.value.at !== 'call' || store.sheet.value !== null || event.repeat || !isForUs(event)) return
    const act = ACTS[event.key.toLowerCase()]
    if (!act) return
    event.preventDefault()
    act(store)
  })
}

function isForUs({ ctrlKey, metaKey, altKey, target }: KeyboardEvent): boolean {
  if (ctrlKey || metaKey || altKey) return false
  return !(target instanceof HTMLElement) || !(target.isContentEditable || target.matches('input, textarea, select'))
}

const ACTS: Readonly<Record<string, (store: Store) => void>> = {
  m: ({ own }) => void own.mute(!own.sending.value.muted),
  v: ({ own }) => void own.show(!own.sending.value.camera),
  s: ({ own }) => {
    if (own.sending.value.screen) own.stopSharing()
    else if (canShare()) void own.share()
  },
  i: (store) => {
    store.sheet.value = 'invite'
  },
  f: fullScreen,
  l: (store) => void store.leave(),
}
