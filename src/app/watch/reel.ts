// reel.ts — plays a program in one go: reads its entries from the newest or from a time on, begins when there is something to begin with, and goes on until
// it breaks off, another stream begins, or it is told to stop. Whoever has it then begins another.
import { Feed } from '../../broadcast/reading/feed.ts'
import type { Larder } from '../../broadcast/reading/larder.ts'
import type { Unsealer } from '../../broadcast/reading/unsealer.ts'
import type { Inside } from '../../broadcast/relay/inside.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Log } from '../../lib/log.ts'
import type { Entry, ProgramId, TrackInit } from '../../wire/manifest.ts'
import type { SeatPlayer, Stage } from '../again.ts'
import { Showing } from './showing.ts'
import { beginIn, tracksIn } from './stretch.ts'

export type Reel = {
  readonly program: ProgramId
  readonly way: Inside
  readonly larder: Larder
  readonly unsealer: Unsealer
  /** Where to begin, ms since 1970. */
  readonly where: number | 'newest'
  /** How many pictures below the best one is to be taken. */
  readonly below: number
  /** 16 hex digits. */
  readonly seat: string
  readonly play: (stage: Stage) => Promise<SeatPlayer>
  readonly clock: Clock
  readonly log: Log
  readonly hear: {
    /** It begins to be played. */
    began(showing: Showing): void
    /** All of it was shown, or there was nothing any more to begin with. */
    ended(): void
    /** It cannot be shown: its key is not here, or its tracks are none that a TV plays. */
    cannot(why: 'locked' | 'odd'): void
    /** Nobody answers. */
    away(): void
  }
}

/** How near to the newest it begins, ms: with what it takes to begin, a second or so is between that and being seen. */
const BEFORE = 400
/** Entries that are looked at for a keyframe to begin with, and those of them that say which tracks there are now. */
const [MOST, LATELY] = [400, 15]

/** Resolves when something else is to be played. Rejects with the signal's reason, or a Fault when nothing can be played. */
export async function runReel(reel: Reel, stop: AbortSignal): Promise<void> {
  const { program, way, larder, unsealer, where, below, seat, play, clock, log, hear } = reel
  const over = new AbortController()
  const signal = AbortSignal.any([stop, over.signal])
  const isLive = where === 'newest'
  const feed = new Feed({ program, way, clock, from: isLive ? null : where, seat, unsealer })
  const inits = new Map<number, TrackInit>()
  let waiting: Entry[] = []
  let showing: Showing | null = null

  const give = async (to: Showing, entry: Entry, isFirst = false): Promise<boolean> => {
    if (!(await to.take(entry, { isFirst, isLive }))) return false
    if (!entry.isLast) return true
    await to.finish()
    hear.ended()
    await to.close()
    return true
  }
  /** Resolves to false when what there is cannot be had. */
  const begin = async (): Promise<boolean> => {
    if (isLive && waiting.at(-1)?.isLast) {
      hear.ended()
      waiting = []
      return true
    }
    const there = new Set(waiting.slice(-LATELY).flatMap(({ parts }) => parts.map(({ track }) => track)))
    const tracks = tracksIn(
      [...inits.values()].filter(({ track }) => there.has(track)),
      below,
    )
    if (!tracks && tracksIn(inits.values(), below) === null && inits.size > 0) hear.cannot('odd')
    const from = tracks && beginIn(waiting, where, tracks, BEFORE)
    const first = from && waiting[from.entry]
    if (!from || !first) return true
    const opened = await Showing.open({ begin: from, run: first.run, larder, play, clock, log, signal, over: () => over.abort() })
    if (!opened) return false
    showing = opened
    hear.began(opened)
    const all = waiting.slice(from.entry)
    waiting = []
    for (const [i, entry] of all.entries()) if (!(await give(opened, entry, i === 0))) return false
    return true
  }

  try {
    for await (const news of feed.follow(signal)) {
      if (news.is === 'away') hear.away()
      if (news.is === 'all there' && !showing && !(await begin())) return
      if (news.is !== 'entry') continue
      const { entry } = news
      if (unsealer.fits(entry) !== 'yes') {
        hear.cannot('locked')
        if (showing) return
        continue
      }
      for (const init of entry.inits) inits.set(init.track, init)
      if (!showing) waiting = [...waiting, entry].slice(-MOST)
      else if (!(await give(showing, entry))) return
    }
  } catch (error) {
    if (!over.signal.aborted || stop.aborted) throw error
  } finally {
    over.abort()
  }
}
