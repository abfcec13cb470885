// controls.tsx — what one can do with the picture: large keys over its lower edge, and the timeline above them.
import { useSignal } from '@preact/signals'
import type { VNode } from 'preact'
import { Dialog } from '../kit/dialog.tsx'
import { Icon, type IconName } from '../kit/icon.tsx'
import type { Rendition } from './quality.ts'
import { clockText } from './scene.ts'
import { canFloat, float, fullScreen } from './screen-mode.ts'
import type { Store } from './store.ts'

type KeyProps = {
  readonly icon: IconName
  readonly hint: string
  readonly testId: string
  readonly shortcut?: string
  readonly pressed?: boolean
  readonly kind?: string
  readonly disabled?: boolean
  readonly onPress: () => void
}

function Key({ icon, hint, testId, shortcut, pressed, kind, disabled, onPress }: KeyProps): VNode {
  return (
    <button
      type="button"
      class={`glass ${kind ?? ''}`}
      data-testid={testId}
      aria-label={hint}
      aria-pressed={pressed}
      aria-keyshortcuts={shortcut}
      title={shortcut ? `${hint} (${shortcut})` : hint}
      disabled={disabled}
      onClick={onPress}
    >
      <Icon name={icon} />
    </button>
  )
}

const videoOf = (): HTMLVideoElement | null => document.querySelector('.stage video')

export function Controls({ store }: { store: Store }): VNode {
  const { words } = store
  const now = store.now.value
  const picking = useSignal(false)
  const isOn = now.position !== null
  const isSilent = store.muted.value || store.volume.value === 0
  const unmute = (): void => {
    const video = videoOf()
    if (!video) return
    video.muted = !isSilent
    if (isSilent && video.volume === 0) video.volume = 1
  }
  return (
    <div class="controls">
      {isSilent && now.isPlaying && (
        <button type="button" class="glass words sound-key" onClick={unmute} data-testid="unmute">
          <Icon name="sound-off" /> {words.unmute}
        </button>
      )}
      <Timeline store={store} />
      <fieldset class="keys" aria-label={words.controls}>
        <Key
          icon={now.isPlaying ? 'pause' : 'play'}
          hint={now.isPlaying ? words.pause : words.play}
          testId="play"
          shortcut="Space"
          disabled={!isOn && !now.needsTouch}
          onPress={() => store.toggle()}
        />
        <Key icon="back" hint={words.back} testId="back" shortcut="ArrowLeft" disabled={!isOn} onPress={() => store.step(-10)} />
        <Key
          icon="on"
          hint={words.on}
          testId="on"
          shortcut="ArrowRight"
          disabled={!isOn || now.isLive}
          kind="roomy"
          onPress={() => store.step(10)}
        />
        <Live store={store} />
        <span class="between" />
        <span class="volume">
          <Key
            icon={isSilent ? 'sound-off' : 'sound'}
            hint={isSilent ? words.unmute : words.mute}
            testId="mute"
            shortcut="M"
            pressed={isSilent}
            onPress={unmute}
          />
          <input
            type="range"
            class="roomy"
            min={0}
            max={1}
            step={0.05}
            value={isSilent ? 0 : store.volume.value}
            aria-label={words.volume}
            data-testid="volume"
            onInput={({ currentTarget }) => {
              const video = videoOf()
              if (!video) return
              video.volume = Number(currentTarget.value)
              video.muted = video.volume === 0
            }}
          />
        </span>
        {store.captions.value && (
          <Key
            icon="captions"
            hint={`${words.captions}: ${store.captions.value.label}`}
            testId="captions"
            shortcut="C"
            kind="captions-key"
            pressed={store.captionsOn.value}
            onPress={() => store.toggleCaptions()}
          />
        )}
        {now.renditions.length > 1 && (
          <Key
            icon="quality"
            hint={words.quality}
            testId="quality"
            onPress={() => {
              picking.value = true
            }}
          />
        )}
        {canFloat() && <Key icon="pip" hint={words.pip} testId="pip" kind="roomy" disabled={!isOn} onPress={float} />}
        <Key icon="full" hint={words.full_} testId="full-screen" shortcut="F" onPress={fullScreen} />
      </fieldset>
      {picking.value && (
        <Dialog
          title={words.quality}
          onClose={() => {
            picking.value = false
          }}
        >
          <Qualities store={store} renditions={now.renditions} />
        </Dialog>
      )}
    </div>
  )
}

