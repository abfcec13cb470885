// main.tsx — the viewer's page: reads which program the link means, opens its chat, and shows it.
import { render, type VNode } from 'preact'
import { stayAwake } from '../kit/awake.ts'
import { Icon } from '../kit/icon.tsx'
import { memory } from '../kit/memory.ts'
import { socketAt } from '../kit/socket.ts'
import { Trouble } from '../kit/trouble.tsx'
import { listenToKeys } from './keys.ts'
import { Page } from './page.tsx'
import { arrivalAt } from './place.ts'
import { Store } from './store.ts'
import { languageFor, type Words, wordsIn } from './words/words.ts'

function Nowhere({ words }: { words: Words }): VNode {
  return (
    <main class="sheet">
      <a class="brand" href="/">
        <Icon name="lamp" /> Parlor
      </a>
      <h1>{words.nowhere}</h1>
      <Trouble>{words.nowhereHow}</Trouble>
    </main>
  )
}

const root = document.getElementById('page')
if (root) {
  const language = languageFor(navigator.languages)
  const words = wordsIn(language)
  document.documentElement.lang = language
  const arrival = arrivalAt(location.pathname, location.hash)
  if (arrival) {
    // A moderator's secret does not stay in the address, where it would be copied along with the link; what opens a private program does.
    const stays = arrival.shared === null ? '' : `#${arrival.shared}`
    if (location.hash !== stays) history.replaceState(null, '', `${location.pathname}${location.search}${stays}`)
    // Another link pasted over this one may differ behind the # alone.
    addEventListener('hashchange', () => location.reload())
    const store = new Store(arrival, words, memory())
    store.talk(socketAt, new AbortController().signal)
    listenToKeys(store)
    stayAwake(() => store.isPlaying.value)
    render(<Page store={store} />, root)
  } else {
    document.title = `${words.title} · Parlor`
    render(<Nowhere words={words} />, root)
  }
}
