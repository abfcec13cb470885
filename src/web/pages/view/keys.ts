// keys.ts — the keyboard, and the remote of a TV's browser: arrows and OK. The stage, the timeline, the keys and what is below lie one above the other;
// up and down go from one to the next, left and right go in time, or along the keys.
import { fullScreen } from './screen-mode.ts'
import type { Store } from './store.ts'

const STEP = 10
type Row = 'stage' | 'timeline' | 'keys' | 'below'

export function listenToKeys(store: Store): void {
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
    const target = event.target instanceof HTMLElement ? event.target : null
    if (target?.closest('input:not([type=range]), textarea, select, dialog')) return
    const act = actionFor(event.key, rowOf(target), target, store)
    if (!act) return
    event.preventDefault()
    act()
  })
}

const rowOf = (target: HTMLElement | null): Row =>
  target?.closest('.timeline') ? 'timeline' : target?.closest('.keys') ? 'keys' : target?.closest('.below') ? 'below' : 'stage'

function actionFor(key: string, row: Row, target: HTMLElement | null, store: Store): (() => void) | null {
  const onButton = target !== null && target.closest('button, a') !== null
  const isVolume = target?.closest('.volume') !== null && target !== null
  switch (key) {
    case ' ':
      return onButton ? null : () => store.toggle()
    case 'Enter':
      return onButton || row !== 'stage' ? null : () => store.toggle()
    case 'MediaPlayPause':
      return () => store.toggle()
    case 'MediaRewind':
      return () => store.step(-STEP)
    case 'MediaFastForward':
      return () => store.step(STEP)
    case 'ArrowLeft':
    case 'ArrowRight': {
      const way = key === 'ArrowLeft' ? -1 : 1
      if (row === 'below') return null
      return row === 'keys' ? () => along(target, way) : () => store.step(way * STEP)
    }
    case 'ArrowUp':
      if (isVolume) return null
      return row === 'below' ? () => focusIn('.keys button') : row === 'keys' ? () => focusIn('.timeline') : () => target?.blur()
    case 'ArrowDown':
      if (isVolume) return null
      return row === 'stage' ? () => focusIn('.keys button') : row === 'timeline' ? () => focusIn('.keys button') : row === 'keys' ? () => focusIn('.below :is(input, button)') : null // biome-ignore format: a table
    default:
      break
  }
  switch (key.toLowerCase()) {
    case 'k':
      return () => store.toggle()
    case 'l':
      return () => store.goLive()
    case 'm':
      return () => document.querySelector<HTMLElement>('[data-testid=mute]')?.click()
    case 'f':
      return fullScreen
    case 'c':
      return () => store.toggleCaptions()
    case 't':
      return () => {
        store.chatOpen.value = !store.chatOpen.value
      }
    default:
      return null
  }
}

const focusIn = (selector: string): void => document.querySelector<HTMLElement>(selector)?.focus()

/** To the next key in its row. */
function along(from: HTMLElement | null, way: number): void {
  const all = [...document.querySelectorAll<HTMLElement>('.keys button, .keys input')].filter((each) => each.offsetParent !== null)
  const at = from ? all.indexOf(from) : -1
  all[Math.max(0, Math.min(all.length - 1, at + way))]?.focus()
}
