// cutter.ts — coded frames in, parts of a program out: CMAF (ISO 23000-19) in parts of 200 ms and segments of 2 s, all tracks aligned.
//
// The first picture track leads. Its keyframes begin segments, its slots are the time of all (grid.ts); sound is cut at the same times to within one
// of its frames. Further pictures (other renditions) follow: they come and go as they like, begin where a segment of the lead does, with a keyframe at
// the same frame, and who falls out of step is away until the next segment; the lead does not notice. When the lead cannot go on (its encoder begins
// anew, too many frames are missing, a keyframe does not come), that is a break: every track ends its segment, and a
// new stretch begins with the next keyframe, later in time and marked as a discontinuity. Pure: it waits for nothing and keeps no clock.
import { Bug } from '../../lib/fault.ts'
import { Tally } from '../../lib/tally.ts'
import { type Cut, Line } from './cut.ts'
import type { Frame } from './gdp.ts'
import { Grid, type Mark, type Rate } from './grid.ts'
import type { Picture } from './h264.ts'
import { VIDEO_TIMESCALE } from './init.ts'
import { type PicturePlan, PictureTrack } from './picture.ts'
import { type SoundPlan, SoundTrack } from './sound.ts'

export type CutterPlan = {
  readonly rate: Rate
  readonly tracks: ReadonlyArray<PicturePlan | SoundPlan>
  /** Wall clock (ms since 1970) of an encoder's time (ns). */
  readonly wall: (pts: number) => number
  /** The encoders should make a keyframe at the next frame. May be called often. */
  readonly wantKeyframe: () => void
  /** The number of the first segment, and of each track's first part: higher than all that were ever published. */
  readonly firstSegment: number
  readonly firstSequence: number
  /** Seconds. */
  readonly part?: number
  readonly segment?: number
}

const PART = 0.2
const SEGMENT = 2
/** A keyframe sooner than this share of a segment does not begin another one. */
const SHORTEST = 0.5
/** And one later than this is none any more: a segment may be no longer than its target when rounded to a second. */
const LONGEST = 1.2
/** Frames of further pictures that wait for the lead. */
const QUEUE = 120

/** A further picture; `isAway`: it is not in step with the lead, or is not made just now. */
type Follower = { readonly track: PictureTrack; readonly queue: Frame[]; isAway: boolean }

export class Cutter {
  /** What was left out, and why. */
  readonly odd = new Tally()
  readonly #plan: CutterPlan
  readonly #grid: Grid
  readonly #lead: PictureTrack
  readonly #followers: readonly Follower[]
  readonly #sounds: readonly SoundTrack[]
  #state: 'waiting for a keyframe' | 'running' = 'waiting for a keyframe'
  #segment: number
  #breaks = 0
  #pts = 0

