// programs.ts — which broadcasts are read in this house just now, for the menu of the TV: what this box passes on itself, and what other boxes say that
// they do (broadcast/relay/offer.ts). Looked at only while somebody looks.
//
// A word on the network is anybody's; what the program is called counts only when its broadcaster signed it.
import type { Multicast } from '../broadcast/relay/house.ts'
import { offersIn, question } from '../broadcast/relay/offer.ts'
import { HttpUpstream } from '../broadcast/relay/upstream.ts'
import type { Clock } from '../lib/clock.ts'
import { type Ms, seconds } from '../lib/unit.ts'
import { openAbout } from '../wire/about.ts'
import { decodeDns, encodeDns } from '../wire/dns.ts'
import type { ProgramId } from '../wire/manifest.ts'

export type HouseProgram = {
  readonly program: ProgramId
  /** What it is watched by; the key of a private one is not known here. */
  readonly link: string
  /** Where it is read, for people. */
  readonly where: string
  /** What it is called; empty: not known, or nothing special. */
  readonly title: string
}

type Parts = {
  /** What is passed on here. */
  readonly here: () => ReadonlyArray<{ readonly program: ProgramId; readonly origin: string }>
  readonly multicast: () => Multicast
  /** What a program says of itself, at an origin; null: nothing. */
  readonly about: (origin: string, program: ProgramId, signal: AbortSignal) => Promise<string | null>
  readonly onChange: () => void
  readonly clock: Clock
}

const [ASK, HOLDS] = [seconds(5), 12_000]
/** Programs that are remembered. */
const MOST = 8

export class HousePrograms {
  readonly #parts: Parts
  readonly #heard = new Map<ProgramId, { readonly origin: string; readonly until: Ms }>()
  readonly #titles = new Map<ProgramId, string>()
  #looking: AbortController | null = null

  constructor(parts: Parts) {
    this.#parts = parts
  }

  get all(): readonly HouseProgram[] {
    const { here, clock } = this.#parts
    const now = clock.now()
    const there = [...this.#heard].flatMap(([program, { origin, until }]) => (until > now ? [{ program, origin }] : []))
    const all = new Map([...there, ...here()].map((each) => [each.program, each]))
    return [...all.values()].map(({ program, origin }) => ({
      ...{ program, link: `${origin}/w/${program}` },
      where: new URL(origin).host,
      title: this.#titles.get(program) ?? '',
    }))
  }

  /** Begins to look, or ends it. */
  watch(on: boolean): void {
    if (on === (this.#looking !== null)) return
    this.#looking?.abort()
    this.#looking = on ? new AbortController() : null
    if (this.#looking) void this.#look(this.#looking.signal)
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { multicast, clock, onChange } = this.#parts
    const network = multicast()
    const off = network.hear((bytes, from) => this.#hear(bytes, from))
    signal.addEventListener('abort', off, { once: true })
    while (!signal.aborted) {
      network.send(() => encodeDns(question))
      await clock.sleep('which broadcasts are read in the house?', seconds(1), signal).catch(() => {})
      await Promise.all(this.all.map(({ program, link }) => this.#ask(program, new URL(link).origin, signal)))
      if (signal.aborted) return
      onChange()
      await clock.sleep('before the house is asked again', ASK, signal).catch(() => {})
    }
  }

  #hear(bytes: Uint8Array, from: string): void {
    const message = decodeDns(bytes)
    if (!message) return
    const { clock } = this.#parts
    for (const { program, address, port, ttl } of offersIn(message, from)) {
      if (ttl === 0) this.#heard.delete(program)
      else if (this.#heard.has(program) || this.#heard.size < MOST)
        this.#heard.set(program, {
          origin: `http://${address.includes(':') ? `[${address}]` : address}:${port}`,
          until: (clock.now() + HOLDS) as Ms,
        })
    }
  }

  async #ask(program: ProgramId, origin: string, signal: AbortSignal): Promise<void> {
    if (this.#titles.has(program)) return
    const said = await this.#parts.about(origin, program, AbortSignal.any([signal, AbortSignal.timeout(3000)])).catch(() => null)
    const about = said === null ? null : openAbout(said, program)
    if (about) this.#titles.set(program, about.title)
  }
}

/** Asks over HTTP. */
export async function aboutAt(origin: string, program: ProgramId, signal: AbortSignal): Promise<string | null> {
  const way = new HttpUpstream(origin, program, origin)
  try {
    return await way.about(signal)
  } finally {
    way.close()
  }
}
