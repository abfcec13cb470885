// pin.ts — stretches of a recording that are kept whatever happens: a name for each, and from when to when. Pure.
import { jsonOf } from '../../wire/schema.ts'

/** ms since 1970; the name is a person's. */
export type Pin = { readonly name: string; readonly from: number; readonly to: number }

const isPin = (value: unknown): value is Pin => {
  if (typeof value !== 'object' || value === null) return false
  const { name, from, to } = value as Partial<Pin>
  return typeof name === 'string' && Number.isFinite(from) && Number.isFinite(to) && Number(from) <= Number(to)
}

/** The pins in a text; what is none is left out. */
export function pinsIn(text: string | null): readonly Pin[] {
  const value = jsonOf(text)
  return Array.isArray(value) ? value.filter(isPin).map(({ name, from, to }) => ({ name, from, to })) : []
}
