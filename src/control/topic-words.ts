// topic-words.ts — what a schema takes, in words: for refusals and docs/topics.md.
import * as z from 'zod'

type Shape = {
  enum?: readonly string[]
  type?: string
  minimum?: number
  maximum?: number
  description?: string
  properties?: Record<string, Shape>
  items?: Shape
}

/** What a schema takes, in words: "ON or OFF", "0 to 100", "JSON {count, people: [{name, ...}]}". */
export function valuesOf(schema: z.ZodType): string {
  return wordsOf(z.toJSONSchema(schema, { io: 'output' }) as Shape)
}

function wordsOf(shape: Shape): string {
  if (shape.enum) return `${shape.enum.slice(0, -1).join(', ')} or ${shape.enum.at(-1)}`
  if (shape.type === 'integer') return shape.minimum === 0 && shape.maximum === 100 ? '0 to 100' : 'a number'
  if (shape.type === 'object') return `JSON ${keysOf(shape)}`
  return 'a text'
}

function keysOf({ properties = {} }: Shape): string {
  const keys = Object.entries(properties).map(([key, { items, description }]) => {
    if (items) return `${key}: [${items.properties ? keysOf(items) : '...'}]`
    return description ? `${key} (${description})` : key
  })
  return `{${keys.join(', ')}}`
}
