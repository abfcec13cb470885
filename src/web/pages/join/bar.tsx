// bar.tsx — what one can do in a call: a row of large keys, each with a sign, a word and a letter on the keyboard.
import type { VNode } from 'preact'
import { Icon, type IconName } from '../kit/icon.tsx'
import { canShare } from './devices.ts'
import type { Sheet, Store } from './store.ts'

type KeyProps = {
  readonly icon: IconName
  readonly word: string
  readonly hint: string
  readonly testId: string
  readonly shortcut?: string
  /** Present for keys that are on or off. */
  readonly pressed?: boolean
  readonly kind?: 'stop' | 'alert'
  readonly onPress: () => void
}

function Key({ icon, word, hint, testId, shortcut, pressed, kind, onPress }: KeyProps): VNode {
  return (
    <button
      type="button"
      class={`key ${kind ?? ''}`}
      data-testid={testId}
      aria-label={hint}
      aria-pressed={pressed}
      aria-keyshortcuts={shortcut}
      title={shortcut ? `${hint} (${shortcut})` : hint}
      onClick={onPress}
    >
      <Icon name={icon} />
      <span class="key-word" aria-hidden="true">
        {word}
      </span>
    </button>
  )
}

export function Bar({ store }: { store: Store }): VNode {
  const { own } = store
  const { muted, camera, screen } = own.sending.value
  const show = (sheet: Sheet): void => {
    store.sheet.value = sheet
  }
  return (
    <nav class="bar" aria-label="Call">
      <Key
        icon={muted ? 'mic-off' : 'mic'}
        word={muted ? 'Unmute' : 'Mute'}
        hint={muted ? 'Unmute your microphone' : 'Mute your microphone'}
        testId="mute"
        shortcut="M"
        pressed={muted}
        onPress={() => void own.mute(!muted)}
      />
      <Key
        icon={camera ? 'camera' : 'camera-off'}
        word={camera ? 'Camera' : 'Show'}
        hint={camera ? 'Turn your camera off' : 'Turn your camera on'}
        testId="camera"
        shortcut="V"
        pressed={!camera}
        onPress={() => void own.show(!camera)}
      />
      {canShare() && (
        <Key
          icon="share"
          word={screen ? 'Stop' : 'Share'}
          hint={screen ? 'Stop sharing your screen' : 'Share your screen'}
          testId="share"
          shortcut="S"
          pressed={screen}
          onPress={() => (screen ? own.stopSharing() : void own.share())}
        />
      )}
      <Key
        icon="devices"
        word="Devices"
        hint="Choose camera, microphone and loudspeaker"
        testId="devices"
        onPress={() => show('devices')}
      />
      <Key icon="invite" word="Invite" hint="Invite somebody" testId="invite" shortcut="I" onPress={() => show('invite')} />
      {document.fullscreenEnabled && (
        <Key icon="full" word="Full" hint="Full screen, or back" testId="full-screen" shortcut="F" onPress={fullScreen} />
      )}
      <Key icon="leave" word="Leave" hint="Leave the call" testId="leave" shortcut="L" kind="stop" onPress={() => void store.leave()} />
    </nav>
  )
}

export function fullScreen(): void {
  const done = document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()
  // The browser may say no, for example outside of a click; then the page simply stays as it is.
  done.catch(() => {})
}
