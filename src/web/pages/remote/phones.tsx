// phones.tsx — the phones that are remotes: rename, remove; and this one, which can forget its box.
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { RemotePhone, RemoteState } from '../../../wire/remote.ts'
import { isPersonName } from '../../../wire/schema.ts'
import { Trouble } from '../kit/trouble.tsx'
import { whenOf } from './calls.tsx'
import { Sign } from './sign.tsx'
import type { Store } from './store.ts'

export function Phones({ store, state }: { store: Store; state: RemoteState }): VNode {
  const { words } = store
  const own = store.link.key
  const phones = [...state.phones].sort((a, b) => Number(b.key === own) - Number(a.key === own))
  return (
    <>
      <ul class="list" data-testid="phones">
        {phones.map((phone) => (
          <Phone key={phone.key} store={store} phone={phone} own={phone.key === own} />
        ))}
      </ul>
      <p class="soft">{words.morePhones}</p>
    </>
  )
}

function Phone({ store, phone, own }: { store: Store; phone: RemotePhone; own: boolean }): VNode {
  const { words, here } = store
  const [doing, setDoing] = useState<'none' | 'rename' | 'remove'>('none')
  const [name, setName] = useState(phone.name)
  const [why, setWhy] = useState<string | null>(null)
  const rename = async (event: Event): Promise<void> => {
    event.preventDefault()
    if (!isPersonName(name.trim())) return setWhy(words.badName)
    setWhy(null)
    if (await store.query(setWhy, 'rename phone', { key: phone.key, name: name.trim() })) setDoing('none')
  }
  const remove = (): void => void (own ? store.link.forget() : store.query(setWhy, 'remove phone', { key: phone.key }))
  const facts = [own ? words.thisPhone : null, phone.connected ? words.connected : null, phone.connected ? null : seenOf(phone, store)]
  return (
    <li class="card stack" data-testid="phone" data-name={phone.name} data-own={own}>
      <div>
        <h2 class="name">{phone.name}</h2>
        <p class="soft">{facts.filter((fact) => fact !== null && fact !== '').join(', ')}</p>
      </div>
      {doing === 'rename' && (
        <form class="stack" onSubmit={(event) => void rename(event)}>
          <label for={`name-${phone.key}`}>{words.phoneName}</label>
          <input
            id={`name-${phone.key}`}
            type="text"
            data-testid="new-name"
            maxLength={40}
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
          <div class="pairs">
            <button type="button" onClick={() => setDoing('none')}>
              {words.cancel}
            </button>
            <button type="submit" class="main" disabled={!here.value} data-testid="rename-yes">
              {words.save}
            </button>
          </div>
        </form>
      )}
      {doing === 'remove' && (
        <div class="ask stack" role="alert">
          <p>{own ? words.forgetAsk : words.removeAsk(phone.name)}</p>
          <div class="pairs">
            <button type="button" onClick={() => setDoing('none')}>
              {words.keep}
            </button>
            <button type="button" class="stop" disabled={!here.value && !own} data-testid="remove-phone-yes" onClick={remove}>
              {own ? words.forget : words.remove}
            </button>
          </div>
        </div>
      )}
      {doing === 'none' && (
        <div class="pairs">
          <button type="button" disabled={!here.value} data-testid="rename" onClick={() => setDoing('rename')}>
            {words.rename}
          </button>
          <button type="button" disabled={!here.value && !own} data-testid="remove-phone" onClick={() => setDoing('remove')}>
            <Sign name="close" /> {own ? words.forget : words.remove}
          </button>
        </div>
      )}
      {why && <Trouble>{why}</Trouble>}
    </li>
  )
}

const seenOf = ({ seen }: RemotePhone, { words }: Store): string => {
  if (seen === null) return words.neverSeen
  const when = whenOf(seen, words.locale)
  return when === '' ? '' : words.lastSeen(when)
}
