// audience.ts — puts together what an audience outside the call has of this box: its broadcast, what was recorded, and what is announced.
//
// Here is only how these parts hang together; what each does stands in live.ts, recording.ts, recordings.ts and announcement.ts.

import { openedKept } from '../broadcast/store/opened.ts'
import { openSaid } from '../broadcast/store/said.ts'
import type { IceServer } from '../call/transport.ts'
import type { Config } from '../core/config.ts'
import type { RoomSecret } from '../core/id.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { Scope } from '../lib/scope.ts'
import { halfOf } from '../media/budget.ts'
import { type PictureMaker, ProgramFeed, type SoundMaker } from '../media/program.ts'
import { Push } from '../media/push.ts'
import type { Identity } from '../room/identity.ts'
import { openMediaFolder } from '../system/media-folder.ts'
import { fork } from '../system/process.ts'
import type { RouteParts } from '../web/route.ts'
import type { SocketParts } from '../web/socket.ts'
import { programOf } from '../wire/manifest.ts'
import type { Recorded } from './again.ts'
import { Announcement } from './announcement.ts'
import { Captions } from './captions.ts'
import { Broadcast } from './live.ts'
import type { Notices } from './notices.ts'
import { identityOfOwn, OwnTracks, openOwnStore } from './own-tracks.ts'
import { Pushes } from './pushes.ts'
import { openRecording, placeOf } from './recording.ts'
import { filmName, Recordings } from './recordings.ts'
import { keepPushes } from './settings.ts'
import { openWatchKeys } from './watch-keys.ts'
import { openWhep, type QuickMaker } from './whep.ts'

type Parts = {
  readonly config: Pick<Config, 'box' | 'camera' | 'live'>
  /** The data folder. */
  readonly folder: string
  readonly identity: Identity
  /** A broadcast from before this start goes on. */
  readonly goesOn: boolean
  /** The box's own room: the only one that it may broadcast. */
  readonly own: RoomSecret
  readonly screen: PictureMaker
  readonly sound: SoundMaker & QuickMaker
  readonly iceServers: () => readonly IceServer[]
  /** `https://HOST:PORT` where people watch. */
  readonly origin: () => string
  readonly notices: Notices
  /** Our camera should give a keyframe soon. */
  readonly keyframe: () => void
  /** Something that is shown has changed. */
  readonly onChange: () => void
  readonly clock: Clock
  readonly log: Log
  readonly scope: Scope
}

export type Audience = {
  readonly broadcast: Broadcast
  readonly recordings: Recordings
  readonly announcement: Announcement
  /** The other servers that get the broadcast too. */
  readonly pushes: Pushes
  readonly captions: Captions
  /** What is recorded of the call now; null: nothing is. */
  readonly recorded: () => Recorded | null
  /** Our own camera and microphone, kept beside what is recorded. */
  readonly ownTracks: OwnTracks
  /** What the pages' server answers to who watches, talks and downloads. */
  readonly doors: {
    readonly watch: NonNullable<RouteParts['watch']>
    readonly sessions: NonNullable<RouteParts['sessions']>
    readonly download: NonNullable<RouteParts['download']>
    readonly chat: NonNullable<SocketParts['chat']>
  }
}

