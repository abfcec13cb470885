// picker.tsx — one kind of device: with or without it, and which one.
import type { VNode } from 'preact'
import { Icon } from '../kit/icon.tsx'
import type { Own } from './own.ts'

const WORDS = { camera: 'Camera', microphone: 'Microphone' } as const

export function Picker({ own, kind }: { own: Own; kind: 'camera' | 'microphone' }): VNode {
  const wanted = own.wants[kind].value
  const turn = (): void => {
    if (kind === 'microphone') void own.speakLater(!wanted)
    else if (wanted) void own.show(false)
    else own.wants.camera.value = true
  }
  return (
    <div class="picker">
      <button type="button" class="switch" role="switch" aria-checked={wanted} onClick={turn} data-testid={`with-${kind}`}>
        <Icon name={icon(kind, wanted)} />
        <span class="switch-words">
          {WORDS[kind]} <span class="soft">{wanted ? 'on' : 'off'}</span>
        </span>
        <span class="knob" aria-hidden="true" />
      </button>
      {wanted && own.choices.value[kind].length > 1 && <Choose own={own} kind={kind} />}
    </div>
  )
}

/** The list of devices of a kind. */
export function Choose({ own, kind }: { own: Own; kind: 'camera' | 'microphone' }): VNode {
  return (
    <select
      aria-label={`Which ${kind}`}
      data-testid={`choose-${kind}`}
      value={own.chosen[kind].value}
      onChange={(event) => void own.choose(kind, event.currentTarget.value)}
    >
      {own.choices.value[kind].map(({ id, label }) => (
        <option key={id} value={id}>
          {label}
        </option>
      ))}
    </select>
  )
}

const icon = (kind: 'camera' | 'microphone', on: boolean) => (kind === 'camera' ? (on ? 'camera' : 'camera-off') : on ? 'mic' : 'mic-off')
