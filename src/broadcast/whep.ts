// whep.ts — the fastest way to watch (draft-ietf-wish-whep): the program's frames as they leave its encoders, to each viewer over a connection of WebRTC.
//
// Nothing is encoded for a viewer: the picture is the broadcast's, put into packets once for all; the sound is made as Opus only while somebody is
// here. A viewer takes a seat of the same budget as any other, and gives it back in the moment of leaving. Who comes begins with the
// frames since a keyframe of this moment, else with the next. Who cannot take what is sent, again and again, is told goodbye:
// the other ways to watch adapt better.
import type { Clock } from '../lib/clock.ts'
import type { Off } from '../lib/emitter.ts'
import type { Log } from '../lib/log.ts'
import { ms } from '../lib/unit.ts'
import { bytesOf, type Random, same } from '../wire/crypto.ts'
import { PictureRow, SoundRow } from './whep/rtp.ts'
import { type Begun, type DoorAnswer, type DoorAsk, type Peering, SessionDoor, type Turned } from './whip/door.ts'

/** The connection with one viewer. */
export interface Player extends Peering {
  readonly isConnected: boolean
  /** One packet. Never throws. @param age ms ago it was seen or heard */
  sendRtp(line: 'audio' | 'camera', packet: Buffer, age: number): void
  /** Packets of pictures so far that did not go in time. */
  readonly dropped: number
  on(event: 'ended', listener: (sentence: string) => void): Off
  on(event: 'connected' | 'keyframeAsked', listener: () => void): Off
}

/** The frames since a keyframe, while that is not long ago. */
export interface Young {
  take(packet: Buffer, now: number): void
  /** To be sent at once to who has just come; empty: it is too long ago. */
  replay(now: number): readonly Buffer[]
  forget(): void
}

/** Places among all who watch. */
export interface Places {
  /** Has this viewer a place, or may they take one? */
  take(seat: string): boolean
  leave(seat: string): void
  sent(bytes: number): void
}

export type WhepParts = {
  readonly isLive: () => boolean
  /** The token that lets players in while the program is private (WatchKey.whep); null: it is open. Left out: it always is. */
  readonly token?: () => string | null
  readonly open: () => Player
  readonly places: Places
  readonly young: Young
  readonly keyframe: () => void
  /** Is Opus wanted? */
  readonly wantSound: (wanted: boolean) => void
  readonly links: () => readonly string[]
  /** Viewers at most: each costs some per cent of a small processor. */
  readonly most?: number
  readonly random: Random
  readonly clock: Clock
  readonly log: Log
}

type Viewer = { readonly player: Player; readonly seat: string; isShown: boolean; dropped: number; strikes: number }

const MOST = 32
const RETRY = 5
/** Looks (2 s each) one after another in which pictures were dropped: then it is no use. */
const STRIKES = 8
/** However many ask: a keyframe takes from the picture of all. */
const KEY_PAUSE = ms(1000)
const FULL = 'As many are watching from here as this box can serve. Try again in a moment.'
const PRIVATE = 'This broadcast is private: players show its token (Authorization: Bearer ...), which `parlor live` says on the box.'
const FAST_FULL = 'As many are watching the fastest way as this box can serve. The watch page and HLS may have room.'

export class Whep {
  readonly #parts: WhepParts
  readonly #door: SessionDoor
  readonly #viewers = new Map<string, Viewer>()
  readonly #picture: PictureRow
  readonly #sound: SoundRow
  #askedAt = Number.NEGATIVE_INFINITY
  #hasSound = false
  /** Of the newest frame, ms. */
  #age = 0

