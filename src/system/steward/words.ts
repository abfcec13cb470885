// words.ts — what the daemon may ask of the steward, and what it answers: the closed list, with the shape of each order. Both ends read it.
//
//   asks     {"do": "update.try", "with": {...}}
//   answers  {"ok": true, "value": ...}  |  {"ok": false, "whose": "asker" | "world" | "ours", "code": "not-allowed", "say": "..."}
//
// One JSON text a line, one answer for each order. `whose` says who has the trouble (lib/fault.ts), so that a Refusal arrives as a Refusal.
// Both ends come from one tree of sources: there is no version to agree on.
import { z } from 'zod'
import { isHostName, isZone } from '../naming.ts'
import { isCountry, isName, isPassword, WHY_NOT } from '../network/words.ts'
import { had, REASONS } from '../slots/pending.ts'

/** An order is small: a network's name and password, the path of a bundle. */
export const LONGEST_ORDER = 8 * 1024
/** The longest answer is a list of networks. */
export const LONGEST_ANSWER = 256 * 1024

const nothing = z.strictObject({})
const done = z.strictObject({})
const ssid = z.string().min(1).max(32).refine(isName, 'the name of a network')

/** Each order: what must come with it, and what comes back. */
export const ORDERS = {
  /** Is anybody there? */
  hello: { with: nothing, value: z.strictObject({ version: z.string().max(40) }) },
  /** How the machine is connected. */
  'network.state': {
    with: nothing,
    value: z.strictObject({
      radio: z.enum(['none', 'off', 'on']),
      wired: z.boolean(),
      wifi: z.strictObject({ is: z.enum(['none', 'joining', 'joined']), ssid: z.string().nullable() }),
      point: z.boolean(),
      kept: z.array(z.string()),
    }),
  },
  /** The Wi-Fi networks in the air; takes some seconds. */
  'network.list': {
    with: nothing,
    value: z.strictObject({
      seen: z.array(z.strictObject({ ssid, signal: z.number(), lock: z.enum(['open', 'password', 'company', 'old']), kept: z.boolean() })),
    }),
  },
  /** Tries a network for up to a minute, and keeps it when it works. password: null for an open one, or one that is kept. */
  'network.join': {
    with: z.strictObject({
      ssid,
      password: z.string().max(64).refine(isPassword, 'a Wi-Fi password has 8 to 63 letters, figures and signs').nullable(),
      hidden: z.boolean(),
    }),
    value: z.union([z.strictObject({ joined: z.literal(true) }), z.strictObject({ joined: z.literal(false), why: z.enum(WHY_NOT) })]),
  },
  /** Opens the box's own access point with a new name and password, or closes it; the radio can do nothing else meanwhile. */
  'network.point': {
    with: z.strictObject({
      on: z.boolean(),
      /** As it was before a network was tried, so that a phone finds it again. */
      as: z.strictObject({ ssid, password: z.string().regex(/^[a-z0-9]{12,63}$/) }).optional(),
    }),
    value: z.strictObject({ point: z.strictObject({ ssid, password: z.string(), address: z.string() }).nullable() }),
  },
  /** The country whose rules the radio keeps to, from now on and after a restart. */
  'network.country': { with: z.strictObject({ country: z.string().refine(isCountry, 'two capital letters, like DE') }), value: done },
  /** The machine's name in the home network (NAME.local). */
  'system.name': { with: z.strictObject({ name: z.string().refine(isHostName, 'letters, figures and dashes, at most 63') }), value: done },
  /** Its time zone, like Europe/Berlin. */
  'system.zone': { with: z.strictObject({ zone: z.string().refine(isZone, 'a time zone, like Europe/Berlin') }), value: done },
  /** Which slot runs, and what becomes of the last update. before: the version that update.undo goes back to; had: what the old one had, in a trial. */
  'update.status': {
    with: nothing,
    value: z.strictObject({
      slot: z.enum(['A', 'B']),
      version: z.string().max(40),
      trial: z.boolean(),
      had: had.nullable(),
      update: z
        .union([
          z.strictObject({ is: z.literal('writing') }),
          z.strictObject({ is: z.enum(['waiting', 'trying']), version: z.string().max(40) }),
          z.strictObject({ is: z.literal('over'), version: z.string().max(40), outcome: z.enum(['good', ...REASONS]) }),
        ])
        .nullable(),
      before: z.string().max(40).nullable(),
    }),
  },
  /** Looks at a bundle once more and writes it into the slot that does not run; takes minutes. Nothing changes when it is refused. */
  'update.install': {
    with: z.strictObject({
      path: z
        .string()
        .max(1000)
        .regex(/^\/[^\0]*\.raucb$/, 'the path of a bundle'),
    }),
    value: z.strictObject({ version: z.string().max(60) }),
  },
  /** How far that is, of 100. */
  'update.progress': { with: nothing, value: z.strictObject({ percent: z.int().min(0).max(100).nullable() }) },
  /** The machine starts anew, into the version that waits; had: what this one has, and the new one shall have, too. */
  'update.try': { with: z.strictObject({ had }), value: done },
  /** The version on trial has proved itself: it stays. */
  'update.good': { with: nothing, value: done },
  /** The machine starts anew, into the version before this one: at once out of a trial, else on a trial of its own. */
  'update.undo': { with: z.strictObject({ why: z.enum(['asked', 'not ready', 'no picture', 'no network']), had }), value: done },
  /** Keys, pairings, Wi-Fi and recordings go, and the machine starts as on its first day. */
  'system.reset': { with: nothing, value: done },
  /** The machine starts anew. */
  'system.reboot': { with: nothing, value: done },
  /** The machine is switched off; a person switches it on again. */
  'system.off': { with: nothing, value: done },
} as const satisfies Readonly<Record<string, { readonly with: z.ZodType; readonly value: z.ZodType }>>

