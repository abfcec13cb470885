// again.ts — "what did she say?": the TV of this room shows the call as it was a moment ago, out of what is recorded.
//
// Nothing is kept for this. What can be shown once more is what the broadcast records anyway, which everybody in the call was told of; without
// it there is nothing to show. It goes to our own TV and loudspeaker and nowhere else, by a worker that plays the parts as if
// somebody in the call sent them (media/replay.ts).

import type { Clock } from '../lib/clock.ts'
import { Emitter } from '../lib/emitter.ts'
import { Refusal } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import { type Ms, ms, seconds } from '../lib/unit.ts'
import { Seam } from '../media/capture/seam.ts'
import type { ReplayTrack } from '../media/replay/order.ts'
import { Replay, type ReplayHeaders } from '../media/replay.ts'
import { REPLAY, type Seat } from '../media/scene.ts'
import type { Fork } from '../media/worker.ts'
import type { Entry, TrackInit, TrackPart } from '../wire/manifest.ts'
import type { ObjectName } from '../wire/object.ts'

/** One time back. */
export const STEP = seconds(30)
/** Parts are handed on so long before they are due. */
const AHEAD = seconds(3)
/** Entries of so long before are looked at for the keyframe to begin with. */
const GOP = seconds(5)
/** After its last part is due, a replay that does not say so itself is over. */
const GRACE = seconds(4)

/** The recording, as far as it is needed here. */
export interface Recorded {
  entries(from: number, to: number): AsyncIterable<{ readonly entry: Entry }>
  object(name: ObjectName): Promise<Uint8Array | null>
}
/** What plays a stretch. */
export interface Player {
  part(track: ReplayTrack, bytes: Uint8Array): void
  end(): void
  close(): Promise<void>
}
/** What plays on the TV and the loudspeaker of this room. */
export interface SeatPlayer extends Player {
  /** See Replay.shift(). */
  shift(zero: number): void
}
export type Stage = {
  readonly headers: ReplayHeaders
  readonly zero: number
  readonly onEnd: () => void
  /** Each time another picture is on its way to the TV. @param stamp its time as RTP has it, 90 kHz, from wherever that began */
  readonly onFrame?: (stamp: number) => void
}

type Parts = {
  /** What is recorded of the call now; null: nothing is. */
  readonly recorded: () => Recorded | null
  readonly play: (stretch: Stage) => Promise<Player>
  /** ms since 1970. */
  readonly date: () => number
  readonly clock: Clock
  readonly log: Log
}

const TRACKS: readonly ReplayTrack[] = ['video', 'audio']

type Run = { readonly stop: AbortController; readonly player: Player }

export class Again extends Emitter<{ ended: [] }> {
  readonly #parts: Parts
  #run: Run | null = null
  /** When it was asked first, ms since 1970: so far it goes, then it is over. */
  #until: number | null = null
  #turn = 0

  constructor(parts: Parts) {
    super((error) => parts.log.error('a listener of the replay failed', error))
    this.#parts = parts
  }

  /**
   * Shows the call from so many half minutes before it was asked first, or from as early as there is anything, up to then.
   * @throws Refusal 'not-allowed' when nothing is recorded
   */
  async begin(back: number, signal: AbortSignal): Promise<void> {
    const { recorded, play, date, log } = this.#parts
    const turn = ++this.#turn
    const until = this.#until ?? date()
    await this.#close()
    const store = recorded()
    const entries = store ? await entriesOf(store, until - back * STEP, until) : []
    const plan = stretchIn(entries, until - back * STEP)
    const headers = store && plan && (await headersOf(store, plan.inits))
    if (turn !== this.#turn) return
    signal.throwIfAborted()
    if (!store || !plan || !headers) {
      this.#until = null
      throw new Refusal(
        'not-allowed',
        'What was said can be shown again only while the call is broadcast and recorded: otherwise nothing is kept.',
      )
    }
    const stop = new AbortController()
    const player = await play({ headers, zero: plan.zero, onEnd: () => this.#ended(stop) })
    if (turn !== this.#turn) {
      await player.close()
      return
    }
    this.#until = until
    this.#run = { stop, player }
    log.info('the TV shows once more what was said', { seconds: Math.round((until - plan.at) / 1000) })
    void this.#feed(store, plan, { stop, player }).catch((error: unknown) => {
      if (!stop.signal.aborted) log.error('the replay broke off', error)
      this.#ended(stop)
    })
  }

  /** Back to now. Nothing of the past is seen or heard from the end of it on. Safe to call twice. */
  async end(): Promise<void> {
    this.#turn++
    this.#until = null
    await this.#close()
    this.emit('ended')
  }

  async #close(): Promise<void> {
    const run = this.#run
    this.#run = null
    run?.stop.abort()
    await run?.player.close()
  }