  constructor(parts: WhepParts) {
    const { random, clock, links, most = MOST } = parts
    this.#parts = parts
    const source = () => new DataView(random(4).slice().buffer).getUint32(0)
    this.#picture = new PictureRow(source())
    this.#sound = new SoundRow(source())
    this.#door = new SessionDoor({
      refuses: (ask) => this.#refuses(ask),
      begin: (id) => this.#begin(id),
      links,
      most,
      full: FAST_FULL,
      random,
      clock,
    })
  }

  get viewers(): number {
    return this.#viewers.size
  }

  /** @param rest of the path behind `/w/PROGRAM/whep`  @returns null for an address that is none of ours */
  answer(ask: DoorAsk, rest: string): Promise<DoorAnswer | null> {
    return this.#door.answer(ask, rest)
  }

  /** One access unit (annex B). Packet path: nothing awaits, logs or throws. @param at when it was seen, and what that clock says now; ms */
  picture(unit: Uint8Array, at: number, now: number): void {
    const { young, clock, places } = this.#parts
    if (this.#viewers.size === 0) {
      young.forget()
      return
    }
    const packets = this.#picture.take(unit, at)
    const here = clock.now()
    this.#age = Math.max(0, now - at)
    const isKey = packets[0] !== undefined && beginsAnew(packets[0])
    let bytes = 0
    for (const packet of packets) {
      young.take(packet, here)
      bytes += packet.length
    }
    let shown = 0
    for (const viewer of this.#viewers.values()) {
      if (!viewer.player.isConnected) continue
      viewer.isShown ||= isKey
      if (!viewer.isShown) continue
      shown++
      for (const packet of packets) viewer.player.sendRtp('camera', packet, this.#age)
    }
    if (shown > 0) places.sent(bytes * shown)
  }

  /** One packet of Opus, likewise. */
  sound(opus: Uint8Array, at: number, now: number): void {
    const packet = this.#sound.take(opus, at)
    const age = Math.max(0, now - at)
    let heard = 0
    for (const { player } of this.#viewers.values()) {
      if (!player.isConnected) continue
      player.sendRtp('audio', packet, age)
      heard++
    }
    if (heard > 0) this.#parts.places.sent(packet.length * heard)
  }

  /** The encoder begins anew: nothing leans on what was. */
  lost(): void {
    this.#parts.young.forget()
  }

  /** The program has ended, and so have all who watch it. */
  async over(): Promise<void> {
    this.#parts.young.forget()
    await this.#door.endAll('the program has ended')
  }

  async close(): Promise<void> {
    await this.#door.close('the box stops')
  }

  #refuses(ask: DoorAsk): string | null {
    const token = this.#parts.token?.() ?? null
    if (token === null) return null
    const said = /^bearer +(\S+)$/i.exec(ask.header('authorization')?.trim() ?? '')?.[1] ?? ''
    return same(bytesOf(said), bytesOf(token)) ? null : PRIVATE
  }

  #begin(id: string): Begun | Turned {
    const { isLive, places, open, log } = this.#parts
    if (!isLive()) return { status: 503, sentence: 'Nothing is broadcast at the moment.', retry: RETRY }
    const seat = `whep ${id}`
    if (!places.take(seat)) return { status: 503, sentence: FULL, retry: RETRY }
    const player = open()
    const viewer: Viewer = { player, seat, isShown: false, dropped: 0, strikes: 0 }
    this.#viewers.set(id, viewer)
    this.#listen()
    player.on('connected', () => this.#connected(viewer))
    player.on('keyframeAsked', () => this.#askKeyframe())
    return {
      peering: player,
      look: () => this.#look(viewer),
      ended: (why) => {
        this.#viewers.delete(id)
        places.leave(seat)
        this.#listen()
        log.info('somebody stopped watching the fastest way', { why })
      },
    }
  }

  #connected(viewer: Viewer): void {
    const { young, clock, log } = this.#parts
    const packets = young.replay(clock.now())
    for (const packet of packets) viewer.player.sendRtp('camera', packet, this.#age)
    viewer.isShown = packets.length > 0
    if (!viewer.isShown) this.#askKeyframe()
    log.info('somebody watches the fastest way', { watching: this.#viewers.size })
  }

  /** A sentence for who must go. */
  #look(viewer: Viewer): string | null {
    const { dropped } = viewer.player
    viewer.strikes = dropped > viewer.dropped ? viewer.strikes + 1 : 0
    viewer.dropped = dropped
    // A place is kept by being asked for.
    if (!this.#parts.places.take(viewer.seat)) return 'there is no place for them any more'
    return viewer.strikes >= STRIKES ? 'their line cannot carry the program' : null
  }

  #askKeyframe(): void {
    const now = this.#parts.clock.now()
    if (now - this.#askedAt < KEY_PAUSE) return
    this.#askedAt = now
    this.#parts.keyframe()
  }

  #listen(): void {
    const wanted = this.#viewers.size > 0
    if (wanted === this.#hasSound) return
    this.#hasSound = wanted
    this.#parts.wantSound(wanted)
  }
}

/** Our own packets: parameter sets come first, together or alone. */
function beginsAnew(packet: Buffer): boolean {
  const kind = packet.readUInt8(12) & 31
  const first = kind === 24 ? packet.readUInt8(15) & 31 : kind === 28 ? packet.readUInt8(13) & 31 : kind
  return first === 7 || first === 8 || first === 5
}