  constructor(plan: CutterPlan) {
    this.#plan = plan
    this.#grid = new Grid(plan.rate, plan.part ?? PART, plan.segment ?? SEGMENT)
    this.#segment = plan.firstSegment
    const line = (track: number, timescale: number) =>
      new Line({ track, timescale, grid: this.#grid, wall: plan.wall, sequence: plan.firstSequence })
    const isPicture = (each: PicturePlan | SoundPlan): each is PicturePlan => each.kind === 'video'
    const isSound = (each: PicturePlan | SoundPlan): each is SoundPlan => each.kind === 'audio'
    const [lead, ...others] = plan.tracks
      .filter(isPicture)
      .map((each) => new PictureTrack(each, this.#grid, line(each.track, VIDEO_TIMESCALE)))
    if (!lead) throw new Bug('a program needs a picture')
    this.#lead = lead
    this.#followers = others.map((track) => ({ track, queue: [], isAway: true }))
    this.#sounds = plan.tracks.filter(isSound).map((each) => new SoundTrack(each, this.#grid, line(each.track, each.sampleRate)))
  }

  /** Sound frames put in and left out so far, of all sound tracks. */
  get mended(): { readonly filled: number; readonly left: number } {
    const sum = (of: (track: SoundTrack) => number) => this.#sounds.reduce((all, track) => all + of(track), 0)
    return { filled: sum(({ filled }) => filled), left: sum(({ left }) => left) }
  }

  /** One coded frame of a track: an access unit, an ADTS packet, a packet of Opus. Gives the parts that are whole now. */
  take(track: number, frame: Frame): Cut[] {
    if (track === this.#lead.plan.track) return this.#takeLead(frame)
    const sound = this.#sounds.find(({ plan }) => plan.track === track)
    if (sound) {
      sound.take(frame)
      return sound.drain(this.#state === 'running')
    }
    const follower = this.#followers.find((each) => each.track.plan.track === track)
    if (!follower) throw new Bug(`no track ${track} in this program`)
    follower.queue.push(frame)
    if (follower.queue.length > QUEUE) follower.queue.shift()
    return this.#state === 'running' ? this.#follow(follower) : []
  }

  /** The encoders begin anew, or the program ends: all that is whole is given, the rest of the segment is left as it is. */
  restart(): Cut[] {
    return this.#state === 'running' ? this.#break('the encoders began anew') : []
  }

  #takeLead(frame: Frame): Cut[] {
    const picture = this.#lead.picture(frame.bytes)
    if (picture.sample.length === 0) {
      this.odd.add('no picture in it')
      return []
    }
    const cuts: Cut[] = []
    if (this.#state === 'running') {
      const slot = this.#lead.isOther(picture) ? null : this.#lead.place(frame.pts)
      const since = slot === null ? 0 : slot - (this.#grid.marks.at(-1)?.slot ?? 0)
      if (slot !== null && !this.#isOverdue(since, picture.isKey)) {
        const mark = picture.isKey && since >= this.#grid.segmentSlots * SHORTEST ? this.#nextMark(slot, frame.pts, false) : null
        cuts.push(...this.#lead.put(picture, slot, mark))
        this.#pts = frame.pts
        this.#grid.next = this.#lead.next
        return [...cuts, ...this.#others()]
      }
      cuts.push(...this.#break(slot === null ? 'frames that do not follow' : 'no keyframe in time'))
    }
    return [...cuts, ...this.#begin(frame, picture)]
  }

  #begin(frame: Frame, picture: ReturnType<PictureTrack['picture']>): Cut[] {
    const inits = this.#lead.inits(picture)
    if (!inits) {
      this.odd.add('waiting for a keyframe')
      this.#plan.wantKeyframe()
      return []
    }
    const lines = [this.#lead, ...this.#followers.map(({ track }) => track), ...this.#sounds]
    const ends = lines.map(({ line, plan }) => (line.end * VIDEO_TIMESCALE) / (plan.kind === 'audio' ? plan.sampleRate : VIDEO_TIMESCALE))
    // A pause stays as long as it was, if one clock told both sides of it; otherwise the new stretch follows at once.
    const pause = this.#breaks > 0 && frame.pts > this.#pts ? this.#grid.ticksOf(frame.pts, VIDEO_TIMESCALE) : 0
    this.#grid.begin(frame.pts, Math.max(Math.ceil(Math.max(...ends)), pause))
    this.#lead.reset()
    for (const follower of this.#followers) {
      follower.track.reset()
      follower.isAway = true
    }
    for (const sound of this.#sounds) sound.reset()
    this.#state = 'running'
    this.#pts = frame.pts
    const cuts = this.#lead.put(picture, 0, this.#nextMark(0, frame.pts, this.#breaks > 0))
    this.#grid.next = this.#lead.next
    return [...inits, ...cuts, ...this.#others()]
  }

  #isOverdue(since: number, isKey: boolean): boolean {
    if (since >= this.#grid.segmentSlots && !isKey) this.#plan.wantKeyframe()
    return since >= this.#grid.segmentSlots * LONGEST && !isKey
  }

  #nextMark(slot: number, pts: number, afterBreak: boolean): Mark {
    const mark = { number: this.#segment++, slot, pts, afterBreak }
    this.#grid.mark(mark)
    return mark
  }

  #others(): Cut[] {
    const cuts = this.#followers.flatMap((follower) => (this.#state === 'running' ? this.#follow(follower) : []))
    return [...cuts, ...this.#sounds.flatMap((sound) => sound.drain(this.#state === 'running'))]
  }

  /** A further picture goes as far as the lead has been. */
  #follow(follower: Follower): Cut[] {
    const { track, queue } = follower
    const cuts: Cut[] = []
    for (let frame = queue[0]; frame; frame = queue[0]) {
      const slot = this.#grid.slotOf(frame.pts)
      if (slot >= this.#grid.next) break
      queue.shift()
      const picture = slot < 0 ? null : track.picture(frame.bytes)
      if (!picture || picture.sample.length === 0) continue
      const mark = this.#grid.markAt(frame.pts)
      const place = mark?.slot ?? track.place(frame.pts)
      const inits = mark && picture.isKey && mark.slot >= track.next ? track.inits(picture) : null
      if (!follower.isAway && !this.#isInStep(track, picture, mark, place)) cuts.push(...this.#leave(follower))
      if (mark && inits) {
        follower.isAway = false
        cuts.push(...inits, ...track.put(picture, mark.slot, mark))
      } else if (!follower.isAway && place !== null) cuts.push(...track.put(picture, place, null))
    }
    const isSilent = !follower.isAway && this.#grid.next - track.next > this.#grid.segmentSlots
    return isSilent ? [...cuts, ...this.#leave(follower)] : cuts
  }

  #isInStep(track: PictureTrack, picture: Picture, mark: Mark | null, place: number | null): boolean {
    const isBetween = place !== null && this.#grid.marks.some((each) => each !== mark && each.slot >= track.next && each.slot <= place)
    if (place === null || isBetween) return false
    return mark ? picture.isKey && track.reaches(mark.slot) : !track.isOther(picture)
  }

  /** It is out of step, or nothing comes of it any more. */
  #leave(follower: Follower): Cut[] {
    follower.isAway = true
    const { track } = follower
    const mark = this.#grid.marks.find(({ slot }) => slot >= track.next)
    return track.end(mark?.slot ?? this.#grid.next)
  }

  #break(why: string): Cut[] {
    this.odd.add(why)
    this.#plan.wantKeyframe()
    this.#state = 'waiting for a keyframe'
    this.#breaks++
    const pictures = [this.#lead, ...this.#followers.map(({ track }) => track)].flatMap((track) => track.close())
    const sounds = this.#sounds.flatMap((sound) => sound.close())
    return [...pictures, ...sounds]
  }
}
