// whip.ts — another program publishes into a room (WHIP, RFC 9725): who may, and one at a time under each name.
//
// A token is made by whoever owns the box and given to one publisher; what it publishes is one more person in the room, called as the token says.
// What becomes of the media is for `publish`. A publisher that comes again takes the place of its session before: a program that fell and
// came back need not wait for the old one to be missed.
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../wire/crypto.ts'
import { type Begun, type DoorAnswer, type DoorAsk, SessionDoor, type Turned } from './whip/door.ts'

/** Who may publish: the name that a token stands for; null: it stands for nobody. */
export interface Tokens {
  nameOf(token: string): string | null
}

export type WhipParts = {
  readonly tokens: Tokens
  /** One more person in the room. `Turned` when they may not, or there is no place. */
  readonly publish: (name: string) => Begun | Turned
  readonly links: () => readonly string[]
  readonly random: Random
  readonly clock: Clock
}

/** Each takes a place in a room of few. */
const MOST = 4
const FULL = 'As many publish into this room as it can take.'
const NO_TOKEN = 'Publishing here takes a token (Authorization: Bearer ...). On the box, `parlor whip add NAME` makes one.'
const OTHER_TOKEN = 'This token is not known here, or not any more.'

export class Whip {
  readonly #parts: WhipParts
  readonly #door: SessionDoor
  readonly #publishing = new Map<string, string>()

  constructor(parts: WhipParts) {
    const { links, random, clock } = parts
    this.#parts = parts
    this.#door = new SessionDoor({
      refuses: (ask) => this.#refuses(ask),
      begin: (id, ask) => this.#begin(id, ask),
      ...{ links, most: MOST, full: FULL, random, clock },
    })
  }

  /** Who publishes now, by name. */
  get publishing(): readonly string[] {
    return [...this.#publishing.keys()]
  }

  /** @param rest of the path behind `/whip/ROOM`  @returns null for an address that is none of ours */
  answer(ask: DoorAsk, rest: string): Promise<DoorAnswer | null> {
    return this.#door.answer(ask, rest)
  }

  /** A token counts no more: neither does what was begun with it. */
  async revoke(name: string): Promise<void> {
    const id = this.#publishing.get(name)
    if (id) await this.#door.end(id, 'its token was taken back')
  }

  async close(): Promise<void> {
    await this.#door.close('the box stops')
  }

  #refuses(ask: DoorAsk): string | null {
    const token = tokenIn(ask)
    if (token === null) return NO_TOKEN
    return this.#parts.tokens.nameOf(token) === null ? OTHER_TOKEN : null
  }

  #begin(id: string, ask: DoorAsk): Begun | Turned {
    const name = this.#parts.tokens.nameOf(tokenIn(ask) ?? '')
    if (name === null) return { status: 401, sentence: OTHER_TOKEN }
    const before = this.#publishing.get(name)
    if (before) void this.#door.end(before, 'the same publisher has come again')
    const begun = this.#parts.publish(name)
    if ('status' in begun) return begun
    this.#publishing.set(name, id)
    const ended = (why: string) => {
      if (this.#publishing.get(name) === id) this.#publishing.delete(name)
      begun.ended(why)
    }
    return { ...begun, ended }
  }
}

function tokenIn(ask: DoorAsk): string | null {
  return /^Bearer +(\S{1,200})$/i.exec(ask.header('authorization') ?? '')?.[1] ?? null
}
