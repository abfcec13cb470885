// settings.tsx — the box's settings, as its schema describes them. Each change is kept at once.
import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { unreachable } from '../../../lib/fault.ts'
import { Trouble } from '../kit/trouble.tsx'
import { type Field, formOf, type Section, shown, typedIn } from './form.ts'
import { Sign } from './sign.tsx'
import type { Store } from './store.ts'
import { Switch } from './switch.tsx'

export function Settings({ store }: { store: Store }): VNode {
  const { words, here } = store
  const [sections, setSections] = useState<readonly Section[] | null>(null)
  const [why, setWhy] = useState<string | null>(null)
  const [restart, setRestart] = useState(false)
  const connected = here.value
  useEffect(() => {
    if (!connected || sections) return
    setWhy(null)
    void store.query(setWhy, 'settings').then((answer) => answer && setSections(formOf(answer.schema, answer.values, words)))
  }, [connected, sections, store, words])
  if (why) return <Trouble>{why}</Trouble>
  if (!sections) return <p role="status">{words.loading}</p>
  return (
    <>
      {restart && (
        <p class="notice" role="status" data-testid="restart">
          <Sign name="again" /> <span>{words.restart}</span>
        </p>
      )}
      {sections.map((section) => (
        <details key={section.key} class="card" data-testid={`section-${section.key}`}>
          <summary>{section.title}</summary>
          <div class="stack fields">
            {section.fields.map((field) => (
              <Setting key={field.path} store={store} field={field} onRestart={() => setRestart(true)} />
            ))}
          </div>
        </details>
      ))}
    </>
  )
}

type Outcome = { readonly is: 'none' | 'saving' } | { readonly is: 'saved' | 'wrong'; readonly sentence: string }

function Setting({ store, field, onRestart }: { store: Store; field: Field; onRestart: () => void }): VNode {
  const { words, here } = store
  const [kept, setKept] = useState(shown(field))
  const [outcome, setOutcome] = useState<Outcome>({ is: 'none' })
  const id = field.path.replace('.', '-')
  const wrong = (sentence: string): void => setOutcome({ is: 'wrong', sentence })
  const keep = async (typed: string): Promise<void> => {
    if (typed === kept) return setOutcome({ is: 'none' })
    const read = typedIn(field.kind, typed)
    if (!read) return wrong([words.notANumber, field.help].join(' '))
    setOutcome({ is: 'saving' })
    const done = await store.query(wrong, 'set setting', { path: field.path, value: read.value })
    if (!done) return
    setKept(typed)
    setOutcome({ is: 'saved', sentence: done.restart ? words.savedRestart : words.saved })
    if (done.restart) onRestart()
  }
  const disabled = !here.value || outcome.is === 'saving'
  return (
    <div class="setting" data-testid={`setting-${field.path}`} data-outcome={outcome.is}>
      {field.kind.is !== 'switch' && <label for={id}>{field.title}</label>}
      <Control field={field} id={id} kept={kept} disabled={disabled} words={words} onKeep={(typed) => void keep(typed)} />
      {field.help !== '' && (
        <p class="soft hint" id={`${id}-help`}>
          {field.help}
        </p>
      )}
      <div role="status">
        {outcome.is === 'saved' && (
          <p class="fact">
            <Sign name="check" /> {outcome.sentence}
          </p>
        )}
      </div>
      {outcome.is === 'wrong' && <Trouble>{outcome.sentence}</Trouble>}
    </div>
  )
}

type ControlProps = {
  readonly field: Field
  readonly id: string
  readonly kept: string
  readonly disabled: boolean
  readonly words: Store['words']
  readonly onKeep: (typed: string) => void
}

/** The change event comes when a person has finished with a field. */
function Control({ field: { kind, title }, id, kept, disabled, words, onKeep }: ControlProps): VNode {
  const common = { id, disabled, 'aria-describedby': `${id}-help`, 'data-testid': id }
  switch (kind.is) {
    case 'switch':
      return (
        <Switch
          testId={id}
          sign="gear"
          title={title}
          is={kept === 'true' ? words.on : words.off}
          on={kept === 'true'}
          disabled={disabled}
          onTurn={(on) => onKeep(String(on))}
        />
      )
    case 'choice':
      return (
        <select {...common} value={kept} onChange={(event) => onKeep(event.currentTarget.value)}>
          {kind.options.map((option) => (
            <option key={option} value={option}>
              {option}
            </option>
          ))}
        </select>
      )
    case 'lines':
      return <textarea {...common} rows={3} spellcheck={false} value={kept} onChange={(event) => onKeep(event.currentTarget.value)} />
    case 'number':
      return <input {...common} type="text" inputMode="decimal" value={kept} onChange={(event) => onKeep(event.currentTarget.value)} />
    case 'text': {
      const text = { ...common, autocomplete: 'off', spellcheck: false, value: kept }
      const keep = (event: { readonly currentTarget: HTMLInputElement }): void => onKeep(event.currentTarget.value)
      return kind.hidden ? <input {...text} type="password" onChange={keep} /> : <input {...text} type="text" onChange={keep} />
    }
    default:
      return unreachable(kind)
  }
}
