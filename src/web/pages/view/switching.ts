// switching.ts — of several renditions of one thing, which parts are played: one rendition a segment, whole, in order. Pure.
//
// The same number of a segment is the same time in all renditions, so one may follow another where a segment begins. They do not come at the same moment: a
// smaller picture is encoded a little behind the large one, and one that nobody watched before begins only after it was asked for. So a segment is decided when
// its first part is there that is wanted, or when that does not come; and nothing of a segment is given before the one before it is whole.
import type { TrackPart } from '../../../wire/manifest.ts'

type Part = Pick<TrackPart, 'track' | 'segment' | 'firstOfSegment' | 'independent' | 'afterBreak' | 'start' | 'duration'>

/** Parts of a segment that others have already, while the wanted one is waited for. */
const PATIENCE = 4
/** Ticks between the end of one and the beginning of the next that are no hole, as a share of a part. */
const HOLE = 0.5
const MOST_HELD = 300

export class Switching<P extends Part> {
  readonly #flows: (track: number, segment: number) => boolean
  readonly #newest = new Map<number, number>()
  #held: readonly P[] = []
  #now: { readonly segment: number; readonly track: number; readonly end: number } | null = null

  /** @param flows is it known from elsewhere that a rendition is there in a segment, or was in the one before it? */
  constructor(flows: (track: number, segment: number) => boolean = () => false) {
    this.#flows = flows
  }

  /** The rendition that is played; null: none yet. */
  get track(): number | null {
    return this.#now?.track ?? null
  }

  /** A part of any rendition has come. Gives what is to be played now, in order. @param wanted which rendition should be; null: none of them */
  take(part: P, wanted: number | null): readonly P[] {
    if (wanted === null) return []
    this.#newest.set(part.track, Math.max(part.segment, this.#newest.get(part.track) ?? 0))
    const now = this.#now
    if (now && part.segment < now.segment) return []
    if (now?.segment === part.segment) {
      if (part.track !== now.track) return []
      const given = this.#give([part])
      return [...given, ...this.#decide(wanted)]
    }
    this.#held = [...this.#held, part].slice(-MOST_HELD)
    return this.#decide(wanted)
  }

  #give(parts: readonly P[]): readonly P[] {
    const last = parts.at(-1)
    if (last) this.#now = { segment: last.segment, track: last.track, end: last.start + last.duration }
    return parts
  }

  #decide(wanted: number): readonly P[] {
    const out: P[] = []
    for (;;) {
      const segment = Math.min(...this.#held.map((part) => part.segment))
      const of = this.#held.filter((part) => part.segment === segment)
      const track = this.#trackFor(segment, of, wanted)
      const first = of.find((part) => part.track === track)
      // Where nothing of a segment can begin, it is passed over when there is another.
      if (track === null && this.#held.some((part) => part.segment > segment + 1))
        this.#held = this.#held.filter((part) => !of.includes(part))
      else if (!first || !this.#isOver(first, of)) return out
      else {
        this.#held = this.#held.filter((part) => !of.includes(part))
        out.push(...this.#give(of.filter((part) => part.track === track)))
      }
    }
  }

  /** Which rendition a segment is played in; null: that cannot be said yet. */
  #trackFor(segment: number, of: readonly P[], wanted: number): number | null {
    const begun = of.filter(isBegin).map(({ track }) => track)
    if (begun.length === 0) return null
    if (begun.includes(wanted)) return wanted
    const flows = (this.#newest.get(wanted) ?? 0) >= segment - 1 || this.#flows(wanted, segment)
    const others = Math.max(...begun.map((track) => of.filter((part) => part.track === track).length))
    if (flows && others < PATIENCE) return null
    const same = begun.find((track) => track === this.#now?.track)
    return same ?? Math.min(...begun)
  }

  /** Has all come of the segment before, or will nothing more? */
  #isOver(first: P, of: readonly P[]): boolean {
    const now = this.#now
    if (!now || now.track === first.track || first.afterBreak) return true
    const isWhole = first.start - now.end < first.duration * HOLE
    const isPast = (this.#newest.get(now.track) ?? 0) > now.segment
    return isWhole || isPast || of.filter(({ track }) => track === first.track).length >= PATIENCE
  }
}

const isBegin = ({ firstOfSegment, independent }: Part): boolean => firstOfSegment && independent
