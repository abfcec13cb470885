// tracks-exchange.ts — own tracks between boxes: who was in recorded calls, what we give of ours, and what we fetch of others. Here is only how these
// parts hang together (tracks-roster.ts, giving.ts, remix/fetching.ts), and what a meeting of two boxes is made of.
import { dirname, join } from 'node:path'
import type { Store } from '../broadcast/store/store.ts'
import { Counts } from '../call/counts.ts'
import { Meetings, type MeetingTransport } from '../call/meeting.ts'
import { type OpenBroker, Signalling } from '../call/signalling.ts'
import type { IceServer } from '../call/transport.ts'
import type { Config } from '../core/config.ts'
import type { RoomSecret } from '../core/id.ts'
import type { Actual } from '../core/plan.ts'
import { textIn } from '../core/text/text.ts'
import type { Wanted } from '../core/wanted.ts'
import type { Clock } from '../lib/clock.ts'
import { Refusal } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import type { Scope } from '../lib/scope.ts'
import { seconds } from '../lib/unit.ts'
import type { Identity } from '../room/identity.ts'
import { roomKeys } from '../room/link.ts'
import { openMediaFolder } from '../system/media-folder.ts'
import { systemRandom } from '../wire/crypto.ts'
import { programOf } from '../wire/manifest.ts'
import { type Attend, Giving } from './giving.ts'
import { identityOfOwn } from './own-tracks.ts'
import type { Question } from './question.ts'
import { rarely } from './rarely.ts'
import { placeOf } from './recording.ts'
import type { Recordings } from './recordings.ts'
import { Fetched } from './remix/fetched.ts'
import { Fetching, type FetchSeen, type Seek } from './remix/fetching.ts'
import type { Rooms } from './rooms.ts'
import { TracksRoster } from './tracks-roster.ts'

type Parts = {
  readonly config: Pick<Config, 'box' | 'live'>
  /** The data folder. */
  readonly folder: string
  readonly identity: Identity
  readonly ownTracks: { readonly store: Store | null; readonly run: number | null }
  readonly recordings: Pick<Recordings, 'whenRemoved'> & {
    readonly all: ReadonlyArray<{ readonly run: number; readonly from: number; readonly to: number; readonly live: boolean }>
  }
  /** Our broadcast is recorded now. */
  readonly recorded: () => boolean
  readonly box: { readonly wanted: Wanted; readonly actual: Actual; on(event: 'changed', listener: () => void): unknown }
  readonly rooms: Pick<Rooms, 'people' | 'on'>
  readonly question: Pick<Question, 'ask'>
  /** The way to a room. */
  readonly brokerOf: (place: { readonly room: RoomSecret; readonly at: string | null }) => OpenBroker
  readonly iceServers: () => readonly IceServer[]
  readonly clock: Clock
  readonly log: Log
  readonly scope: Scope
}

export type TracksExchange = {
  /** Begins to fetch what the others keep of a recorded call. @throws Refusal 'bad-request' when there is no such recording */
  fetch(run: number): Promise<void>
  state(run: number): Promise<{ readonly over: boolean; readonly people: readonly FetchSeen[] }>
  stop(): Promise<void>
  /** A ticket for a file of what was fetched. */
  ticket(file: string): string
  /** What a ticket is for, which is used up; null: for nothing of this. */
  download(ticket: string): Promise<{ readonly name: string; readonly type: string; readonly flow: AsyncIterable<Uint8Array> } | null>
}

const GIGABYTE = 1_000_000_000
/** Bits a second while a call is on: less than the poorest picture gets of a line (rates.ts). And of what comes in, while none is. */
const BESIDE_A_CALL = 48_000
const AT_REST = 1_000_000_000
/** How long the question stands. */
const STANDS = seconds(60)

