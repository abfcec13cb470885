// fetching.ts — fetches the others' own tracks of a recorded call: waits in the room of that call as one who asks (call/meeting.ts), and takes from
// each who meets us what their people give. Says of each how far it is. What is here already is not asked for again.
//
// One recording at a time. It ends by itself, when of everybody it is known how it went; whoever does not meet us for a while is away.
import { type FetchEnd, Fetcher } from '../../broadcast/remix/fetcher.ts'
import { Pace } from '../../broadcast/remix/pace.ts'
import type { Meeting } from '../../call/meeting.ts'
import type { PeerId, RoomSecret } from '../../core/id.ts'
import type { Clock } from '../../lib/clock.ts'
import { Refusal, unreachable } from '../../lib/fault.ts'
import type { Log } from '../../lib/log.ts'
import { type Ms, ms, seconds } from '../../lib/unit.ts'
import type { Plea } from '../../wire/presence.ts'
import type { RecordedCall } from '../../wire/tracks-roster.ts'
import type { Fetched } from './fetched.ts'

/** looking: their box has not met us yet. asking: their people are asked. here: all that they give is on this box. away: their box was not reached. */
export type FetchState = 'looking' | 'asking' | 'fetching' | 'here' | 'refused' | 'away' | 'broken' | 'no space'
export type FetchSeen = {
  readonly peer: PeerId
  readonly name: string
  readonly is: FetchState
  /** Bytes. */
  readonly got: number
  readonly of: number
  /** What is here of them as whole files. */
  readonly files: readonly string[]
}
/** Waits in a room until the signal is aborted; `met` when somebody who has tracks has come. */
export type Seek = (
  place: { readonly room: RoomSecret; readonly at: string | null },
  seeks: { readonly plea: Plea; readonly of: (peer: PeerId) => boolean },
  met: (meeting: Pick<Meeting, 'peer' | 'send' | 'close' | 'on'>) => void,
  signal: AbortSignal,
) => Promise<void>

type Parts = {
  readonly self: PeerId
  readonly fetched: Fetched
  readonly seek: Seek
  /** Bits a second that may come in now. */
  readonly rate: () => number
  readonly clock: Clock
  readonly log: Log
}
type One = { peer: PeerId; name: string; is: FetchState; got: number; of: number; tries: number; since: Ms }
type Recording = { readonly run: number; readonly from: number; readonly to: number }
type Job = { readonly recording: Recording; readonly people: One[]; readonly end: AbortController; isOver: boolean }

/** How long a box has to meet us, and how often one that breaks off is met again. */
const PATIENCE = seconds(25)
const TRIES = 5
const LOOK = ms(500)
/** Bytes of own tracks in a second, at most; and for how much longer than the recording somebody may have kept theirs. */
const MOST_A_SECOND = 2_700_000
const SPARE_SECONDS = 600

