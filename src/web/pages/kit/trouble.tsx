// trouble.tsx — one sentence of trouble with its sign, read out at once by a screen reader.
import type { ComponentChildren, VNode } from 'preact'
import { Icon } from './icon.tsx'

export function Trouble({ children, id }: { children: ComponentChildren; id?: string }): VNode {
  return (
    <div class="trouble" role="alert" data-testid={id ?? 'notice'}>
      <Icon name="warn" />
      <div>{children}</div>
    </div>
  )
}
