// pending.ts — what is kept of an update from its first byte to its end, in one file that outlives power cuts (STATE): its shape, and the text of it.
//
// Whatever is in the file that we did not write is as if there were no file: then the slot that the selector names runs, and nothing is tried.
import { z } from 'zod'

const slot = z.enum(['A', 'B'])
const version = z.string().min(1).max(40)

/** What the old slot had when the new one was begun: what a new one that is good has, too. */
export const had = z.strictObject({ picture: z.boolean(), network: z.boolean() })
export type Had = z.output<typeof had>

/**
 * Why a new slot was given up.
 * no start: its kernel or its system did not come up. not ready: Parlor did not. cut off: it was interrupted too often, by power cuts or by
 * freezing. lost: nobody knew any more what was being tried. asked: somebody took it back.
 */
export const REASONS = ['no start', 'not ready', 'no picture', 'no network', 'cut off', 'lost', 'asked'] as const
const reason = z.enum(REASONS)
export type Reason = z.output<typeof reason>

/** `slot` is always the one that the update is in; `version` is of it, `before` of the other. */
const pending = z.discriminatedUnion('is', [
  /** It is being written: whatever was in it is no longer, and what comes is not all there yet. */
  z.strictObject({ is: z.literal('writing'), slot }),
  /** It is all there and has not been tried. */
  z.strictObject({ is: z.literal('waiting'), slot, version }),
  z.strictObject({
    ...{ is: z.literal('trying'), slot, version, before: version, had },
    /** How often it was started, this time counted. */
    tries: z.int().min(1).max(100),
    /** The old slot's boot in which the try was begun: it has not come back as long as that goes on. */
    armedIn: z.string().min(1).max(64),
    /** The new slot's system came up in this try. */
    reached: z.boolean(),
    failed: reason.nullable(),
  }),
  /** Good: the slot runs from now on. Else it is given up, and this is why. */
  z.strictObject({ is: z.literal('over'), slot, version, before: version, outcome: z.enum(['good', ...REASONS]) }),
])
export type Pending = z.output<typeof pending>

export const pendingText = (is: Pending): string => `${JSON.stringify(is)}\n`

/** @param text of the file; null: there is none */
export function readPending(text: string | null): Pending | null {
  try {
    return pending.safeParse(JSON.parse(text ?? 'null')).data ?? null
  } catch {
    return null
  }
}
