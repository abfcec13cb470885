// topic-row.ts — what a row of the table of topics is, and how one is made; the rows themselves are in topic.ts.
import type * as z from 'zod'
import type { PeerId } from '../core/id.ts'
import type { Intent } from '../core/intent.ts'
import type { Actual } from '../core/plan.ts'
import type { Wanted } from '../core/wanted.ts'
import { Refusal } from '../lib/fault.ts'
import { valuesOf } from './topic-words.ts'

/** What the rows look at. */
export type View = {
  readonly wanted: Wanted
  readonly actual: Actual
  readonly people: readonly { readonly name: string; readonly muted: boolean; readonly camera: boolean; readonly state: string }[]
  /** What is amiss, as the TV says it. */
  readonly notices: readonly string[]
  /** Pairing was begun at the box and is open. */
  readonly pairing: boolean
  /** Calls that nobody answered, not yet looked at. */
  readonly missed: number
  /** How many watch the broadcast; 0 while there is none. */
  readonly watching: number
  /** The broadcast of now, or else the next one, is private. */
  readonly private: boolean
  /** Other servers that get the broadcast too, without their keys. */
  /** Of the box's own software. latest: what runs, where nothing newer is known. */
  readonly update: {
    readonly installed: string
    readonly latest: string
    readonly summary: string
    /** Of 100; null: nothing is being installed. */
    readonly percent: number | null
    readonly busy: boolean
  }
  readonly pushes: readonly { readonly to: string; readonly is: string; readonly said: string | null }[]
}

/** Whom an order may name. */
export interface Contacts {
  /** A contact by key or by the name our list has for them; null: nobody we know. */
  find(who: string): PeerId | null
}

/** How Home Assistant shows a row, in the words of its documentation. Topics and ids come from the row. */
export type Look = {
  readonly platform: 'switch' | 'number' | 'select' | 'button' | 'binary_sensor' | 'sensor' | 'image' | 'update'
  readonly name: string
  readonly icon: string
  readonly more?: Readonly<Record<string, string | number | boolean | readonly string[]>>
  /** The whole payload, a JSON object, as the attributes of the entity. */
  readonly attributes?: true
}

/** What somebody asks for, read. opens: it opens a camera or a microphone, or may. */
export type Want =
  | { readonly do: 'intent'; readonly intent: Intent; readonly opens: boolean }
  | { readonly do: 'picture' }
  | { readonly do: 'update' }

export type Setting = { readonly schema: z.ZodType; readonly read: (text: string) => Want }
export type Row = {
  readonly name: string
  readonly help: string
  /** What state/<name> may hold. */
  readonly state: z.ZodType
  readonly show: (view: View) => string
  /** What set/<name> takes; without it the row can only be read. */
  readonly set?: Setting
  readonly looks: readonly Look[]
}
export type Verb = {
  readonly name: string
  readonly help: string
  readonly args: z.ZodType
  /** It opens a camera or a microphone, or may. */
  readonly opens: boolean
  readonly read: (args: unknown, contacts: Contacts) => Want
  readonly look: Look | null
}

/** @param opens whether a value may open a camera or a microphone. Reading one that the schema refuses throws Refusal 'bad-message'. */
export function setting<S extends z.ZodType>(
  schema: S,
  make: (value: z.output<S>) => Intent,
  opens: (value: z.output<S>) => boolean,
): Setting {
  const read = (text: string): Want => {
    const value = schema.safeParse(text)
    if (!value.success) throw new Refusal('bad-message', `say ${valuesOf(schema)}, not ${JSON.stringify(text.slice(0, 20))}`)
    return { do: 'intent', intent: make(value.data), opens: opens(value.data) }
  }
  return { schema, read }
}
/** Reading arguments that the schema refuses throws Refusal 'bad-message'. */
export function verb<S extends z.ZodType>(
  row: Pick<Verb, 'name' | 'help' | 'look' | 'opens'>,
  args: S,
  make: (args: z.output<S>, contacts: Contacts) => Intent | 'picture',
): Verb {
  const read = (given: unknown, contacts: Contacts): Want => {
    const value = args.safeParse(given)
    if (value.success) {
      const intent = make(value.data, contacts)
      return intent === 'picture' ? { do: 'picture' } : { do: 'intent', intent, opens: row.opens }
    }
    const [issue] = value.error.issues
    throw new Refusal('bad-message', `"${row.name}": ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is wrong'}`.replace('  ', ' '))
  }
  return { ...row, args, read }
}
