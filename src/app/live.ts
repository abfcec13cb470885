// live.ts — the call as a broadcast: the mix of media, cut and signed (broadcast/program), to the disk and to who watches.
//
// There is one program in a box, named by its key, and one address where it is watched; a run of it begins and ends with the wish. What was
// kept of earlier runs can still be watched while nothing goes out. A disk that fails ends the recording, never the broadcast.
//
// A private run is sealed where it is signed, so everything behind that (origin, store, relays) has nothing else; what the box itself makes of a
// broadcast (films, other servers) is opened again with the key (`opens`).
import type { Caption } from '../broadcast/captions.ts'
import { type ChatAccess, ChatDoor, type ChatEars, type ChatSocket } from '../broadcast/chat-door.ts'
import { GdpReader } from '../broadcast/cutter/gdp.ts'
import { Origin, type OriginAnswer, type OriginAsk } from '../broadcast/origin.ts'
import { openUpdate } from '../broadcast/program/seal.ts'
import { later, Program, type Published, type Update } from '../broadcast/program.ts'
import type { Store } from '../broadcast/store/store.ts'
import type { Config } from '../core/config.ts'
import type { RoomSecret } from '../core/id.ts'
import type { Clock } from '../lib/clock.ts'
import { Emitter } from '../lib/emitter.ts'
import { Fault, Refusal } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import { kbps, seconds } from '../lib/unit.ts'
import type { Picture } from '../media/encoder.ts'
import type { ProgramFeed, ProgramTrack } from '../media/program.ts'
import { may, type Policy } from '../room/access.ts'
import type { Identity } from '../room/identity.ts'
import { closeAbout } from '../wire/about.ts'
import { type ChatEvent, chatPath } from '../wire/chat.ts'
import { crockford } from '../wire/crockford.ts'
import { bytesOf, derive, systemRandom } from '../wire/crypto.ts'
import { type ProgramId, programOf } from '../wire/manifest.ts'
import { sealTitle, type WatchKey } from '../wire/watch-key.ts'
import { LiveChat } from './live-chat.ts'
import type { Notices } from './notices.ts'
import { lowerTracks, Renditions } from './renditions.ts'
import type { WatchKeys } from './watch-keys.ts'

export type LiveState = {
  readonly watching: number
  readonly link: string
  /** The same for who may delete and mute in its chat. */
  readonly moderatorLink: string
  readonly recorded: boolean
  /** Only who has this link sees it; the key stands in it. */
  readonly private: boolean
}

type Parts = {
  readonly identity: Identity
  /** What the program is called, and when it begins (ms since 1970); null: nothing was announced. */
  readonly announced: () => { readonly title: string; readonly begins: number | null }
  readonly settings: Config['live']
  /** Who may what in a room. */
  readonly policy: (room: RoomSecret) => Policy
  readonly feed: ProgramFeed
  /** What the encoders make for the call meanwhile. */
  readonly beside: readonly Picture[]
  /** Hears what is said in its chat. */
  readonly heard?: (event: ChatEvent) => void
  /** What is kept; null: nothing is. */
  readonly store: Store | null
  /** The secrets of private broadcasts. */
  readonly keys: Pick<WatchKeys, 'secret' | 'key' | 'begun' | 'turn'>
  /** `https://HOST:PORT` where people watch. */
  readonly origin: () => string
  readonly notices: Notices
  readonly clock: Clock
  readonly log: Log
}

const TRACK = { video: 0, audio: 1 } as const
/** How often who watches is counted. */
const COUNT = seconds(1)
/** A bit rate is a mean; playlists promise the most. */
const PEAK = 1.5
const SOUND_KBPS = 128
const PICTURE: Picture = { width: 1280, height: 720, fps: 30 }

type Run = {
  readonly program: Program
  readonly stop: AbortController
  readonly deafen: () => void
  readonly title: string
  readonly key: WatchKey | null
}

export type BroadcastEvents = {
  /** It goes out from now on. */
  began: []
  /** What `state` says is another. */
  changed: []
  /** This went out just now. */
  published: [update: Update]
}

export class Broadcast extends Emitter<BroadcastEvents> {
  readonly id: ProgramId
  readonly #parts: Parts
  readonly #origin: Origin
  readonly #chat: LiveChat
  readonly #moderator: Uint8Array
  readonly #lower: Renditions
  #run: Run | null = null
  #published: Published | null
  #watching = 0

