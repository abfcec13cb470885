// hand-on.tsx — a link to hand on: a square to scan, its letters, and ways to send or copy it.
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { copied } from '../kit/copied.ts'
import { Qr } from '../kit/qr.tsx'
import { Sign } from './sign.tsx'
import type { Words } from './words/words.ts'

type Props = {
  readonly words: Words
  readonly link: string
  /** What the square is, for who does not see it. */
  readonly label: string
  /** What it is called where it is sent. */
  readonly title: string
  readonly testId: string
}

export function HandOn({ words, link, label, title, testId }: Props): VNode {
  const [isCopied, setCopied] = useState<boolean | null>(null)
  const copy = (): void => void copied(link).then(setCopied)
  // Closing the share sheet without a choice rejects, and means nothing.
  const share = (): void => void navigator.share({ title, url: link }).catch(() => {})
  return (
    <>
      <Qr text={link} label={label} />
      <p class="code" data-testid={`${testId}-link`}>
        {link}
      </p>
      <div class="pairs">
        {typeof navigator.share === 'function' && (
          <button type="button" class="main" onClick={share} data-testid={`${testId}-share`}>
            <Sign name="share" /> {words.share}
          </button>
        )}
        <button type="button" onClick={copy} data-testid={`${testId}-copy`}>
          <Sign name="copy" /> {isCopied ? words.copied : words.copy}
        </button>
      </div>
      <p role="status">{isCopied === false ? words.notCopied : ''}</p>
    </>
  )
}
