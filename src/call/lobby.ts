// lobby.ts — who waits in a room that we are not in: so that a box at rest can ring.
//
// It listens to the presence of one room and says nothing itself. What it hears is a hint from people who have the room's
// link, no more: nobody is linked, nothing is opened. Presence is believed for its ttl on our own clock.
import type { PeerId } from '../core/id.ts'
import type { Clock } from '../lib/clock.ts'
import { Emitter } from '../lib/emitter.ts'
import type { Log } from '../lib/log.ts'
import { type Ms, seconds } from '../lib/unit.ts'
import type { Signalling } from './signalling.ts'

export type LobbyEvents = {
  /** Names of those who are there now, first come first; comes at every change. */
  waiting: [names: readonly string[]]
}

type Waiting = { readonly name: string; readonly session: string; readonly until: Ms }
const LOOK = seconds(1)
/** A room has at most six; who floods it with more makes us remember no more. */
const MOST = 12

export class Lobby extends Emitter<LobbyEvents> {
  readonly #signalling: Signalling
  readonly #clock: Clock
  readonly #waiting = new Map<PeerId, Waiting>()
  #said = ''

  constructor(parts: { signalling: Signalling; clock: Clock; log: Log }) {
    super((error) => parts.log.error('a listener of the lobby failed', error))
    this.#signalling = parts.signalling
    this.#clock = parts.clock
  }

  /** Listens until the signal is aborted; resolves when the broker is left. */
  async watch(signal: AbortSignal): Promise<void> {
    this.#signalling.on('presence', ({ peer, session }, { name, ttl }) => {
      if (this.#waiting.size >= MOST && !this.#waiting.has(peer)) return
      this.#waiting.set(peer, { name, session, until: (this.#clock.now() + ttl) as Ms })
      this.#tell()
    })
    this.#signalling.on('gone', ({ peer, session }) => {
      if (this.#waiting.get(peer)?.session === session) this.#waiting.delete(peer)
      this.#tell()
    })
    this.#signalling.open()
    try {
      for (;;) {
        await this.#clock.sleep('look into the lobby', LOOK, signal)
        for (const [peer, { until }] of this.#waiting) if (until <= this.#clock.now()) this.#waiting.delete(peer)
        this.#tell()
      }
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      this.#waiting.clear()
      this.#tell()
      await this.#signalling.close()
    }
  }

  #tell(): void {
    const names = [...this.#waiting.values()].map(({ name }) => name)
    const said = JSON.stringify(names)
    if (said === this.#said || (this.#said === '' && names.length === 0)) return
    this.#said = said
    this.emit('waiting', names)
  }
}
