// switch.tsx — a row that turns one thing on or off: a sign, its name, how it is in words, and a knob.
import type { ComponentChildren, VNode } from 'preact'
import { Sign, type SignName } from './sign.tsx'

type Props = {
  readonly testId: string
  readonly sign: SignName
  readonly title: string
  /** How it is, in words. */
  readonly is: string
  readonly on: boolean
  readonly disabled: boolean
  readonly mark?: ComponentChildren
  readonly onTurn: (on: boolean) => void
}

export function Switch({ testId, sign, title, is, on, disabled, mark, onTurn }: Props): VNode {
  return (
    <button
      type="button"
      role="switch"
      class="switch"
      aria-checked={on}
      disabled={disabled}
      data-testid={testId}
      onClick={() => onTurn(!on)}
    >
      <Sign name={sign} />
      <span class="two">
        <span class="first">{title}</span> <span class="second">{is}</span>
      </span>
      {mark}
      <span class="knob" aria-hidden="true" />
    </button>
  )
}
