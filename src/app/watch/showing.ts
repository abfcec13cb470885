// showing.ts — one life of a player: parts of a program from a keyframe on, each fetched, checked, and given to it some time before it is due.
//
// What comes too late makes everything be shown later from then on (slack.ts). What cannot be had stays a gap: of the picture, up to the next
// keyframe. It ends with its player, or where another stream begins; whoever has it then begins another.
import type { Larder } from '../../broadcast/reading/larder.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Log } from '../../lib/log.ts'
import { ms, seconds } from '../../lib/unit.ts'
import type { ReplayTrack } from '../../media/replay/order.ts'
import type { Entry, TrackInit, TrackPart } from '../../wire/manifest.ts'
import type { SeatPlayer, Stage } from '../again.ts'
import { came, type Slack, slackFrom } from './slack.ts'
import { type Begin, breaks, timeOf, wallOf } from './stretch.ts'

export type ShowingParts = {
  readonly begin: Begin
  readonly run: number
  readonly larder: Larder
  readonly play: (stage: Stage) => Promise<SeatPlayer>
  /** It fell. */
  readonly over: () => void
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
}

/** Parts are handed on so long before they are due. */
const AHEAD = seconds(3)
/** Parts that may be under way. */
const UNDER_WAY = 12
/** After a shift, ms. */
const UNSURE = 500
/** Who wants to be at live does not wait for what comes so late, ms. */
const LATE = 2000
/** After its last part is due, a player that does not say so itself is done. */
const GRACE = seconds(2)

export class Showing {
  readonly begin: Begin
  readonly #parts: ShowingParts
  readonly #player: SeatPlayer
  /** ns of the program that would have been shown when it began. */
  #zero: number
  /** When `zero` was to be seen, ms of the clock; null: nothing has left yet. */
  #begun: number | null = null
  /** The RTP time of the keyframe that it began with. */
  #stamp = 0
  /** Until then pictures may still go by what `zero` was before, ms of the clock. */
  #unsure = 0
  #slack: Slack | null = null
  #line: Promise<void> = Promise.resolve()
  #underWay = 0
  /** A part of the picture is missing: nothing of it before the next keyframe. */
  #broken = false
  /** Where what was given ends, ns. */
  #end: number
  /** It has fallen so far behind that who wants to be at live begins anew. */
  #isLate = false
  readonly #over = Promise.withResolvers<void>()
  #state: 'playing' | 'finishing' | 'closed' = 'playing'

  /** Null when the headers are not to be had. Rejects with the signal's reason, or a Fault when nothing can be played. */
  static async open(parts: ShowingParts): Promise<Showing | null> {
    const { begin, larder, play, over, signal } = parts
    const header = ({ object }: TrackInit) => larder.get(object, null, signal)
    const [video, audio] = await Promise.all([header(begin.video), header(begin.audio)])
    if (!video || !audio) return null
    let showing: Showing | null = null
    const onEnd = () => {
      if (showing) showing.ended(over)
      else over()
    }
    const player = await play({ headers: { video, audio }, zero: begin.zero, onEnd, onFrame: (stamp) => showing?.left(stamp) })
    showing = new Showing(parts, player)
    return showing
  }

  private constructor(parts: ShowingParts, player: SeatPlayer) {
    this.#parts = parts
    this.begin = parts.begin
    this.#player = player
    this.#zero = parts.begin.zero
    this.#end = parts.begin.zero
  }

