// main.tsx — the join page: reads the link, shows the place where the visit is, and says goodbye when the page is closed.
import { render, type VNode } from 'preact'
import { unreachable } from '../../../lib/fault.ts'
import { stayAwake } from '../kit/awake.ts'
import { Icon } from '../kit/icon.tsx'
import { askInfo } from '../kit/info.ts'
import { memory } from '../kit/memory.ts'
import { Trouble } from '../kit/trouble.tsx'
import { CallView } from './call.tsx'
import { Door } from './door.tsx'
import { listenToKeys } from './keys.ts'
import { Store } from './store.ts'

function Page({ store }: { store: Store }): VNode {
  const stage = store.stage.value
  switch (stage.at) {
    case 'astray':
      return <Astray why={stage.why} />
    case 'door':
    case 'joining':
      return <Door store={store} />
    case 'call':
      return <CallView store={store} />
    case 'full':
      return <Full store={store} />
    case 'left':
      return <Left />
    default:
      return unreachable(stage)
  }
}

function Astray({ why }: { why: string }): VNode {
  return (
    <main class="sheet">
      <Brand />
      <h1>This link leads nowhere</h1>
      <Trouble>
        <p>{why}</p>
      </Trouble>
      <a class="button" href="/">
        Type or paste a link instead
      </a>
    </main>
  )
}

function Full({ store }: { store: Store }): VNode {
  return (
    <main class="sheet" data-testid="room-full">
      <Brand />
      <h1>The room is full</h1>
      <p role="alert">{store.refused.value}</p>
      <div class="row">
        <button type="button" class="main" onClick={() => void store.enter()}>
          Try again
        </button>
        <a class="button" href="/">
          Go elsewhere
        </a>
      </div>
    </main>
  )
}

function Left(): VNode {
  return (
    <main class="sheet" data-testid="left">
      <Brand />
      <h1>You have left</h1>
      <p class="soft">Your camera and microphone are closed.</p>
      <div class="row">
        <button type="button" class="main" onClick={() => location.reload()}>
          Go in again
        </button>
        <a class="button" href="/">
          Go elsewhere
        </a>
      </div>
    </main>
  )
}

const Brand = (): VNode => (
  <a class="brand" href="/">
    <Icon name="lamp" /> Parlor
  </a>
)

const root = document.getElementById('page')
if (root) {
  const store = new Store(askInfo)
  store.arrive(location.href, memory())
  listenToKeys(store)
  stayAwake(() => store.stage.value.at === 'call')
  addEventListener('hashchange', () => {
    if (store.stage.value.at === 'call' || store.stage.value.at === 'joining') return
    location.reload()
  })
  navigator.mediaDevices?.addEventListener('devicechange', () => void store.own.refreshChoices().catch(reportError))
  addEventListener('pagehide', () => void store.goodbye())
  // A page that the browser had put aside comes back without its call: begin again at the door.
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) location.reload()
  })
  render(<Page store={store} />, root)
  // The call itself is the heavier half of the page: fetched while the person reads the door. If that fails, going in says so.
  import('./visit.ts').then(({ warmUp }) => warmUp(new AbortController().signal)).catch(() => {})
}
