// rates.ts — how fine our camera is encoded, and who is shown it: as much as their ways carry, all over one line of this home.
//
// Five times a second the links are asked what they carry; call/adapt/allot.ts divides it; the encoder and the patch panel obey. The encoder
// takes a new rate while it runs. What each link then really sends is its own business (call/adapt/sender.ts).
import { type Allotment, allot, NOTHING, type Tier } from '../call/adapt/allot.ts'
import { SOUND } from '../call/adapt/narrow.ts'
import { Uplink } from '../call/adapt/uplink.ts'
import type { PeerId } from '../core/id.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { type Bps, kbps, ms } from '../lib/unit.ts'
import type { Camera } from '../media/capture.ts'
import type { CameraTier, Patch } from './patch.ts'

export type Watched = {
  readonly peer: PeerId
  /** Bits per second; null while nothing is known. */
  readonly target: number | null
  readonly acked: number | null
}

export type RatesParts = {
  /** The links that are open now. */
  readonly links: () => readonly Watched[]
  /** Who speaks over there. */
  readonly speaking: () => ReadonlySet<PeerId>
  /** Which picture of our camera somebody is shown: the whole one, the small one, or none. */
  readonly show: (peer: PeerId, tier: CameraTier | null) => void
  readonly setRate: (rate: Bps) => void
  /** Null: nobody is shown the small one. */
  readonly setSmall: (rate: Bps | null) => void
  /** Whether there is a small one. */
  readonly hasSmall: () => boolean
  /** What the settings allow, bits per second of the encoder. */
  readonly most: Bps
  readonly clock: Clock
}

export const LOOK = ms(200)
/** Of what goes over the wire, what is picture: packets have 64 bytes of headers and seal for some 1100 of picture. */
const PICTURE = 0.93
/** Repairs and keyframes go besides. */
const BESIDES = 1.5

/** What a link is to find out whether it carries, bits per second of everything on the wire. @param camera the most that the settings allow the encoder */
export const mostOf = (camera: Bps): Bps => Math.round((camera / PICTURE + SOUND) * BESIDES) as Bps

/** Below this a picture is worse than none. */
const POOREST = kbps(60)
/** Below this share of the most a small picture looks better than the whole one; and the most that a small one is worth. */
const COARSE = 0.3
const SMALL_MOST = kbps(600)
/** Changes of less than this share are not worth the encoder's attention. */
const NOTICEABLE = 0.04
/** A link lost so much of its target at once that its way is full. */
const FELL = 0.9

export class Rates {
  readonly #parts: RatesParts
  readonly #uplink = new Uplink()
  readonly #targets = new Map<PeerId, number>()
  #allotment: Allotment = NOTHING
  #rate: number
  #small: number | null = null

  constructor(parts: RatesParts) {
    this.#parts = parts
    this.#rate = parts.most
  }

  /** What was divided last. */
  get allotment(): Allotment {
    return this.#allotment
  }

  /** Until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.#parts.clock.sleep('rates', LOOK, signal)
      this.look()
    }
  }

  /** Divides anew. */
  look(): void {
    const { links, speaking, show, clock } = this.#parts
    const tiers = this.#tiers()
    const now = clock.now()
    const all = links()
    const known = all.flatMap(({ peer, target, acked }) => (target === null ? [] : [{ peer, target, acked }]))
    const acked = new Map(known.map((link) => [link.peer, link.acked ?? link.target]))
    for (const { peer, target } of known) {
      const before = this.#targets.get(peer)
      if (before !== undefined && target < before * FELL) this.#uplink.fell(peer, acked, now)
      this.#targets.set(peer, target)
    }
    for (const peer of this.#targets.keys()) if (!acked.has(peer)) this.#targets.delete(peer)
    const voices = speaking()
    const matters = (peer: PeerId): boolean => voices.size === 0 || voices.has(peer)
    const needs = known.map(({ peer, target }) => ({ link: peer, target, matters: matters(peer) }))
    const wanted = needs.reduce((sum, { target }) => sum + Math.min(target, (tiers[0]?.most ?? 0) + SOUND), 0)
    this.#allotment = allot(needs, tiers, this.#uplink.limit(wanted, now), this.#allotment, now)
    for (const [i, { tier }] of this.#allotment.shares.entries()) {
      const link = known[i]
      if (link) show(link.peer, tier === 0 || tier === 1 ? tier : null)
    }
    this.#encode(this.#allotment.tiers[0] ?? null)
    this.#encodeSmall(this.#allotment.tiers[1] ?? null)
  }

  #tiers(): readonly Tier[] {
    const { most, hasSmall } = this.#parts
    const poorest = Math.min(POOREST, most) / PICTURE
    const whole = { least: (most * COARSE) / PICTURE, most: most / PICTURE }
    if (!hasSmall() || most * COARSE <= POOREST) return [{ ...whole, least: poorest }]
    return [whole, { least: poorest, most: Math.min(SMALL_MOST, most * COARSE * 1.2) / PICTURE }]
  }

  #encodeSmall(wire: number | null): void {
    const rate = wire === null ? null : wire * PICTURE
    const before = this.#small
    if (rate === before || (rate !== null && before !== null && Math.abs(rate - before) < NOTICEABLE * before)) return
    this.#small = rate
    this.#parts.setSmall(rate === null ? null : (Math.round(rate) as Bps))
  }

  /** @param wire bits per second; null: nobody is shown it but ourselves */
  #encode(wire: number | null): void {
    const { most, setRate } = this.#parts
    const rate = wire === null ? most : Math.min(most, wire * PICTURE)
    const isMost = rate === most && this.#rate !== most
    if (!isMost && Math.abs(rate - this.#rate) < NOTICEABLE * this.#rate) return
    this.#rate = rate
    setRate(Math.round(rate) as Bps)
  }
}

type Around = {
  readonly patch: Patch
  readonly camera: Pick<Camera, 'setRate' | 'setSmall' | 'hasSmall' | 'askKeyframe' | 'askSmallKeyframe'>
  readonly people: () => ReadonlyArray<{ readonly peer: PeerId; readonly speaking: boolean }>
  readonly most: Bps
  readonly clock: Clock
  readonly log: Log
}

/** Divides between the links of a patch panel until the signal is aborted. */
export function divideRates({ patch, camera, people, most, clock, log }: Around, signal: AbortSignal): void {
  const rates = new Rates({
    links: () => patch.links.map(({ peer, stats }) => ({ peer, target: stats?.target ?? null, acked: stats?.acked ?? null })),
    speaking: () => new Set(people().flatMap(({ peer, speaking }) => (speaking ? [peer] : []))),
    show: (peer, tier) => {
      if (patch.show(peer, tier)) tier === 1 ? camera.askSmallKeyframe() : camera.askKeyframe()
    },
    setRate: (rate) => camera.setRate(rate),
    setSmall: (rate) => camera.setSmall(rate),
    hasSmall: () => camera.hasSmall,
    most,
    clock,
  })
  void rates.run(signal).catch((error: unknown) => signal.aborted || log.error('rates are not divided any more', error))
}