/** What it opened is closed with the scope. */
export async function openTracksExchange(parts: Parts): Promise<TracksExchange> {
  const { config, folder, identity, ownTracks, recordings, recorded, box, rooms, question, clock, log, scope } = parts
  const date = () => Date.now()
  const roster = new TracksRoster(folder, date, log)
  await roster.open()
  const text = textIn(config.box.language)
  const inCall = () => box.actual.room !== null
  const { attend, seek } = meetingsOf(parts)
  const signs = identityOfOwn(identity)
  const giving = new Giving({
    ...{ setting: config.live.give, store: ownTracks.store, run: () => ownTracks.run, signs, name: config.box.name, roster, attend },
    room: () => box.actual.room,
    ask: async (_, name, { began }) => {
      if (box.wanted.quiet || box.actual.night) return false
      const when = new Date(began).toLocaleDateString(config.box.language)
      return question.ask({ sentence: text.giveTracks(name, when), ttl: STANDS })
    },
    rate: () => (inCall() ? BESIDE_A_CALL : config.live.upload * 1_000_000),
    ...{ date, clock, log },
  })
  const fetched = new Fetched({
    folder: () => openMediaFolder(join(dirname(placeOf(config.live, folder, programOf(signs.publicKey))), 'fetched')),
    limit: config.live.own * GIGABYTE,
    ...{ date, clock, random: systemRandom },
  })
  const rate = () => (inCall() ? BESIDE_A_CALL : AT_REST)
  const fetching = new Fetching({ self: identity.peer, fetched, seek, rate, clock, log })
  const look = () => {
    const { room } = box.actual
    const isKept = room !== null && (ownTracks.run !== null || recorded())
    roster.be(isKept ? { room, at: box.wanted.at } : null, rooms.people)
    giving.look()
  }
  box.on('changed', look)
  rooms.on('people', look)
  recordings.whenRemoved(
    (run) => void fetched.forget(run).catch((error: unknown) => log.error('what was fetched could not be removed', error)),
  )
  void giving.watch(scope.signal)
  scope.defer(() => roster.settled())
  scope.defer(() => giving.close())
  scope.defer(() => fetching.stop())
  return {
    fetch: async (run) => {
      const recording = recordings.all.find((each) => each.run === run)
      if (!recording || recording.live) throw new Refusal('bad-request', 'there is no such recording (any more), or it is still going on')
      await fetching.start(recording, roster.of(recording))
    },
    state: async (run) => (await fetching.state(run)) ?? { over: true, people: [] },
    stop: () => fetching.stop(),
    ticket: (file) => fetched.ticket(file),
    download: async (ticket) => {
      const file = await fetched.take(ticket)
      return file && { name: file.name, type: 'application/octet-stream', flow: file.bytes }
    },
  }
}

/** Meetings over werift, which is loaded when somebody is to be met: a box at rest does without its memory. */
function meetingsOf({ identity, brokerOf, iceServers, clock, log }: Parts): { attend: Attend; seek: Seek } {
  type Open = () => MeetingTransport
  let open: Open | null = null
  const load = async (): Promise<void> => {
    const { openWerift } = await import('../call/werift.ts')
    open = () => {
      const transport = openWerift({ iceServers: iceServers(), onRtp: () => {}, takesBytes: true, log })
      let came = false
      transport.on('bytes', () => {
        came = true
      })
      return Object.assign(transport, {
        onBytes: (listener: (bytes: Uint8Array) => void) => void transport.on('bytes', listener),
        // No media ever: the gate stays shut. What comes instead of them says that the other end lives.
        release: () => {},
        mediaCame: () => {
          const was = came
          came = false
          return was
        },
      })
    }
  }
  const openTransport: Open = () => {
    if (!open) throw new Refusal('not-allowed', 'nobody can be met yet')
    return open()
  }
  const ground = (place: { readonly room: RoomSecret; readonly at: string | null }, openBroker: OpenBroker) => {
    const common = { identity, room: roomKeys(place.room), clock, random: systemRandom, counts: new Counts(), log }
    return { ...common, openTransport, signalling: new Signalling({ ...common, openBroker }) }
  }
  return {
    attend: (place, answers, met, signal) => {
      // Who asks, asks again in some seconds.
      const isReady = () => open !== null || void load().catch((error: unknown) => log.error('nobody can be met', error))
      const meetings = new Meetings({
        ...ground(place, rarely(brokerOf(place), clock, log)),
        answers: (peer, plea) => answers(peer, plea) && isReady() === true,
      })
      meetings.on('met', met)
      return meetings.watch(signal)
    },
    seek: async (place, seeks, met, signal) => {
      await load()
      const meetings = new Meetings({ ...ground(place, brokerOf(place)), seeks })
      meetings.on('met', met)
      return meetings.watch(signal)
    },
  }
}
