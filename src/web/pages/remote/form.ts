// form.ts — the settings as a form: from JSON Schema and values to sections of fields, and from what a person typed back to a value.
// Pure. It reads as much of JSON Schema as core/config.ts makes; what it does not know it leaves out.
import { unreachable } from '../../../lib/fault.ts'
import type { Words } from './words/words.ts'

type Kind =
  | { readonly is: 'text'; readonly hidden: boolean }
  | { readonly is: 'switch' }
  | { readonly is: 'number'; readonly min: number | null; readonly max: number | null; readonly step: number }
  | { readonly is: 'choice'; readonly options: readonly string[] }
  /** A list of texts, one a line; with `parts`, of records whose texts stand side by side. */
  | { readonly is: 'lines'; readonly parts: readonly string[] | null }

export type Field = { readonly path: string; readonly title: string; readonly help: string; readonly kind: Kind; readonly value: unknown }
export type Section = { readonly key: string; readonly title: string; readonly fields: readonly Field[] }

/** The form for what the query 'settings' answers. Never throws; a schema that is none gives an empty form. */
export function formOf(schema: unknown, values: unknown, words: Words): readonly Section[] {
  return entries(recordIn(schema).properties).flatMap(([key, section]) => {
    const inside = recordIn(recordIn(values)[key])
    const fields = entries(recordIn(section).properties).flatMap(([name, about]) => fieldOf(`${key}.${name}`, about, inside[name], words))
    if (fields.length === 0) return []
    return [{ key, title: words.settingsOf[key]?.[0] ?? textIn(recordIn(section).title) ?? key, fields }]
  })
}

function fieldOf(path: string, about: unknown, value: unknown, words: Words): Field[] {
  const said = recordIn(about)
  const kind = kindOf(said, path)
  if (!kind) return []
  const [title, help] = words.settingsOf[path] ?? [textIn(said.title) ?? path, textIn(said.description) ?? '']
  return [{ path, title, help: [help, hintOf(kind, words)].filter((text) => text !== '').join(' '), kind, value: value ?? said.default }]
}

function kindOf(said: Readonly<Record<string, unknown>>, path: string): Kind | null {
  if (Array.isArray(said.enum)) return { is: 'choice', options: said.enum.flatMap((option) => textIn(option) ?? []) }
  switch (said.type) {
    case 'boolean':
      return { is: 'switch' }
    case 'integer':
    case 'number':
      return { is: 'number', min: numberIn(said.minimum), max: numberIn(said.maximum), step: numberIn(said.multipleOf) ?? 1 }
    case 'array': {
      const items = recordIn(said.items)
      if (items.type === 'string') return { is: 'lines', parts: null }
      return items.type === 'object' ? { is: 'lines', parts: entries(items.properties).map(([name]) => name) } : null
    }
    case 'string':
      return { is: 'text', hidden: /password$/i.test(path) }
    default:
      // One of several texts, like an address or nothing.
      return Array.isArray(said.anyOf) ? { is: 'text', hidden: /password$/i.test(path) } : null
  }
}

function hintOf(kind: Kind, words: Words): string {
  if (kind.is === 'lines') return kind.parts ? words.eachLine(kind.parts.join(' ')) : words.oneALine
  if (kind.is === 'number' && kind.min !== null && kind.max !== null) return words.between(String(kind.min), String(kind.max))
  return ''
}

/** The value as it stands in its field. */
export function shown({ kind, value }: Field): string {
  if (kind.is === 'lines') {
    const { parts } = kind
    const line = (item: unknown) =>
      parts
        ? parts
            .map((part) => textIn(recordIn(item)[part]) ?? '')
            .join(' ')
            .trim()
        : (textIn(item) ?? '')
    return Array.isArray(value) ? value.map(line).join('\n') : ''
  }
  return value === undefined || value === null ? '' : String(value)
}

/** What a person typed, as the box wants it; null: it cannot be that. */
export function typedIn(kind: Kind, typed: string): { readonly value: unknown } | null {
  switch (kind.is) {
    case 'switch':
      return { value: typed === 'true' }
    case 'choice':
    case 'text':
      return { value: typed }
    case 'number': {
      const number = Number(typed)
      const fits = typed.trim() !== '' && Number.isFinite(number) && number >= (kind.min ?? number) && number <= (kind.max ?? number)
      return fits ? { value: number } : null
    }
    case 'lines': {
      const lines = typed.split('\n').map((line) => line.trim())
      const { parts } = kind
      const record = (line: string) => {
        const words = line.split(/\s+/)
        return Object.fromEntries((parts ?? []).flatMap((part, at) => (words[at] === undefined ? [] : [[part, words[at]]])))
      }
      return { value: lines.filter((line) => line !== '').map((line) => (parts ? record(line) : line)) }
    }
    default:
      return unreachable(kind)
  }
}

const recordIn = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
const entries = (value: unknown): Array<[string, unknown]> => Object.entries(recordIn(value))
const textIn = (value: unknown): string | null => (typeof value === 'string' ? value : null)
const numberIn = (value: unknown): number | null => (typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : null)
