// pin.ts — stretches of a recording that are kept whatever happens: a name for each, and from when to when, or which run. Pure.
import { jsonOf } from '../../wire/schema.ts'

/** ms since 1970; the name is a person's. A run is kept as a whole, also what is still to come of it. */
export type Pin = { readonly name: string; readonly from: number; readonly to: number } | { readonly name: string; readonly run: number }

function pinIn(value: unknown): Pin[] {
  if (typeof value !== 'object' || value === null) return []
  const { name, from, to, run } = value as Readonly<Record<string, unknown>>
  if (typeof name !== 'string') return []
  if (typeof run === 'number' && Number.isSafeInteger(run)) return [{ name, run }]
  return typeof from === 'number' && typeof to === 'number' && from <= to ? [{ name, from, to }] : []
}

/** The pins in a text; what is none is left out. */
export function pinsIn(text: string | null): readonly Pin[] {
  const value = jsonOf(text)
  return Array.isArray(value) ? value.flatMap(pinIn) : []
}

/** Whether a pin keeps something that reaches from when to when, and is of these runs. */
export const keeps = (pin: Pin, of: { readonly first: number; readonly last: number; readonly runs: readonly number[] }): boolean =>
  'run' in pin ? of.runs.includes(pin.run) : pin.from <= of.last && pin.to >= of.first
