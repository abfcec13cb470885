// door.tsx — before joining: who you are, what you will show, and what you will say.
import type { VNode } from 'preact'
import { Icon } from '../kit/icon.tsx'
import { Trouble } from '../kit/trouble.tsx'
import { Meter } from './meter.tsx'
import { Picker } from './picker.tsx'
import type { Store } from './store.ts'
import { Video } from './video.tsx'
import { troubleSentence } from './words.ts'

const NAME_LENGTH = 40
const CAN_CALL = typeof RTCPeerConnection === 'function'

export function Door({ store }: { store: Store }): VNode {
  const { own, name, stage } = store
  const joining = stage.value.at === 'joining'
  const submit = (event: Event): void => {
    event.preventDefault()
    store.enter().catch(reportError)
  }
  return (
    <main class="door">
      <div class="door-picture">
        <Preview store={store} />
      </div>
      <form class="door-form" onSubmit={submit}>
        <div class="stack">
          <h1>You are at the door</h1>
          <p class="soft">Nobody sees or hears you yet. Only people with this link can come in, and what you say stays between you.</p>
        </div>
        {store.troubleAtDoor.value && <Trouble>{store.troubleAtDoor.value}</Trouble>}
        {own.troubles.value.map((t) => (
          <Trouble key={t.device}>{troubleSentence(t)}</Trouble>
        ))}
        {!CAN_CALL && (
          <Trouble>This browser cannot make calls: it has no WebRTC, or it is turned off. Please open the link in another one.</Trouble>
        )}
        {CAN_CALL && !isSecureContext && <Insecure store={store} />}
        <div>
          <label for="name">Your name</label>
          <input
            id="name"
            data-testid="name"
            type="text"
            value={name.value}
            maxLength={NAME_LENGTH}
            autocomplete="nickname"
            enterkeyhint="go"
            placeholder="So that the others know who is there"
            onInput={(event) => store.rename(event.currentTarget.value)}
          />
        </div>
        {isSecureContext && (
          <div class="stack">
            <Picker own={own} kind="camera" />
            <Picker own={own} kind="microphone" />
            {own.microphone.value && <Meter own={own} />}
          </div>
        )}
        <button class="main big" type="submit" data-testid="join" disabled={joining || !CAN_CALL}>
          {joining ? 'Going in…' : joinWords(store)}
        </button>
      </form>
    </main>
  )
}

function joinWords({ own }: Store): string {
  const camera = own.wants.camera.value && isSecureContext
  const microphone = own.wants.microphone.value && isSecureContext
  if (camera && microphone) return 'Join the call'
  if (camera) return 'Join without sound'
  return microphone ? 'Join with sound only' : 'Join just to watch and listen'
}

function Preview({ store: { own, name } }: { store: Store }): VNode {
  const camera = own.camera.value
  if (camera)
    return (
      <div class="preview">
        <Video track={camera} mirrored label="You, as in a mirror" testId="preview" />
        <span class="pill at-bottom">{name.value.trim() || 'You'}</span>
      </div>
    )
  const later = own.wants.camera.value && isSecureContext
  return (
    <div class="preview empty" data-testid="preview">
      <Icon name={later ? 'camera' : 'camera-off'} />
      <p>{later ? 'Your camera is not open yet.' : 'Your camera stays off.'}</p>
      {later && (
        <button type="button" disabled={own.opening.value} onClick={() => void own.open()} data-testid="try">
          {own.opening.value ? 'Opening…' : 'See and hear yourself first'}
        </button>
      )}
    </div>
  )
}

function Insecure({ store }: { store: Store }): VNode {
  return (
    <div class="card stack" data-testid="insecure">
      <h2>From here you can only watch and listen</h2>
      <p>
        Browsers give camera and microphone only to pages opened by https. To be seen and heard, trust this box once, then open the secure
        page.
      </p>
      <div class="row">
        <a class="button" href="/trust">
          How to trust this box
        </a>
        <a class="button" href={store.secureLink.value} data-testid="secure">
          Open the secure page
        </a>
      </div>
    </div>
  )
}
