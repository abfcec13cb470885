// member.ts — what we know of one other participant of the room. Presence is a hint; the link is what counts.
import type { PeerId } from '../core/id.ts'
import { type Ms, seconds } from '../lib/unit.ts'
import type { Presence } from '../wire/presence.ts'
import type { Link } from './link.ts'
import type { MeshPeer } from './mesh.ts'
import type { Person, Sending } from './person.ts'
import type { Sender } from './signalling.ts'
import type { Transport } from './transport.ts'

/** After so many links that could not be confirmed, we leave a session of theirs alone. */
const UNCONFIRMED_MOST = 3
const SOON = seconds(1)
const LATEST = seconds(8)
/** A link that held for so long starts its successor without waiting. */
const HELD = seconds(10)
const SILENT: Sending = { muted: false, camera: false, screen: false, speaking: false, live: false }

type News = { readonly from: Sender; readonly presence: Presence }

export class Member<T extends Transport> {
  readonly peer: PeerId
  /** The newest presence of the session that we deal with. */
  news: News
  heardAt: Ms
  breathes: boolean
  /** They said goodbye, or the broker played their will. */
  gone = false
  /** Presence of another session, while the link to this one still beats: believed when that one does not. */
  next: News | null = null
  link: Link<T> | null = null
  /** When the link came up; null while it never was. */
  upAt: Ms | null = null
  /** They were live in this session, so people know them. */
  wasLive = false
  sending: Sending = SILENT
  saysFull = false
  toldFullAt = Number.NEGATIVE_INFINITY as Ms
  /** The counter of the newest offer that we took. */
  offered = -1
  unconfirmed = 0
  /** The link whose transport broke just now. If they closed it because they could not confirm us, their word comes after. */
  broken: string | null = null
  #attempts = 0
  #dialAt: Ms
  /** Since when they are here without a link; for telling people that none comes about. */
  apartSince: Ms
  toldApart = false

  constructor(news: News, now: Ms, breathes: boolean) {
    this.peer = news.from.peer
    this.news = news
    this.heardAt = this.#dialAt = this.apartSince = now
    this.breathes = breathes
  }

  get name(): string {
    return this.news.presence.name
  }

  get isUp(): boolean {
    return this.link?.isUp ?? false
  }

  /** Does their presence still hold? */
  isHere(now: Ms): boolean {
    return !this.gone && now - this.heardAt < this.news.presence.ttl
  }

  /** Newer presence of the same session; false when it is older than what we have. */
  hear(news: News, now: Ms): boolean {
    if (news.from.counter <= this.news.from.counter) return false
    this.news = news
    this.heardAt = now
    this.breathes = true
    this.gone = false
    return true
  }

  mayDial(now: Ms): boolean {
    return this.link === null && now >= this.#dialAt && this.mayLink
  }

  get mayLink(): boolean {
    return this.unconfirmed < UNCONFIRMED_MOST
  }

  /** The link has ended: when may there be another? */
  parted(now: Ms): void {
    const held = this.upAt !== null && now - this.upAt >= HELD
    this.#dialAt = (held ? now : now + Math.min(SOON * 2 ** this.#attempts, LATEST)) as Ms
    this.#attempts = held ? 0 : this.#attempts + 1
    if (this.upAt !== null) this.apartSince = now
    this.link = null
    this.upAt = null
  }

  dialSoon(now: Ms): void {
    this.#dialAt = now
  }

  toMesh(now: Ms): MeshPeer {
    const { link } = this
    return {
      peer: this.peer,
      here: this.isHere(now),
      place: this.news.presence.place,
      link: link === null ? 'none' : link.isUp ? 'live' : link.answered ? 'answered' : 'asked',
      breathes: this.breathes,
      saysFull: this.saysFull,
    }
  }

  /** How people see them; null while they may be a ghost, of whom only the broker's memory speaks. */
  toPerson(): Person | null {
    const { link, peer, name, sending } = this
    if (!this.wasLive && !link?.answered) return null
    const { kind } = this.news.presence
    if (link?.isUp) return { peer, name, kind, state: link.state === 'live' ? 'live' : 'reconnecting', emoji: link.emoji, ...sending }
    return { peer, name, kind, state: this.wasLive ? 'reconnecting' : 'arriving', emoji: null, ...(this.wasLive ? sending : SILENT) }
  }
}