/** How far behind live, and the way there. */
function Live({ store }: { store: Store }): VNode | null {
  const { words } = store
  const { isLive, behind, position, hasEnded } = store.now.value
  if (position === null || behind === null || hasEnded) return null
  const said = isLive
    ? words.isLive(new Intl.NumberFormat(words.locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(behind))
    : `${words.behindLive(clockText(behind))}. ${words.goLive}`
  return (
    <button
      type="button"
      class={`glass words live ${isLive ? 'at-live' : ''}`}
      data-testid="live"
      data-behind={behind.toFixed(2)}
      data-live={isLive}
      aria-label={said}
      aria-keyshortcuts="L"
      title={`${said} (L)`}
      onClick={() => store.goLive()}
    >
      <i class="dot" aria-hidden="true" />
      <span>{words.live}</span>
      <span class="behind">{isLive ? `${behind.toFixed(1)} s` : `−${clockText(behind)}`}</span>
    </button>
  )
}

function Timeline({ store }: { store: Store }): VNode {
  const { words } = store
  const { edge, position, from: known, isLive } = store.now.value
  const held = useSignal<number | null>(null)
  const from = store.about.value?.from ?? known
  const isThere = edge !== null && from !== null && position !== null && edge - from > 2000
  const length = isThere ? Math.max(1, Math.round((edge - from) / 1000)) : 1
  const isAtEnd = isLive && held.value === null
  const at = isThere && !isAtEnd ? Math.min(length, Math.max(0, Math.round(((held.value ?? position) - from) / 1000))) : length
  const back = length - at
  const time = isThere ? new Intl.DateTimeFormat(words.locale, { timeStyle: 'medium' }).format(held.value ?? position) : ''
  return (
    <div class="time">
      {held.value !== null && (
        <output class="time-tip">
          {time} · −{clockText(back)}
        </output>
      )}
      <input
        type="range"
        class="timeline"
        min={0}
        max={length}
        step={1}
        value={at}
        disabled={!isThere}
        aria-label={words.timeline}
        aria-valuetext={`${time}, ${words.behindLive(clockText(back))}`}
        data-testid="timeline"
        style={{ '--at': `${(at / length) * 100}%` }}
        onInput={({ currentTarget }) => {
          if (from !== null) held.value = from + Number(currentTarget.value) * 1000
        }}
        onChange={({ currentTarget }) => {
          held.value = null
          if (from === null) return
          // The end of the line is live.
          if (Number(currentTarget.value) >= length - 1) store.goLive()
          else store.seek(from + Number(currentTarget.value) * 1000)
        }}
      />
    </div>
  )
}

function Qualities({ store, renditions }: { store: Store; renditions: readonly Rendition[] }): VNode {
  const { words } = store
  const { choice, shown } = store.now.value
  const name = ({ height }: Rendition): string => `${height}p`
  const rate = ({ bandwidth }: Rendition): string =>
    bandwidth < 1e6
      ? `${new Intl.NumberFormat(words.locale).format(Math.round(bandwidth / 1e3))} kb/s`
      : `${new Intl.NumberFormat(words.locale, { maximumFractionDigits: 1 }).format(bandwidth / 1e6)} Mb/s`
  const playing = renditions.find(({ track }) => track === shown)
  return (
    <fieldset class="choices" aria-label={words.quality}>
      <Choice
        isChosen={choice === 'auto'}
        words={words.auto}
        more={playing && choice === 'auto' ? `${name(playing)} · ${words.autoHow}` : words.autoHow}
        onPick={() => store.pick('auto')}
      />
      {renditions.map((each) => (
        <Choice
          key={each.track}
          isChosen={choice === each.track}
          words={name(each)}
          more={rate(each)}
          onPick={() => store.pick(each.track)}
        />
      ))}
    </fieldset>
  )
}

function Choice({ isChosen, words, more, onPick }: { isChosen: boolean; words: string; more?: string; onPick: () => void }): VNode {
  return (
    <label class="choice">
      <input type="radio" name="quality" checked={isChosen} onChange={onPick} />
      <span>
        {words}
        {more && <small class="soft"> {more}</small>}
      </span>
    </label>
  )
}
