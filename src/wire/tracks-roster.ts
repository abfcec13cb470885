// tracks-roster.ts — who was in a call of which something was kept, and what was fetched of it later: as both lie on the disk of a box.
import * as z from 'zod/mini'
import { ID, type PeerId, type RoomSecret, SECRET } from '../core/id.ts'
import { personName } from './schema.ts'

/** People of one call that are remembered. */
export const MOST_PEOPLE = 32

const moment = z.number().check(z.gte(0), z.lte(8_640_000_000_000_000))
const peer = z.pipe(
  z.string().check(z.regex(ID)),
  z.transform((s) => s as PeerId),
)

export const RecordedCall = z.strictObject({
  /** ms since 1970; null: it goes on, or the box was cut off. */
  began: moment,
  ended: z.nullable(moment),
  room: z.pipe(
    z.string().check(z.regex(SECRET)),
    z.transform((s) => s as RoomSecret),
  ),
  /** Where the room is: the origin of a box or server; null: at our own broker. */
  at: z.nullable(z.string().check(z.maxLength(200), z.regex(/^https?:\/\/[^/\s@]+$/))),
  people: z.array(z.strictObject({ peer, name: personName, kind: z.enum(['box', 'browser']) })).check(z.maxLength(MOST_PEOPLE)),
})
export type RecordedCall = Readonly<z.output<typeof RecordedCall>>
export const RecordedCalls = z.array(RecordedCall)

export const FetchedRun = z.strictObject({
  /** Of the recording that it was fetched for. */
  recording: moment,
  peer,
  run: moment,
  /** Bytes that it may get; whether all of it is here; when it was begun, ms since 1970. */
  limit: moment,
  whole: z.boolean(),
  at: moment,
})
export type FetchedRun = Readonly<z.output<typeof FetchedRun>>
export const FetchedRuns = z.strictObject({
  runs: z.array(FetchedRun),
  /** All that somebody gave of a recording is here. */
  done: z.array(z.strictObject({ recording: moment, peer })),
})
export type FetchedRuns = Readonly<z.output<typeof FetchedRuns>>