export type OrderName = keyof typeof ORDERS
export type With<Name extends OrderName> = z.output<(typeof ORDERS)[Name]['with']>
export type Value<Name extends OrderName> = z.output<(typeof ORDERS)[Name]['value']>

export const isOrder = (name: string): name is OrderName => Object.hasOwn(ORDERS, name)

const asked = z.strictObject({ do: z.string().max(40), with: z.unknown().optional() })
const answered = z.union([
  z.strictObject({ ok: z.literal(true), value: z.unknown().optional() }),
  z.strictObject({
    ok: z.literal(false),
    whose: z.enum(['asker', 'world', 'ours']),
    code: z.string().regex(/^[a-z-]{1,40}$/),
    say: z.string().max(2000),
  }),
])
export type Asked = z.output<typeof asked>
export type Answered = z.output<typeof answered>

/** A line as an order; null when it is none. What comes with it is not checked yet. */
export const readAsked = (line: string): Asked | null => asked.safeParse(jsonOf(line)).data ?? null

/** A line as an answer; null when it is none. */
export const readAnswered = (line: string): Answered | null => answered.safeParse(jsonOf(line)).data ?? null

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What comes with an order, checked. Null: it is not as the order wants it; `why` then says where. */
export function readWith<Name extends OrderName>(name: Name, given: unknown): { readonly is: With<Name> } | { readonly why: string } {
  const { success, data, error } = ORDERS[name].with.safeParse(given ?? {})
  if (success) return { is: data as With<Name> }
  const [first] = error.issues
  return { why: `${first?.path.join('.') || name}: ${first?.message ?? 'not as it should be'}` }
}

/** The value of an answer, checked; null when it is not as the order says. */
export function readValue<Name extends OrderName>(name: Name, given: unknown): { readonly is: Value<Name> } | null {
  const { success, data } = ORDERS[name].value.safeParse(given)
  return success ? { is: data as Value<Name> } : null
}
