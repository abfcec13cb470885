// program.ts — a broadcast from its making side: coded frames in, signed updates out. What is done with them (kept, served, sent on) is others' business.
//
// A run begins with every start of the broadcaster. Its number is the date, but always above the last one that was published, as are the numbers of
// its segments and parts: addresses are never used twice, and no reader takes an earlier life for this one.
import type { Log } from '../lib/log.ts'
import type { Identity } from '../wire/key.ts'
import { type Entry, type ProgramId, programOf } from '../wire/manifest.ts'
import type { ObjectPromise } from '../wire/object.ts'
import type { WatchKey } from '../wire/watch-key.ts'
import { type Caption, CaptionTrack } from './captions.ts'
import type { Cut } from './cutter/cut.ts'
import { Cutter, type CutterPlan } from './cutter/cutter.ts'
import type { Frame } from './cutter/gdp.ts'
import { Ledger } from './ledger.ts'
import { sealCut } from './program/seal.ts'
import { WallTime } from './program/wall.ts'

/** Where coded frames come from: a media worker, another box, a file. What the box's own program is made of, its owner decides. */
export interface ProgramSource {
  /** Hears every coded frame until called off. `track` as in the plan. */
  onFrame(listener: (track: number, frame: Frame) => void): () => void
  /** Makes the pictures' encoders begin with a keyframe. May be called for every frame. */
  keyframe(): void
}

/** What takes updates: the store, the origin. Must not throw; must not make the program wait. */
export interface ProgramSink {
  update(update: Update): void
}

export type NamedObject = { readonly promise: ObjectPromise; readonly bytes: Uint8Array }
export type Update = {
  /** The entry as it was signed. */
  readonly signed: Uint8Array
  readonly entry: Entry
  /** All objects that are new with it. */
  readonly objects: readonly NamedObject[]
}
/** The highest numbers that were ever published, as the store knows them; null: nothing ever was. */
export type Published = { readonly run: number; readonly segment: number; readonly sequence: number }

export function later(before: Published | null, { run, parts }: Entry): Published {
  const most = (of: 'segment' | 'sequence') => Math.max(before?.[of] ?? 0, ...parts.map((part) => part[of]))
  return { run: Math.max(before?.run ?? 0, run), segment: most('segment'), sequence: most('sequence') }
}

export type ProgramPlan = Pick<CutterPlan, 'rate' | 'tracks' | 'part' | 'segment'> & {
  readonly identity: Pick<Identity, 'publicKey' | 'sign'>
  readonly before: Published | null
  /** What its objects are sealed with; left out: they are open to all. */
  readonly key?: WatchKey
  /** Wall clock, ms since 1970. */
  readonly now: () => number
  readonly wantKeyframe: () => void
  readonly log: Log
}

/** ms for each frame in which the wall clock of a broadcast that has just begun is put right: its parts say it, not its frames. */
const FOLLOWED = 5
/** Numbers left free between runs: what was published and never reached the disk. */
const SPARE = 100

export class Program {
  readonly id: ProgramId
  readonly #plan: ProgramPlan
  readonly #wall: WallTime
  readonly #cutter: Cutter
  readonly #ledger: Ledger
  readonly #captions: CaptionTrack
  readonly #lead: number
  #hasEnded = false

  constructor(plan: ProgramPlan) {
    const { before, now } = plan
    this.#plan = plan
    this.id = programOf(plan.identity.publicKey)
    this.#wall = new WallTime(now, FOLLOWED)
    this.#ledger = new Ledger({ ...plan, ...(plan.key && { lock: plan.key.lock }) })
    this.#lead = plan.tracks.find(({ kind }) => kind === 'video')?.track ?? -1
    this.#cutter = new Cutter({
      ...plan,
      wall: (pts) => this.#wall.of(pts),
      firstSegment: before ? before.segment + SPARE : 1,
      firstSequence: before ? before.sequence + SPARE : 1,
    })
    this.#captions = new CaptionTrack(this.#lead, before ? before.sequence + SPARE : 1)
  }

  /** What went wrong so far, by kind. */
  get odd(): Record<string, number> {
    const { filled, left } = this.#cutter.mended
    return { ...this.#cutter.odd.counts(), 'sound frames put in': filled, 'sound frames left out': left }
  }

  /** One coded frame. Gives what is to be published now, oldest first: mostly nothing. */
  take(track: number, frame: Frame): Update[] {
    if (this.#hasEnded) return []
    if (track === this.#lead) this.#wall.heard(frame.pts)
    return this.#sign(this.#cutter.take(track, frame))
  }

  /** Somebody says this, now: it goes along with the picture of the next second. */
  caption(caption: Caption): void {
    if (!this.#hasEnded) this.#captions.say(caption)
  }

  /** The encoders begin anew: their next frames may have any time. */
  restart(): Update[] {
    if (this.#hasEnded) return []
    this.#plan.log.info('the program goes on with new encoders', { run: this.#ledger.run, entries: this.#ledger.count })
    return this.#sign(this.#cutter.restart())
  }

  /** The last of it. Nothing comes after. */
  end(): Update[] {
    if (this.#hasEnded) return []
    const last = this.#sign(this.#cutter.restart())
    this.#hasEnded = true
    return [...last, this.#ledger.end()]
  }

  get run(): number {
    return this.#ledger.run
  }

  #sign(cut: readonly Cut[]): Update[] {
    const { key } = this.#plan
    const cuts = this.#captions.with(cut)
    return this.#ledger.take(key ? cuts.map((cut) => sealCut(key, this.#ledger.run, cut)) : cuts)
  }
}