/** What it opened is closed with the scope: the broadcast before what it is recorded to. */
export async function openAudience(parts: Parts): Promise<Audience> {
  const { config, folder, identity, goesOn, own, screen, sound, iceServers, origin, notices, keyframe, onChange, clock, log, scope } = parts
  const announcement = new Announcement(folder, log.part('announcement'))
  await announcement.open()
  const store = await openRecording({
    ...{ settings: config.live, folder, notices },
    program: programOf(identity.publicKey),
    log: log.part('recording'),
  })
  scope.defer(async () => store?.close())
  const ownProgram = programOf(identityOfOwn(identity).publicKey)
  const ownStore = await openOwnStore({
    ...{ settings: config.live, program: ownProgram, log: log.part('own tracks') },
    folder: () => openMediaFolder(placeOf(config.live, folder, ownProgram)),
  })
  scope.defer(async () => ownStore?.close())
  const pushes = new Pushes({
    addresses: config.live.push,
    keep: (addresses) => keepPushes(folder, addresses),
    // Not in the media service, which has no network. What GStreamer says is read in English.
    open: (address) => new Push({ address, fork: (module, { env }) => fork(module, { env: { ...env, LC_ALL: 'C' } }), clock, log }),
    notices,
    onListenerError: (error) => log.error('a listener of what is sent on failed', error),
  })
  scope.defer(() => pushes.close())
  const { width, height, fps } = config.camera
  const camerasPicture = { width, height, fps }
  const feed = new ProgramFeed({ screen, sound, clock, log })
  const place = placeOf(config.live, folder, programOf(identity.publicKey))
  const runs = store?.runs.map(({ run }) => run) ?? []
  const keys = await openWatchKeys(folder, { program: programOf(identity.publicKey), goesOn, runs, log: log.part('keys') })
  scope.defer(() => keys.saved)
  const said = store && (await openSaid(await openMediaFolder(place), runs, log.part('recording'), (run) => keys.of(run)))
  const broadcast: Broadcast = new Broadcast({
    identity,
    heard: (event) => {
      const run = broadcast.state?.recorded ? broadcast.run : null
      if (run !== null) said?.hear(run, event)
    },
    announced: () => ({ title: announcement.now?.title || config.box.name, begins: announcement.now?.begins ?? null }),
    settings: config.live,
    policy: (room) => ({ owner: room === own ? identity.peer : null, roles: new Map() }),
    feed,
    beside: [camerasPicture, halfOf(camerasPicture)],
    store,
    keys,
    origin,
    notices,
    clock,
    log: log.part('live'),
  })
  scope.defer(() => broadcast.close())
  const whep = openWhep({ ...{ broadcast, feed, sound, iceServers, clock }, kbps: config.live.kbps, log: log.part('whep') })
  scope.defer(() => whep.close())
  const ownTracks = new OwnTracks({ identity, store: ownStore, fps, date: () => Date.now(), keyframe, log: log.part('own tracks') })
  scope.defer(() => ownTracks.be(false))
  const recordings = new Recordings({
    store,
    said,
    own: ownStore,
    keys,
    keeps: () => ownTracks.run !== null,
    signs: { name: config.box.name, broadcast: identity, own: identityOfOwn(identity) },
    isLive: () => broadcast.state !== null,
    date: () => Date.now(),
    clock,
    log: log.part('recordings'),
  })
  broadcast.on('changed', onChange)
  // What the ring of recordings let go meanwhile nobody opens any more.
  broadcast.on('changed', () => broadcast.run === null && void keys.keepOnly(store?.runs.map(({ run }) => run) ?? []))
  broadcast.on('published', (update) => pushes.update(broadcast.opens(update)))
  broadcast.on('changed', () => pushes.live(broadcast.state !== null))
  pushes.on('changed', onChange)
  // Only then: what is announced while it goes out is for a later time.
  broadcast.on('began', () => announcement.clear())
  announcement.on('changed', onChange)
  return {
    captions: new Captions({ broadcast, language: config.box.language, clock }),
    ...{ broadcast, recordings, announcement, pushes, ownTracks },
    recorded: () => {
      const { recorded, private: isPrivate } = broadcast.state ?? { recorded: false, private: false }
      if (!store || !recorded) return null
      return isPrivate ? openedKept(store, keys.key) : store
    },
    doors: {
      watch: (ask) => broadcast.answer(ask),
      sessions: whep.sessions,
      chat: broadcast.chat,
      download: async (ticket) => {
        const tracks = recordings.takeTracks(ticket)
        if (tracks)
          return {
            name: filmName(config.box.name, tracks.began).replace(/mp4$/, 'tracks'),
            type: 'application/octet-stream',
            flow: tracks.bytes,
          }
        const said = await recordings.takeCaptions(ticket)
        if (said)
          return {
            name: filmName(config.box.name, said.began).replace(/mp4$/, 'vtt'),
            type: 'text/vtt; charset=utf-8',
            flow: once(said.bytes),
          }
        const film = await recordings.take(ticket)
        return film && { name: filmName(config.box.name, film.began), type: 'video/mp4', flow: film.bytes }
      },
    },
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
