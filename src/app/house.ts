// house.ts — the broadcasts of others that are passed on here, to the screens of this house. One relay a program; with nobody watching it ends.
//
// Who may have one begun says web/route.ts: somebody at home who opens a page. Where that leads is somebody else's machine, and nothing that comes from
// there is believed (broadcast/relay).

import type { ChatEars, ChatSocket } from '../broadcast/chat-door.ts'
import type { OriginAnswer, OriginAsk } from '../broadcast/origin.ts'
import { carry } from '../broadcast/relay/carry.ts'
import { HouseRelay, type HouseStatus, type Multicast } from '../broadcast/relay/house.ts'
import { HttpUpstream } from '../broadcast/relay/upstream.ts'
import type { Config } from '../core/config.ts'
import type { Clock } from '../lib/clock.ts'
import { Emitter } from '../lib/emitter.ts'
import type { Log } from '../lib/log.ts'
import type { Scope } from '../lib/scope.ts'
import { kbps, type Ms, seconds } from '../lib/unit.ts'
import { MulticastDns } from '../system/mdns.ts'
import { openSocket } from '../web/socket-out.ts'
import { chatPath } from '../wire/chat.ts'
import type { ProgramId } from '../wire/manifest.ts'
import { STATEMENT_LIMIT } from '../wire/statement.ts'
import type { WatchPlace } from '../wire/watch-link.ts'

type Parts = {
  readonly multicast: Multicast
  /** Where this machine answers by plain HTTP. */
  readonly port: () => number
  /** Whether a relay ends when nobody watches. */
  readonly rests: boolean
  readonly clock: Clock
  readonly log: Log
}

/** A home network carries this, and a home has no more screens. */
const LIMITS = { egress: kbps(400_000), seats: 100 }
/** Programs at once. */
const MOST = 4
const LOOK = seconds(10)
/** Nobody has watched for so long: it ends. */
const REST = seconds(60)

type Kept = {
  readonly origin: string
  readonly relay: HouseRelay
  readonly stop: AbortController
  readonly running: Promise<void>
  watched: Ms
}

/** A broadcast that is passed on here. `origin`: where it comes from, like `https://HOST`. */
export type RelaySeen = HouseStatus & { readonly origin: string }

/** changed: there is another, or one less; and now and then while there is one. */
export class HouseRelays extends Emitter<{ changed: [] }> {
  readonly #parts: Parts
  readonly #all = new Map<ProgramId, Kept>()
  #sweeping: AbortController | null = null

  constructor(parts: Parts) {
    super((error) => parts.log.error('a listener of relays failed', error))
    this.#parts = parts
  }

  /** Where each comes from. */
  get origins(): ReadonlyArray<{ readonly program: ProgramId; readonly origin: string }> {
    return [...this.#all].map(([program, { origin }]) => ({ program, origin }))
  }

  /** The networks of the house. */
  get multicast(): Multicast {
    return this.#parts.multicast
  }

  get all(): readonly RelaySeen[] {
    return [...this.#all.values()].map(({ relay, origin }) => ({ ...relay.status, origin }))
  }

  /** Passes a program on from now; false when there are as many as can be. */
  bring({ program, origin }: WatchPlace): boolean {
    const { multicast, port, clock, log } = this.#parts
    if (this.#all.has(program)) return true
    if (this.#all.size >= MOST) return false
    const way = new HttpUpstream(origin, program, new URL(origin).host)
    const relay = new HouseRelay({
      program,
      origin: way,
      near: ({ address, port: at }) => HttpUpstream.near(address, at, program),
      ...{ multicast, port, clock, log },
      limits: LIMITS,
    })
    const stop = new AbortController()
    const running = relay
      .run(stop.signal)
      .catch((error: unknown) => log.error('a broadcast is not passed on any more', error))
      .finally(() => {
        way.close()
        this.#all.delete(program)
        this.emit('changed')
      })
    this.#all.set(program, { origin, relay, stop, running, watched: clock.now() })
    log.info('a broadcast is brought into the house', { program, from: way.name })
    this.emit('changed')
    if (this.#parts.rests && !this.#sweeping) void this.#sweep()
    return true
  }

  /** What is answered to who watches; null for what is not passed on here. */
  async answer(ask: OriginAsk): Promise<OriginAnswer | null> {
    let none: OriginAnswer | null = null
    for (const [program, { relay }] of this.#all) {
      if (!ask.path.startsWith('/o/') && !ask.path.startsWith(`/live/${program}/`)) continue
      const answer = await relay.answer(ask)
      if (answer && answer.status !== 404) return answer
      none = answer
    }
    return none
  }

  /** The chat of a program that is passed on here: carried to where it comes from. */
  carried(path: string): ((socket: ChatSocket) => ChatEars) | null {
    for (const [program, { origin }] of this.#all)
      if (path === chatPath(program))
        return (socket) => carry(socket, (ears) => openSocket(`${origin.replace(/^http/, 'ws')}${path}`, STATEMENT_LIMIT * 2, ears))
    return null
  }

  async close(): Promise<void> {
    this.#sweeping?.abort()
    const running = [...this.#all.values()].map(({ stop, running: until }) => {
      stop.abort()
      return until
    })
    await Promise.all(running)
  }

  async #sweep(): Promise<void> {
    const { clock, log } = this.#parts
    this.#sweeping = new AbortController()
    const { signal } = this.#sweeping
    while (!signal.aborted && this.#all.size > 0) {
      await clock.sleep('does anybody still watch?', LOOK, signal).catch(() => {})
      const now = clock.now()
      for (const [program, kept] of this.#all) {
        if (kept.relay.viewers > 0) kept.watched = now
        if (now - kept.watched < REST) continue
        log.info('nobody watches the broadcast here any more', { program })
        kept.stop.abort()
      }
      this.emit('changed')
    }
    this.#sweeping = null
  }
}

const isAlone = (listen: string): boolean => /^(127\.|::1$|localhost$)/.test(listen)
/** Nobody else reaches a box that listens to its own machine alone: it says nothing, and hears nothing. */
const MUTE: Multicast = { send: () => {}, hear: () => () => {} }

/** The relays of a box: each ends when nobody watches, and all with the scope. */
export function relaysFor({
  config,
  port,
  clock,
  log,
  scope,
}: Pick<Parts, 'port' | 'clock' | 'log'> & { config: Config['web']; scope: Scope }) {
  const network = isAlone(config.listen) ? null : new MulticastDns(clock, log)
  scope.defer(() => network?.close())
  const relays = new HouseRelays({ multicast: network ?? MUTE, rests: true, ...{ port, clock, log } })
  scope.defer(() => relays.close())
  return relays
}

/** Own broadcasts, and those of others. For its own, nobody but the box answers; whose an object is does not stand in its address. */
export const watchAnswers =
  (own: (ask: OriginAsk) => Promise<OriginAnswer | null>, relays: Pick<HouseRelays, 'answer'>) =>
  async (ask: OriginAsk): Promise<OriginAnswer | null> => {
    if (!ask.path.startsWith('/o/')) return (await own(ask)) ?? relays.answer(ask)
    const carried = await relays.answer(ask)
    return carried && carried.status !== 404 ? carried : ((await own(ask)) ?? carried)
  }
