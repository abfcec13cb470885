// main.tsx — the phone remote: opens the link to the box, reads the address, and shows the screen that fits.
import { render } from 'preact'
import { systemClock } from '../../../lib/clock.ts'
import { RemoteLink } from '../kit/remote.ts'
import { browserShelf, browserSocket } from '../kit/remote-browser.ts'
import { Page } from './page.tsx'
import { Store } from './store.ts'
import { languageFor, wordsIn } from './words/words.ts'

const root = document.getElementById('page')
if (root) {
  const language = languageFor(navigator.languages)
  const words = wordsIn(language)
  document.documentElement.lang = language
  document.title = words.title
  const link = new RemoteLink({ socket: browserSocket(), shelf: browserShelf(), clock: systemClock })
  const store = new Store(link, words, systemClock)
  const arrive = (): void => {
    if (store.arrive(location.hash)) history.replaceState(null, '', location.pathname)
  }
  arrive()
  addEventListener('hashchange', arrive)
  // A phone that slept, or was away from the network, tries at once.
  const nudge = (): void => {
    if (document.visibilityState === 'visible') link.nudge()
  }
  document.addEventListener('visibilitychange', nudge)
  addEventListener('online', nudge)
  addEventListener('pageshow', nudge)
  store.start()
  render(<Page store={store} />, root)
}
