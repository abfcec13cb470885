// doctor.tsx — what the box finds when it looks at itself, in sentences.
import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Answer } from '../../../wire/remote.ts'
import { Trouble } from '../kit/trouble.tsx'
import { Sign, type SignName } from './sign.tsx'
import type { Store } from './store.ts'

type Finding = Answer<'doctor'>[number]
const SIGNS: Readonly<Record<Finding['is'], SignName>> = { good: 'check', missing: 'info', bad: 'warn' }
/** What is bad stands first. */
const ORDER: readonly Finding['is'][] = ['bad', 'missing', 'good']

export function Doctor({ store }: { store: Store }): VNode {
  const { words, here } = store
  const [findings, setFindings] = useState<readonly Finding[] | null>(null)
  const [why, setWhy] = useState<string | null>(null)
  const [turn, setTurn] = useState(0)
  const connected = here.value
  useEffect(() => {
    if (!connected) return
    setFindings(null)
    setWhy(null)
    void store
      .query(setWhy, 'doctor')
      .then((found) => setFindings(found?.toSorted((a, b) => ORDER.indexOf(a.is) - ORDER.indexOf(b.is)) ?? null))
  }, [connected, turn])
  return (
    <>
      {why && <Trouble>{why}</Trouble>}
      {!findings && !why && <p role="status">{words.loading}</p>}
      {findings && (
        <ul class="card findings" data-testid="findings">
          {findings.map(({ is, sentence }) => (
            <li key={sentence} class={is} data-is={is}>
              <Sign name={SIGNS[is]} />
              <span>
                <strong>{words.finding[is]}.</strong> {sentence}
              </span>
            </li>
          ))}
        </ul>
      )}
      <button type="button" disabled={!connected || (!findings && !why)} onClick={() => setTurn(turn + 1)} data-testid="again">
        <Sign name="again" /> {words.lookAgain}
      </button>
    </>
  )
}
