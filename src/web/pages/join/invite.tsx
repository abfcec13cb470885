// invite.tsx — the room's link as a square to scan, as letters, and to hand on.
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { copied } from '../kit/copied.ts'
import { Icon } from '../kit/icon.tsx'
import { Qr } from '../kit/qr.tsx'

export function Invite({ link }: { link: string }): VNode {
  const [isCopied, setCopied] = useState<boolean | null>(null)
  const copy = (): void => void copied(link).then(setCopied)
  // Closing the share sheet without a choice rejects, and means nothing.
  const share = (): void => void navigator.share({ title: 'Join our call', url: link }).catch(() => {})
  return (
    <div class="invite stack">
      <Qr text={link} label="The link of this room as a square to scan" />
      <p class="code" data-testid="link">
        {link}
      </p>
      <div class="row">
        <button type="button" class="main" onClick={copy} data-testid="copy">
          <Icon name="copy" /> {isCopied ? 'Copied' : 'Copy the link'}
        </button>
        {typeof navigator.share === 'function' && (
          <button type="button" onClick={share}>
            <Icon name="share" /> Send it
          </button>
        )}
      </div>
      <p class="soft" role="status">
        {isCopied === false
          ? 'The browser did not copy it. Mark the letters above and copy them yourself.'
          : 'Whoever has this link can come in. Give it only to people you want here.'}
      </p>
    </div>
  )
}
