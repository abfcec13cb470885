// tile.tsx — one other person: picture or letters, name, signs, state in words, and the four emoji of the link.
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { Person } from '../../../call/person.ts'
import { Icon } from '../kit/icon.tsx'
import type { Box } from './place.ts'
import { Video } from './video.tsx'
import { initials, personSentence, stateWords } from './words.ts'

type Props = { readonly person: Person; readonly track: MediaStreamTrack | null; readonly box: Box; readonly onCompare: () => void }

/** A face stays in the middle half of a picture; a room full of people does not. */
const FACE = 0.5
const ROOM = 0.75

export function Tile({ person, track, box, onCompare }: Props): VNode {
  const [picture, setPicture] = useState(false)
  const { state, emoji } = person
  const showing = person.camera && picture && state !== 'arriving'
  return (
    <article
      class={`tile ${person.speaking ? 'speaks' : ''} ${Math.min(box.width, box.height) < 190 ? 'small' : ''}`}
      style={styleOf(box)}
      data-testid="tile"
      data-peer={person.peer}
      data-name={person.name}
      data-state={state}
      data-muted={String(person.muted)}
      data-camera={String(person.camera)}
      data-speaking={String(person.speaking)}
      aria-label={personSentence(person)}
    >
      <Video
        track={track}
        label={`The picture of ${person.name}`}
        testId="video"
        keep={person.kind === 'box' ? ROOM : FACE}
        onPicture={setPicture}
      />
      {!showing && (
        <div class="face" aria-hidden="true">
          <span class="disc">{person.kind === 'box' ? <Icon name="tv" /> : initials(person.name)}</span>
          {state === 'live' && <span>{person.camera ? 'The picture is coming…' : 'Camera off'}</span>}
        </div>
      )}
      {state !== 'live' && (
        <div class="veil" role="status">
          <span class="turning" aria-hidden="true" />
          {stateWords(state)}
        </div>
      )}
      <footer class="tile-foot">
        <span class="pill">
          {person.muted ? <Icon name="mic-off" /> : person.speaking ? <Icon name="speaks" /> : null}
          <span class="name">{person.name}</span>
        </span>
        {emoji && (
          <button
            type="button"
            class="pill emoji"
            data-testid="emoji"
            data-emoji={emoji.join(' ')}
            onClick={onCompare}
            title="Compare these four pictures"
            aria-label={`The four pictures of ${person.name}: ${emoji.join(' ')}. What are they for?`}
          >
            {emoji.map((one) => (
              <span key={one} aria-hidden="true">
                {one}
              </span>
            ))}
          </button>
        )}
      </footer>
    </article>
  )
}

export const styleOf = ({ x, y, width, height }: Box) => ({ left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` })