  constructor(parts: Parts) {
    super((error) => parts.log.error('a listener of the broadcast failed', error))
    const { identity, announced, settings, store, clock } = parts
    this.#parts = parts
    this.id = programOf(identity.publicKey)
    this.#published = store?.published ?? null
    this.#lower = new Renditions(parts)
    this.#origin = new Origin({
      program: this.id,
      limits: { egress: kbps(settings.upload * 1000), seats: settings.viewers },
      clock,
      older: store,
      asked: (track, how) => this.#lower.asked(track, how),
      about: (seen) => {
        const { title, begins } = this.#run ? { title: this.#run.title, begins: null } : announced()
        const key = this.#run ? this.#run.key : this.#keyFor(null)
        const named = key ? { title: '', sealed: { lock: key.lock, title: sealTitle(key, title, systemRandom) } } : { title }
        return closeAbout({ ...named, begins, ...seen, at: Date.now() }, identity)
      },
    })
    // Out of the box's own key: the same after a restart, and nothing more to be kept.
    this.#moderator = derive(identity.secretKey, bytesOf('parlor/1'), "moderator's link", 16)
    const access: ChatAccess = { roleOf: () => 'viewer', secrets: [this.#moderator] }
    const { heard } = parts
    const door = () => new ChatDoor({ ...(heard && { heard }), identity, access, clock, now: () => Date.now() })
    this.#chat = new LiveChat(door, this.#keyFor(null))
  }

  /** Where it is watched, now or later. @param isPrivate null: as the settings say */
  link(isPrivate: boolean | null): string {
    const at = `${this.#parts.origin()}/w/${this.id}`
    return this.#keyFor(isPrivate) ? `${at}#${this.#parts.keys.secret}` : at
  }

  get state(): LiveState | null {
    if (!this.#run) return null
    const isPrivate = this.#run.key !== null
    const link = this.link(isPrivate)
    return {
      watching: this.#watching,
      link,
      moderatorLink: `${link}${isPrivate ? '&' : '#'}moderator=${crockford(this.#moderator)}`,
      recorded: this.#parts.store?.isRecording ?? false,
      private: isPrivate,
    }
  }

  /** The number of what goes out now; null: nothing does. */
  get run(): number | null {
    return this.#run?.program.run ?? null
  }

  /** Is the broadcast of now private, or would the next one be? @param wish null: as the settings say */
  isPrivate(wish: boolean | null): boolean {
    return this.#run ? this.#run.key !== null : (wish ?? this.#parts.settings.private)
  }

  /** The token that players by WHEP show; null: what goes out is open. */
  get token(): string | null {
    return this.#run?.key?.whep ?? null
  }

  /** An update as the box itself reads it: opened, when it is private. */
  opens(update: Update): Update {
    const { key } = this.#parts.keys
    return update.entry.lock === undefined || update.entry.lock !== key.lock ? update : openUpdate(key, update)
  }

  /**
   * @param isPrivate null: as the settings say
   * @throws Refusal 'not-allowed' in a room that is not ours to send out; Fault when there is no picture to be had
   */
  async begin(room: RoomSecret, signal: AbortSignal, isPrivate: boolean | null = null): Promise<void> {
    const { identity, announced, settings, policy, feed, keys, notices, log } = this.#parts
    if (!may(identity.peer, 'broadcast', policy(room)))
      throw new Refusal('not-allowed', 'Only those whose room it is may broadcast it. Call from your own room to go live.')
    await this.#stop()
    const key = this.#keyFor(isPrivate)
    const program = new Program({
      identity,
      ...(key && { key }),
      rate: [PICTURE.fps, 1],
      tracks: [
        { kind: 'video', track: TRACK.video, name: 'v0', form: 'annex b', bandwidth: settings.kbps * 1000 * PEAK },
        {
          ...{ kind: 'audio', track: TRACK.audio, name: 'sound', codec: 'aac', channels: 1, sampleRate: 48_000, delay: 0 },
          bandwidth: SOUND_KBPS * 1000 * PEAK,
        },
        ...lowerTracks(PEAK),
      ],
      before: this.#published,
      now: () => Date.now(),
      wantKeyframe: () => feed.keyframe(),
      log,
    })
    // Before anything is sealed with it.
    if (key) await keys.begun(program.run)
    this.#chat.be(key)
    const deafen = this.#hear(program)
    try {
      await feed.start(
        { picture: PICTURE, videoRate: kbps(settings.kbps), soundRate: kbps(SOUND_KBPS), beside: this.#parts.beside },
        signal,
      )
    } catch (error) {
      deafen()
      await feed.stop()
      if (error instanceof Fault) notices.set('live', { is: 'live fails', said: error.message })
      throw error
    }
    notices.set('live', null)
    const stop = new AbortController()
    this.#run = { program, stop, deafen, title: announced().title, key }
    log.info('live', { program: this.id, recorded: this.#parts.store?.isRecording ?? false, private: key !== null })
    void this.#count(stop.signal)
    this.emit('began')
    this.emit('changed')
  }

  /** The last part goes out, and everybody who watches is told that it was the last. The next private one has another link. */
  async end(): Promise<void> {
    await this.#stop()
    this.#parts.keys.turn()
  }

  async #stop(): Promise<void> {
    const run = this.#run
    if (!run) return
    const { feed, log } = this.#parts
    this.#run = null
    this.#watching = 0
    run.stop.abort()
    await feed.stop()
    run.deafen()
    this.#publish(run.program.end())
    log.info('no longer live', run.program.odd)
    this.emit('changed')
  }

  /** Goes along with what is seen now. False: nothing goes out. */
  caption(caption: Caption): boolean {
    this.#run?.program.caption(caption)
    return this.#run !== null
  }

  /** What is answered to who watches; null for an address that is none of ours. */
  answer(ask: OriginAsk): Promise<OriginAnswer | null> {
    return this.#origin.answer(ask)
  }

  /** Seats of the one budget, for who watches past the origin (WHEP). */
  get seats(): { take(seat: string): boolean; leave(seat: string): void; sent(bytes: number): void } {
    const origin = this.#origin
    return { take: (seat) => origin.takeSeat(seat), leave: (seat) => origin.leaveSeat(seat), sent: (bytes) => origin.sent(bytes) }
  }

  /** Frames of each stream, on the one clock of both, into the program. */
  #hear(program: Program): () => void {
    const { feed } = this.#parts
    const streams = new Map<ProgramTrack, { readonly reader: GdpReader; readonly zero: number }>()
    const offs = [
      this.#lower.into(program, (updates) => this.#publish(updates)),
      feed.on('began', ({ track, zero }) => streams.set(track, { reader: new GdpReader(), zero })),
      feed.on('coded', (track, coded) => {
        const stream = streams.get(track)
        for (const { pts, bytes } of stream?.reader.take(coded) ?? [])
          this.#publish(program.take(TRACK[track], { pts: (stream?.zero ?? 0) + pts, bytes }))
      }),
      // The picture leads; a sound that is away for a moment is silence.
      feed.on('lost', (track) => track === 'video' && this.#publish(program.restart())),
    ]
    return () => {
      for (const off of offs) off()
    }
  }

  /** What the audience says: a place to be mounted beside the program. */
  get chat(): { readonly path: string; open(socket: ChatSocket, address: string): ChatEars } {
    return { path: chatPath(this.id), open: (socket, address) => this.#chat.open(socket, address) }
  }

  /** Stops with the box: what goes on after its start goes on under the same link. */
  async close(): Promise<void> {
    await this.#stop()
    this.#chat.close()
  }

  #keyFor(isPrivate: boolean | null): WatchKey | null {
    const { keys, settings } = this.#parts
    return (isPrivate ?? settings.private) ? keys.key : null
  }

  #publish(updates: readonly Update[]): void {
    for (const update of updates) {
      this.#origin.update(update)
      this.#parts.store?.update(update)
      this.#published = later(this.#published, update.entry)
      this.emit('published', update)
    }
  }

  async #count(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#parts.clock.sleep('count who watches', COUNT, signal).catch(() => {})
      const watching = signal.aborted ? 0 : this.#origin.viewers
      if (watching === this.#watching) continue
      this.#watching = watching
      this.emit('changed')
    }
  }
}
