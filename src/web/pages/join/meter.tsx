// meter.tsx — how loud we are, so that people see before they join that they will be heard.
import type { VNode } from 'preact'
import type { Own } from './own.ts'
import { meter } from './speech.ts'

const BARS = 16

export function Meter({ own }: { own: Own }): VNode {
  const lit = Math.round(meter(own.level.value) * BARS)
  return (
    <div class="meter" role="img" aria-label={own.speaks.value ? 'The microphone hears you' : 'The microphone hears nothing now'}>
      <span class="bars" aria-hidden="true">
        {Array.from({ length: BARS }, (_, at) => (
          <i key={at} class={at < lit ? 'lit' : ''} />
        ))}
      </span>
      <span class="soft">{own.speaks.value ? 'It hears you' : 'Say something'}</span>
    </div>
  )
}
