// call.tsx — the call: people in their places, what is going on in words, and the bar.
import type { VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Icon } from '../kit/icon.tsx'
import { Bar } from './bar.tsx'
import { Invite } from './invite.tsx'
import { Notices } from './notices.tsx'
import { type Area, place, selfFloats } from './place.ts'
import { Self } from './self.tsx'
import { Sheets } from './sheets.tsx'
import { LIMIT, type Store } from './store.ts'
import { styleOf, Tile } from './tile.tsx'
import { Video } from './video.tsx'
import { Voice } from './voice.tsx'
import { countWords } from './words.ts'

const GAP = 10

export function CallView({ store }: { store: Store }): VNode {
  const people = store.people.value
  return (
    <main class="call">
      <header class="call-head">
        <span class="brand">
          <Icon name="lamp" /> Parlor
        </span>
        <button
          type="button"
          class="plain count"
          onClick={() => {
            store.sheet.value = 'invite'
          }}
          data-testid="count"
          aria-label={`${countWords(people.length, LIMIT)}. Invite somebody`}
        >
          {countWords(people.length, LIMIT)}
        </button>
      </header>
      <div class="floor">
        <Stage store={store} />
        <Notices store={store} />
      </div>
      <Bar store={store} />
      {people.map(({ peer }) => {
        const track = store.lines.value.get(peer)?.track('audio')
        return track ? <Voice key={peer} store={store} peer={peer} track={track} /> : null
      })}
      <p class="unseen" aria-live="polite">
        {store.said.value}
      </p>
      <Sheets store={store} />
    </main>
  )
}

function Stage({ store }: { store: Store }): VNode {
  const [ref, area] = useArea()
  const people = store.people.value
  const sharer = people.find((p) => p.screen && p.state !== 'arriving' && store.lines.value.has(p.peer))
  const floats = selfFloats(people.length) && !sharer
  const places = place(people.length + (floats ? 0 : 1), area, GAP, sharer !== undefined)
  return (
    <section class={`stage ${floats ? 'with-float' : ''}`} ref={ref} aria-label="People in this call">
      {people.length === 0 && (
        <div class="alone">
          <h1>Nobody else is here yet</h1>
          <Invite link={store.link.value} />
        </div>
      )}
      {sharer && places.share && (
        <article
          class="tile shared"
          style={styleOf(places.share)}
          data-testid="shared"
          data-peer={sharer.peer}
          aria-label={`The screen of ${sharer.name}`}
        >
          <Video
            track={store.lines.value.get(sharer.peer)?.track('screen') ?? null}
            label={`The screen of ${sharer.name}`}
            testId="shared-video"
            keep={1}
          />
          <footer class="tile-foot">
            <span class="pill">
              <Icon name="share" />
              <span class="name">The screen of {sharer.name}</span>
            </span>
          </footer>
        </article>
      )}
      {people.map((person, at) => {
        const box = places.tiles[at]
        if (!box) return null
        const track = store.lines.value.get(person.peer)?.track('camera') ?? null
        const compare = (): void => {
          store.sheet.value = { compare: person.peer }
        }
        return <Tile key={person.peer} person={person} track={track} box={box} onCompare={compare} />
      })}
      <Self own={store.own} box={floats ? null : (places.tiles.at(-1) ?? null)} />
    </section>
  )
}

/** The size of an element, followed as it changes. */
function useArea(): [ref: { current: HTMLElement | null }, area: Area] {
  const ref = useRef<HTMLElement>(null)
  const [area, setArea] = useState<Area>({ width: 0, height: 0 })
  useEffect(() => {
    const element = ref.current
    if (!element) return
    const seen = new ResizeObserver(() => setArea({ width: element.clientWidth, height: element.clientHeight }))
    seen.observe(element)
    return () => seen.disconnect()
  }, [])
  return [ref, area]
}
