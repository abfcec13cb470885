// pair.tsx — how this phone becomes a remote: one tap after the QR code was scanned, or six digits and four words to compare.
import type { VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { isPersonName } from '../../../wire/schema.ts'
import { Trouble } from '../kit/trouble.tsx'
import { DIGITS, digitsIn, grouped } from './code.ts'
import { Sign } from './sign.tsx'
import type { Store } from './store.ts'

const NAME_LENGTH = 40

export function Pair({ store }: { store: Store }): VNode {
  const { words, pairing, brought } = store
  const [name, setName] = useState(store.words.defaultPhone)
  const [trouble, setTrouble] = useState<string | null>(null)
  const going = useRef(new AbortController())
  const asking = pairing.value.is === 'asking'

  const go = async (pair: (signal: AbortSignal) => Promise<void>): Promise<void> => {
    if (!isPersonName(name.trim())) return setTrouble(words.badName)
    setTrouble(null)
    going.current = new AbortController()
    const { signal } = going.current
    try {
      await pair(signal)
      store.brought.value = null
    } catch (error) {
      if (!signal.aborted) {
        const sentence = store.sentenceOf(error)
        setTrouble(sentence)
        // Who has a box already goes back to it.
        if (store.link.box !== null) store.trouble.value = sentence
      }
      // A secret is good once; what failed with it is better begun anew.
      store.brought.value = null
    }
  }
  if (pairing.value.is === 'comparing')
    return <Compare store={store} shown={pairing.value.words} onStop={() => going.current.abort(new Error('stopped by the person'))} />
  return (
    <main class="pair" data-testid="pair">
      <span class="brand">
        <Sign name="lamp" /> Parlor
      </span>
      <h1>{words.pairTitle}</h1>
      {store.now.value === 'removed' && <Trouble id="removed">{words.removed}</Trouble>}
      {trouble && <Trouble id="pair-trouble">{trouble}</Trouble>}
      {brought.value === null ? (
        <ByCode
          store={store}
          busy={asking}
          name={<Name words={words} name={name} onName={setName} />}
          onTrouble={setTrouble}
          onCode={(code) => void go((signal) => store.link.pairByCode(code, name.trim(), signal))}
        />
      ) : (
        <form
          class="pair-form"
          onSubmit={(event) => {
            event.preventDefault()
            void go((signal) => store.link.pairByQr(brought.value ?? '', name.trim(), signal))
          }}
        >
          <p>{words.pairScanned}</p>
          <Name words={words} name={name} onName={setName} />
          <button class="main huge" type="submit" data-testid="pair-by-qr" disabled={asking}>
            <Sign name="check" /> {asking ? words.pairing : words.pair}
          </button>
          <button
            type="button"
            data-testid="rather-code"
            disabled={asking}
            onClick={() => {
              brought.value = null
            }}
          >
            {store.link.box ? words.cancel : words.otherWay}
          </button>
        </form>
      )}
    </main>
  )
}

type NameProps = { readonly words: Store['words']; readonly name: string; readonly onName: (name: string) => void }
const Name = ({ words, name, onName }: NameProps): VNode => (
  <div>
    <label for="name">{words.phoneName}</label>
    <input
      id="name"
      data-testid="name"
      type="text"
      value={name}
      maxLength={NAME_LENGTH}
      autocomplete="off"
      aria-describedby="name-hint"
      onFocus={(event) => event.currentTarget.select()}
      onInput={(event) => onName(event.currentTarget.value)}
    />
    <p class="soft hint" id="name-hint">
      {words.phoneNameHint}
    </p>
  </div>
)

type ByCodeProps = {
  readonly store: Store
  readonly busy: boolean
  readonly name: VNode
  readonly onTrouble: (sentence: string) => void
  readonly onCode: (code: string) => void
}

function ByCode({ store: { words }, busy, name, onTrouble, onCode }: ByCodeProps): VNode {
  const [digits, setDigits] = useState('')
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.focus(), [])
  return (
    <form
      class="pair-form"
      onSubmit={(event) => {
        event.preventDefault()
        if (digits.length < DIGITS) return onTrouble(words.badCode)
        onCode(digits)
        setDigits('')
      }}
    >
      <ol class="steps">
        <li>{words.pairHow}</li>
        <li>{words.pairScan}</li>
      </ol>
      <div>
        <label for="code">{words.pairOr}</label>
        <input
          ref={field}
          id="code"
          data-testid="code"
          class="digits"
          type="text"
          inputMode="numeric"
          autocomplete="one-time-code"
          placeholder="––– –––"
          value={grouped(digits)}
          onInput={(event) => {
            const { value } = event.currentTarget
            setDigits(digitsIn(value))
            // The same digits again would not draw the field anew.
            event.currentTarget.value = grouped(digitsIn(value))
          }}
        />
      </div>
      {name}
      <button class="main huge" type="submit" data-testid="pair-by-code" disabled={busy}>
        <Sign name="check" /> {busy ? words.pairing : words.pair}
      </button>
    </form>
  )
}

/** The words that stand on the TV too. */
export function Shown({ shown }: { shown: readonly string[] }): VNode {
  return (
    <ul class="compare" data-testid="words" aria-live="polite">
      {shown.map((word) => (
        <li key={word}>{word}</li>
      ))}
    </ul>
  )
}

function Compare({ store: { words }, shown, onStop }: { store: Store; shown: readonly string[]; onStop: () => void }): VNode {
  return (
    <main class="pair" data-testid="comparing">
      <h1>{words.compareTitle}</h1>
      <Shown shown={shown} />
      <p>{words.compareHow}</p>
      <p class="line" role="status">
        <span class="turning" aria-hidden="true" /> {words.waitingForTv}
      </p>
      <button type="button" class="huge" onClick={onStop} data-testid="stop-pairing">
        {words.stop}
      </button>
    </main>
  )
}