export class Fetching {
  readonly #parts: Parts
  #job: Job | null = null
  #running: Promise<void> = Promise.resolve()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Begins to fetch for a recording, unless it goes on. Of nobody when nothing is known of who was there. */
  async start(recording: Recording, call: RecordedCall | null): Promise<void> {
    if (this.#job?.recording.run === recording.run && !this.#job.isOver) return
    await this.stop()
    const { fetched, self, clock } = this.#parts
    const people: One[] = []
    for (const { peer, name, kind } of call?.people ?? []) {
      if (kind !== 'box' || peer === self) continue
      const is = (await fetched.isDone(recording.run, peer)) ? 'here' : 'looking'
      people.push({ peer, name, is, got: 0, of: 0, tries: 0, since: clock.now() })
    }
    const job: Job = { recording, people, end: new AbortController(), isOver: !people.some(isOpen) }
    this.#job = job
    if (call && !job.isOver) this.#running = this.#run(job, call)
  }

  /** How it goes; null when it was not begun. Throws a Fault. */
  async state(run: number): Promise<{ readonly over: boolean; readonly people: readonly FetchSeen[] } | null> {
    const job = this.#job
    if (job?.recording.run !== run) return null
    const people = job.people.map(async ({ peer, name, is, got, of }): Promise<FetchSeen> => {
      const files = await this.#parts.fetched.of(run, peer)
      return { peer, name, is, got, of, files: files.map((file) => file.name) }
    })
    return { over: job.isOver, people: await Promise.all(people) }
  }

  /** What is here stays here. */
  async stop(): Promise<void> {
    this.#job?.end.abort()
    await this.#running
  }

  async #run(job: Job, { room, at }: RecordedCall): Promise<void> {
    const { seek, clock, log } = this.#parts
    const { signal } = job.end
    const { from, to } = job.recording
    const works: Promise<void>[] = []
    const of = (peer: PeerId) => job.people.some((one) => one.peer === peer && one.is === 'looking')
    const plea = { from: Math.round(from), to: Math.round(to) }
    const sought = seek({ room, at }, { plea, of }, (meeting) => works.push(this.#take(job, meeting)), signal)
    sought.catch((error: unknown) => log.error('nobody could be asked for tracks', error))
    try {
      while (job.people.some(isOpen)) {
        await clock.sleep('how far the tracks of others are', LOOK, signal)
        for (const one of job.people)
          if (one.is === 'looking' && clock.now() - one.since > PATIENCE) one.is = one.tries > 0 ? 'broken' : 'away'
      }
    } catch (error) {
      if (!signal.aborted) log.error('tracks of others are not fetched any more', error)
    } finally {
      for (const one of job.people) if (isOpen(one)) one.is = one.is === 'looking' ? 'away' : 'broken'
      job.isOver = true
      job.end.abort()
      await Promise.allSettled([sought, ...works])
    }
  }

  async #take(job: Job, meeting: Pick<Meeting, 'peer' | 'send' | 'close' | 'on'>): Promise<void> {
    const { fetched, rate, clock, log } = this.#parts
    const one = job.people.find(({ peer, is }) => peer === meeting.peer && is === 'looking')
    if (!one) return meeting.close()
    const { run, from, to } = job.recording
    one.is = 'asking'
    one.tries++
    const sizes = new Map<number, number>()
    const most = ((to - from) / 1000 + SPARE_SECONDS) * MOST_A_SECOND
    const over = Promise.withResolvers<FetchEnd>()
    const fetcher = new Fetcher({
      send: (frame) => meeting.send(frame),
      time: { from: Math.round(from), to: Math.round(to) },
      open: async (track) => {
        sizes.set(track.run, track.bytes)
        const all = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0)
        if (all > most) throw new Refusal('bad-message', 'they say that they have more than a call of this length can be')
        return fetched.open(run, one.peer, track)
      },
      whole: (track) => fetched.whole(run, one.peer, track.run),
      pace: new Pace(clock, rate),
      clock,
      onChange: (is, got, of) => Object.assign(one, { is, got, of }),
      onEnd: (how, why) => {
        log.info('tracks were asked for', { who: one.name, how, why })
        over.resolve(how)
      },
    })
    meeting.on('bytes', (bytes) => fetcher.hear(bytes))
    meeting.on('closed', () => fetcher.close('the link is down'))
    const stop = () => fetcher.close('it was stopped')
    job.end.signal.addEventListener('abort', stop, { once: true })
    fetcher.open()
    const how = await over.promise
    job.end.signal.removeEventListener('abort', stop)
    meeting.close()
    await fetcher.done
    if (how === 'done') await fetched.done(run, one.peer)
    one.is = job.end.signal.aborted && how === 'broken' ? 'broken' : stateAfter(how, one.tries)
    one.since = clock.now()
  }
}

const isOpen = ({ is }: Pick<One, 'is'>): boolean => is === 'looking' || is === 'asking' || is === 'fetching'

function stateAfter(how: FetchEnd, tries: number): FetchState {
  switch (how) {
    case 'done':
      return 'here'
    case 'refused':
      return 'refused'
    case 'no space':
      return 'no space'
    case 'false':
      return 'broken'
    case 'broken':
      return tries < TRIES ? 'looking' : 'broken'
    default:
      return unreachable(how)
  }
}
