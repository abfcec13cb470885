// main.tsx — the home page: where do you want to go? One field that takes a link or a code, of a room or a broadcast, and how to call this box.
import { render, type VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Icon } from '../kit/icon.tsx'
import { askInfo } from '../kit/info.ts'
import { Trouble } from '../kit/trouble.tsx'
import { wayOf } from './way.ts'

function Home(): VNode {
  return (
    <main class="sheet">
      <span class="brand">
        <Icon name="lamp" /> Parlor
      </span>
      <h1>Where do you want to go?</h1>
      <Go />
      <ThisBox />
      <footer class="row home-foot">
        <a class="button" href="/tv">
          <Icon name="tv" /> See the TV’s picture
        </a>
        {location.protocol === 'http:' && (
          <a class="button" href="/trust">
            <Icon name="info" /> How to trust this box
          </a>
        )}
      </footer>
    </main>
  )
}

function Go(): VNode {
  const [text, setText] = useState('')
  const [why, setWhy] = useState<string | null>(null)
  const submit = (event: Event): void => {
    event.preventDefault()
    const way = wayOf(text, location.origin)
    if ('to' in way) location.href = way.to
    else setWhy(way.why)
  }
  return (
    <form class="stack" onSubmit={submit}>
      <label for="link">The link or the code of a room, or the link of a broadcast</label>
      <div class="go">
        <input
          id="link"
          data-testid="link"
          type="text"
          inputMode="url"
          autocomplete="off"
          autocapitalize="characters"
          spellcheck={false}
          enterkeyhint="go"
          placeholder="K7QF-…"
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value)
            setWhy(null)
          }}
        />
        <button type="submit" class="main" data-testid="go">
          Go <Icon name="go" />
        </button>
      </div>
      {why && <Trouble>{why}</Trouble>}
    </form>
  )
}

function ThisBox(): VNode {
  const [link, setLink] = useState<string | null>(null)
  useEffect(() => {
    void askInfo(null).then((info) => setLink(info.link))
  }, [])
  if (link)
    return (
      <section class="card stack">
        <h2>Call this box</h2>
        <p class="soft">You are on the box’s own machine, so here is its room.</p>
        <a class="button main big" href={link} data-testid="call-this-box">
          <Icon name="camera" /> Call this box
        </a>
      </section>
    )
  return (
    <section class="card stack">
      <h2>To call this box</h2>
      <p>Point the camera of your phone at the square on its TV, and open the link that it finds. No app, no account.</p>
      <p class="soft">The link also stands in letters under the square. Type what follows the # into the field above.</p>
    </section>
  )
}

const root = document.getElementById('page')
if (root) render(<Home />, root)
