// renditions.ts — the lower pictures of a broadcast: which there are, and which are made just now.
//
// The smallest is always made: it costs next to nothing, players that read playlists begin with it, and who goes down to it on a poor line waits for nothing.
// One that is larger is made once at the beginning, until what it is stands in the manifest and everybody can choose it; and from then on only while it
// is asked for by name in the manifest (`want=v1`, as pages and relays do), or while anybody reads playlists: such players go from one to another unasked,
// and have the full picture until it is made, on a line that may be too narrow for that. It begins and ends where a segment does, so every playlist is whole.
import { GdpReader } from '../broadcast/cutter/gdp.ts'
import type { PicturePlan } from '../broadcast/cutter/picture.ts'
import type { AskedHow } from '../broadcast/origin.ts'
import type { Program, Update } from '../broadcast/program.ts'
import type { Clock } from '../lib/clock.ts'
import { type Ms, seconds } from '../lib/unit.ts'
import { RUNGS } from '../media/budget.ts'
import type { ProgramFeed } from '../media/program.ts'

/** It is made for so long after the last who asked; pages and players ask at least every 5 s. */
const WANTED_FOR = seconds(20)
const LOOK = seconds(2)
/** Tracks before these are the picture's, the sound's and what else there is of the whole broadcast. */
const FIRST = 10
/** In addresses: `v0` is the picture itself. */
const nameOf = (rung: number): string => `v${rung + 1}`

/** The tracks that a program has for them. Of those that are never made nobody hears. @param peak how much more than its mean a bit rate may be */
export const lowerTracks = (peak: number): readonly PicturePlan[] =>
  RUNGS.map(({ every, kbps }, rung) => ({
    ...{ kind: 'video', track: FIRST + rung, name: nameOf(rung), form: 'annex b' },
    ...{ bandwidth: kbps * 1000 * peak, every },
  }))

type Parts = { readonly feed: Pick<ProgramFeed, 'on' | 'wantLower'>; readonly clock: Clock }

export class Renditions {
  readonly #parts: Parts
  readonly #asked = new Map<number, Ms>()
  /** When somebody last asked for a playlist. */
  #listed: Ms | null = null
  /** Those that can be made, and those that everybody knows. */
  #all: readonly number[] = []
  readonly #known = new Set<number>()
  #wanted = ''

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Somebody asks for this track. */
  asked(track: string, how: AskedHow): void {
    const now = this.#parts.clock.now()
    const rung = RUNGS.findIndex((_, each) => nameOf(each) === track)
    if (how === 'list') this.#listed = now
    else if (rung >= 0) this.#asked.set(rung, now)
    this.#decide()
  }

  /** Puts their frames into a program. @param publish what it gives  @returns what ends it */
  into(program: Pick<Program, 'take'>, publish: (updates: readonly Update[]) => void): () => void {
    const { feed, clock } = this.#parts
    const readers = new Map<number, GdpReader>()
    let zero = 0
    this.#known.clear()
    this.#wanted = ''
    const over = new AbortController()
    const offs = [
      feed.on('began', (stream) => {
        if (stream.track !== 'video') return
        zero = stream.zero
        readers.clear()
        this.#all = stream.lower.map(({ rung }) => rung)
        this.#wanted = ''
        this.#decide()
      }),
      feed.on('lower', (rung, bytes) => {
        const reader = readers.get(rung) ?? new GdpReader()
        readers.set(rung, reader)
        for (const frame of reader.take(bytes)) {
          const updates = program.take(FIRST + rung, { pts: zero + frame.pts, bytes: frame.bytes })
          if (updates.some(({ entry }) => entry.inits.some(({ track }) => track === FIRST + rung))) this.#known.add(rung)
          publish(updates)
        }
      }),
    ]
    const look = async (): Promise<void> => {
      while (!over.signal.aborted) {
        this.#decide()
        await clock.sleep('a look whether renditions are watched', LOOK, over.signal).catch(() => {})
      }
    }
    void look()
    return () => {
      over.abort()
      this.#all = []
      for (const off of offs) off()
    }
  }

  #decide(): void {
    const now = this.#parts.clock.now()
    const isRecent = (at: Ms | null | undefined): boolean => at !== null && at !== undefined && now - at < WANTED_FOR
    const isWanted = (rung: number): boolean =>
      rung === this.#all.at(-1) || !this.#known.has(rung) || isRecent(this.#listed) || isRecent(this.#asked.get(rung))
    const rungs = this.#all.filter(isWanted)
    if (rungs.join() === this.#wanted) return
    this.#wanted = rungs.join()
    this.#parts.feed.wantLower(rungs)
  }
}