  #ended(of: AbortController): void {
    if (this.#run?.stop === of) this.emit('ended')
  }

  /** Each part some seconds before it is due: however far it goes back, little of it is in memory. */
  async #feed(store: Recorded, { parts, at }: Stretch, { stop, player }: Run): Promise<void> {
    const { clock } = this.#parts
    const begun = clock.now()
    const until = async (due: number) => {
      const wait = begun + due - clock.now()
      if (wait > 0) await clock.sleep('until a part of the replay is due', ms(wait), stop.signal)
    }
    let last = 0 as Ms
    for (const part of parts) {
      await until(part.at - at - AHEAD)
      const bytes = await store.object(part.object.name)
      if (stop.signal.aborted) return
      const track = TRACKS[part.track]
      if (bytes && track) player.part(track, bytes)
      last = ms(part.at - at)
    }
    player.end()
    await until(last + GRACE)
    this.#ended(stop)
  }
}

type Seats = {
  readonly screen: { rtp(seat: Seat, packet: Buffer): void }
  readonly sound: { rtp(seat: Seat, packet: Buffer): void; clearSeat(seat: Seat): void }
  readonly fork: Fork
  readonly clock: Clock
  readonly log: Log
}
const SSRC = 7

/** Plays on the TV and the loudspeaker of this room, in a seat that nobody of the call has. */
export function playOn({ screen, sound, fork, clock, log }: Seats): (stretch: Stage) => Promise<SeatPlayer> {
  const seam = new Seam(clock, SSRC)
  return async ({ headers, zero, onEnd, onFrame }) => {
    let last = -1
    const replay = await Replay.open({
      ...{ headers, zero, onEnd, fork, clock, log },
      onPicture: (packet) => {
        const stamp = packet.readUInt32BE(4)
        seam.mend(packet)
        screen.rtp(REPLAY, packet)
        if (stamp !== last) onFrame?.(stamp)
        last = stamp
      },
      onSound: (packet) => sound.rtp(REPLAY, packet),
    })
    return {
      part: (track, bytes) => replay.part(track, bytes),
      shift: (to) => replay.shift(to),
      end: () => replay.end(),
      close: async () => {
        await replay.close()
        sound.clearSeat(REPLAY)
      },
    }
  }
}

type Stretch = {
  readonly inits: readonly TrackInit[]
  readonly parts: readonly TrackPart[]
  /** Its first picture: ms since 1970, and ns of the program. */
  readonly at: number
  readonly zero: number
}

async function entriesOf(store: Recorded, from: number, to: number): Promise<Entry[]> {
  const entries: Entry[] = []
  for await (const { entry } of store.entries(from - GOP, to)) entries.push(entry)
  const run = entries.at(-1)?.run
  return entries.filter((entry) => entry.run === run)
}

/** What of these entries is played from about a moment on; null: no picture begins in them. */
export function stretchIn(entries: readonly Entry[], from: number): Stretch | null {
  const begins = entries.filter(({ parts }) => parts.some((part) => part.track === 0 && part.firstOfSegment && part.independent))
  const first = begins.findLast(({ parts }) => parts.some((part) => part.track === 0 && part.at <= from)) ?? begins[0]
  const picture = first?.parts.find((part) => part.track === 0)
  const inits = TRACKS.flatMap((_, track) => entries.flatMap((entry) => entry.inits).find((init) => init.track === track) ?? [])
  const video = inits.find(({ track }) => track === 0)
  if (!first || !picture || !video || inits.length < TRACKS.length) return null
  // Where a track is described anew it is another stream: so far, and no further.
  const isOther = ({ inits: others }: Entry): boolean =>
    others.some((other) => inits.some((init) => init.track === other.track && init.object.name !== other.object.name))
  const end = entries.findIndex((entry, i) => i >= entries.indexOf(first) && isOther(entry))
  const parts = entries
    .slice(0, end < 0 ? entries.length : end)
    .flatMap((entry) => entry.parts)
    .filter(({ segment }) => segment >= picture.segment)
  return { inits, parts, at: picture.at, zero: (picture.start / video.description.timescale) * 1e9 }
}

async function headersOf(store: Recorded, inits: readonly TrackInit[]): Promise<ReplayHeaders | null> {
  const [video, audio] = await Promise.all(inits.map(({ object }) => store.object(object.name)))
  return video && audio ? { video, audio } : null
}
