// tv.tsx — a look at the TV: one picture, when it is asked for, and no more.
import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Trouble } from '../kit/trouble.tsx'
import { Sign } from './sign.tsx'
import type { Store } from './store.ts'

type Looked = { readonly url: string; readonly at: Date }

export function TvPicture({ store }: { store: Store }): VNode {
  const { words, here } = store
  const [looked, setLooked] = useState<Looked | null>(null)
  const [busy, setBusy] = useState(false)
  const [why, setWhy] = useState<string | null>(null)
  useEffect(() => () => void (looked && URL.revokeObjectURL(looked.url)), [looked])
  const look = async (): Promise<void> => {
    setBusy(true)
    setWhy(null)
    const jpeg = await store.query(setWhy, 'tv')
    setBusy(false)
    if (jpeg) setLooked({ url: URL.createObjectURL(new Blob([jpeg.slice()], { type: 'image/jpeg' })), at: new Date() })
  }
  const when = looked?.at.toLocaleTimeString(words.locale) ?? ''
  return (
    <section class="card stack" aria-labelledby="tv-picture">
      <div class="head">
        <h2 id="tv-picture">{words.tvPicture}</h2>
        <button type="button" data-testid="look" disabled={!here.value || busy} onClick={() => void look()}>
          <Sign name={looked ? 'again' : 'tv'} /> {looked ? words.lookAgain : words.look}
        </button>
      </div>
      {looked && (
        <figure class="look">
          <img src={looked.url} alt={words.looked(when)} width={1920} height={1080} data-testid="tv-picture" />
          <figcaption class="soft">{words.looked(when)}</figcaption>
        </figure>
      )}
      {why && <Trouble>{why}</Trouble>}
    </section>
  )
}
