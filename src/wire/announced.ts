// announced.ts — a broadcast that is to come, as a box keeps it and as a person may ask for it.
import * as z from 'zod/mini'

export const Announced = z.strictObject({
  /** What the program is called; empty: as the box is. */
  title: z.string().check(z.trim(), z.maxLength(80), z.regex(/^[^\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]*$/u)),
  /** Ms since 1970. */
  begins: z.int().check(z.gte(0), z.lte(8_640_000_000_000_000)),
})
export type Announced = Readonly<z.output<typeof Announced>>