  private ended(fell: () => void): void {
    if (this.#state === 'playing') fell()
    this.#over.resolve()
  }

  /** A picture has left. None does before its time: the one that came soonest after it tells best when the player began. */
  private left(stamp: number): void {
    const now = this.#parts.clock.now()
    if (this.#begun === null) {
      this.#begun = now
      this.#stamp = stamp
      this.#slack = slackFrom(now)
      return
    }
    if (now < this.#unsure) return
    const since = (((stamp - this.#stamp) | 0) / 90) * 1e6
    const time = timeOf(this.begin.anchor.start, this.begin.video) + since
    this.#begun = Math.min(this.#begun, now - (time - this.#zero) / 1e6)
  }

  /** Something of it is to be seen. */
  get isSeen(): boolean {
    return this.#begun !== null
  }

  /** Since when it stands still, for nothing more is there, ms of the clock; null: it does not. */
  get dryAt(): number | null {
    const dry = this.#begun === null ? null : this.#begun + (this.#end - this.#zero) / 1e6
    return dry !== null && dry < this.#parts.clock.now() ? dry : null
  }

  /** What is seen now, ms since 1970. */
  get position(): number {
    const time = this.#begun === null ? this.#zero : this.#zero + (this.#parts.clock.now() - this.#begun) * 1e6
    return wallOf(this.begin, Math.min(time, Math.max(this.#end, this.begin.zero)))
  }

  /**
   * The next entry. Resolves when another may come, to false when it is one of another stream, of which nothing was taken.
   * @param isLive to false, too, when it comes so late that one would be far behind
   */
  async take(entry: Entry, { isFirst = false, isLive = false }): Promise<boolean> {
    const { run, signal } = this.#parts
    if (isLive && this.#isLate) return false
    if (!isFirst && breaks(entry, this.begin, run)) return false
    for (const part of entry.parts) {
      if (part.track === this.begin.video.track) await this.#hand('video', this.begin.video, part)
      if (part.track === this.begin.audio.track) await this.#hand('audio', this.begin.audio, part)
      signal.throwIfAborted()
    }
    return true
  }

  /** No entry follows. Resolves when all was shown. */
  async finish(): Promise<void> {
    const { clock, signal } = this.#parts
    await this.#line
    this.#state = 'finishing'
    this.#player.end()
    const left = (this.#end - this.#zero) / 1e6 - (clock.now() - (this.#begun ?? clock.now()))
    const done = new AbortController()
    const late = clock.sleep('until the end of a broadcast is shown', ms(Math.max(0, left) + GRACE), AbortSignal.any([signal, done.signal]))
    await Promise.race([this.#over.promise, late]).finally(() => {
      late.catch(() => {})
      done.abort()
    })
  }

  /** Safe to call twice. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    await this.#player.close()
  }

  async #hand(lane: ReplayTrack, init: TrackInit, part: TrackPart): Promise<void> {
    const { larder, clock, signal } = this.#parts
    const [start, end] = [timeOf(part.start, init), timeOf(part.start + part.duration, init)]
    // Sound from before the beginning is of no use; a picture leans on those before it.
    if (lane === 'audio' && end <= this.begin.zero) return
    const wait = this.#dueIn(start) - AHEAD
    if (wait > 0) await clock.sleep('until a part of a broadcast is due', ms(wait), signal)
    if (this.#underWay >= UNDER_WAY) await this.#line
    this.#underWay++
    const place = { track: init.description.name, sequence: part.sequence }
    const coming = larder.get(part.object, place, signal).catch(() => null)
    this.#line = this.#line.then(async () => {
      const bytes = await coming
      this.#underWay--
      if (signal.aborted) return
      if (lane === 'video') {
        this.#broken = !bytes || (this.#broken && !part.independent)
        if (this.#broken) return
        this.#measure(start)
        this.#end = Math.max(this.#end, end)
      }
      if (bytes) this.#player.part(lane, bytes)
    })
  }

  #dueIn(time: number): number {
    const { clock } = this.#parts
    return (time - this.#zero) / 1e6 - (clock.now() - (this.#begun ?? clock.now()))
  }

  #measure(start: number): void {
    if (this.#slack === null || start < this.begin.zero) return
    const { slack, shift } = came(this.#slack, this.#dueIn(start), this.#parts.clock.now())
    this.#slack = slack
    if (shift === 0) return
    this.#isLate ||= shift > LATE
    this.#parts.log.debug('what is watched is shown later, or sooner', { ms: shift })
    this.#zero -= shift * 1e6
    this.#unsure = this.#parts.clock.now() + UNSURE
    this.#player.shift(this.#zero)
  }
}
