// whep.ts — the broadcast for who watches by WebRTC: joins what makes the program with the sessions of its viewers (broadcast/whep.ts).
//
// Frames are heard where the broadcast hears them; nothing is made for these viewers but the sound as Opus, and that only while there is one.
// What speaks WebRTC is loaded with the first of them.
import { GdpReader } from '../broadcast/cutter/gdp.ts'
import { Whep } from '../broadcast/whep.ts'
import { linkOf } from '../broadcast/whip/door.ts'
import type { PlainLink } from '../call/plain.ts'
import type { IceServer } from '../call/transport.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { YoungGop } from '../media/gop.ts'
import { machineTime } from '../media/machine-time.ts'
import type { ProgramFeed } from '../media/program.ts'
import type { QuickNews } from '../media/sound.ts'
import { systemRandom } from '../wire/crypto.ts'
import type { Broadcast } from './live.ts'
import { sessionsAt } from './sessions.ts'

/** What makes the program's sound as Opus: media/sound.ts. */
export interface QuickMaker {
  setQuick(wanted: boolean): void
  on(event: 'quick', listener: (news: QuickNews) => void): unknown
}

type Parts = {
  readonly broadcast: Broadcast
  readonly feed: ProgramFeed
  readonly sound: QuickMaker
  readonly iceServers: () => readonly IceServer[]
  /** Of the program's picture. */
  readonly kbps: number
  readonly clock: Clock
  readonly log: Log
}

/** The frames since a keyframe of 600 ms ago, at what a program has a second. */
const PACKETS = 400
/** Of the program's rate: what is tried first, and what may be asked of the way. */
const [AT_FIRST, AT_MOST] = [1300, 1600]

/** @returns what is answered below `/w/PROGRAM/whep`, and what ends it all */
export function openWhep({ broadcast, feed, sound, iceServers, kbps, clock, log }: Parts) {
  let Link: typeof PlainLink | null = null
  const whep = new Whep({
    isLive: () => broadcast.state !== null,
    token: () => broadcast.token,
    open: () => {
      if (!Link) throw new Error('what speaks WebRTC is not loaded')
      return new Link({ role: 'viewer', iceServers: iceServers(), start: kbps * AT_FIRST, most: kbps * AT_MOST, log, clock })
    },
    places: broadcast.seats,
    young: new YoungGop(PACKETS),
    keyframe: () => feed.keyframe(),
    wantSound: (wanted) => sound.setQuick(wanted),
    // Passwords of relays are for those of a call. Who watches reaches ours.
    links: () => iceServers().flatMap((server) => (server.credential ? [] : [linkOf(server)])),
    random: systemRandom,
    clock,
    log,
  })
  const picture = new Row((bytes, at) => whep.picture(bytes, at, machineTime()))
  const opus = new Row((bytes, at) => whep.sound(bytes, at, machineTime()))
  feed.on('began', ({ track, zero }) => track === 'video' && picture.begin(zero))
  feed.on('coded', (track, bytes) => track === 'video' && picture.take(bytes))
  feed.on('lost', (track) => track === 'video' && whep.lost())
  sound.on('quick', (news) => (news.is === 'began' ? opus.begin(news.zero) : opus.take(news.bytes)))
  broadcast.on('changed', () => {
    if (broadcast.state === null) void whep.over()
  })
  const load = async () => {
    Link ??= (await import('../call/plain.ts')).PlainLink
  }
  return {
    close: () => whep.close(),
    sessions: sessionsAt(`/w/${broadcast.id}/whep`, load, (ask, below) => whep.answer(ask, below)),
  }
}

/** Frames of a track, with the moment they are of: ms of machine time. */
class Row {
  readonly #give: (bytes: Uint8Array, at: number) => void
  #reader = new GdpReader()
  #zero: number | null = null

  constructor(give: (bytes: Uint8Array, at: number) => void) {
    this.#give = give
  }

  begin(zero: number): void {
    this.#reader = new GdpReader()
    this.#zero = zero
  }

  take(coded: Uint8Array): void {
    if (this.#zero === null) return
    for (const { pts, bytes } of this.#reader.take(coded)) this.#give(bytes, (this.#zero + pts) / 1e6)
  }
}
