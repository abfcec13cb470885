// health.ts — is this process well? Evidence in, a verdict out; the watchdog is fed with nothing else.
//
// A timer that runs proves that timers run. So three things are looked at: how long the event loop kept a timer waiting, when
// the media workers were last heard while there is a call, and whether the state folder takes a write. The verdict is told
// again and again (app/vigil.ts): `fed` says whether systemd may be told that all is well, `ills` says what is not.
//
// What a restart cannot mend does not ask for one: a full disk is said and the box goes on, and a disk that fails does not end
// a call that works without it.
import type { Amiss } from '../core/amiss.ts'
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { type Ms, ms, seconds } from '../lib/unit.ts'

/** well; full: no room; broken: it refuses; silent: a write was begun and has not ended. */
export type Disk = 'well' | 'full' | 'broken' | 'silent'

export type Evidence = {
  /** How long the event loop kept the last timer waiting. */
  readonly lag: Ms
  readonly inCall: boolean
  /** How long no media worker has been heard; 0 outside calls. */
  readonly silence: Ms
  readonly disk: Disk
}
export type Ill = Extract<Amiss, { is: 'held up' | 'no sign of life' | 'disk full' | 'disk broken' | 'disk silent' }>
export type Verdict = { readonly fed: boolean; readonly ills: readonly Ill[] }

export const LAG = seconds(1)
/** A media service that fell is back by then, with its workers: it is not the daemon's turn before (its watchdog has 8 s more). */
export const SILENCE = seconds(6)
const LOOK = ms(250)
/**
 * A write to an SD card wears it: each that is made to last is some 50 KB on the card, with the file system's own books. In a call, or when the
 * last one failed, two a minute notice a dying card; at rest two an hour do, and are 3 MB a day instead of 150.
 */
const DISK_EVERY = seconds(30)
const DISK_EVERY_AT_REST = seconds(1800)
/** A card that is tidying itself up may hold a write for seconds; after this it is not tidying. */
const DISK_PATIENCE = seconds(10)

/** How long until the disk is tried again. */
export const diskEvery = (inCall: boolean, disk: Disk): Ms => (inCall || disk !== 'well' ? DISK_EVERY : DISK_EVERY_AT_REST)

export function judge({ lag, inCall, silence, disk }: Evidence): Verdict {
  const slow = lag >= LAG
  const deaf = inCall && silence >= SILENCE
  const ills: Ill[] = []
  if (slow) ills.push({ is: 'held up', seconds: lag / 1000 })
  if (deaf) ills.push({ is: 'no sign of life', seconds: Math.floor(silence / 1000) })
  if (disk !== 'well') ills.push({ is: `disk ${disk}` })
  const diskEnds = !inCall && (disk === 'broken' || disk === 'silent')
  return { fed: !slow && !deaf && !diskEnds, ills }
}

export type HealthParts = {
  readonly clock: Clock
  /** How often the verdict is told while all is well; when it is not, at every look. */
  readonly every: Ms
  readonly tell: (verdict: Verdict) => void
  readonly inCall: () => boolean
  /** When any media worker was last heard, by the clock; null: never. */
  readonly heardAt: () => Ms | null
  /** Writes something small and makes it last. Rejects with a Fault 'disk-full' or 'disk-fault'. */
  readonly write: () => Promise<void>
}

export class Health {
  readonly #parts: HealthParts
  #lag = 0
  /** Since when there is a call: workers that were quiet before owe nothing for that time. */
  #callSince: Ms | null = null
  #disk: Disk = 'well'
  #writingSince: Ms | null = null

  constructor(parts: HealthParts) {
    this.#parts = parts
  }

  /** Looks and tells until the signal is aborted. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, every, tell } = this.#parts
    let told = clock.now()
    let tried = Number.NEGATIVE_INFINITY
    while (!signal.aborted) {
      const now = clock.now()
      if (now - tried >= diskEvery(this.#parts.inCall(), this.#disk) && this.#writingSince === null) {
        tried = now
        void this.#tryDisk(now)
      }
      if (now - told >= every) {
        const verdict = judge(this.#evidence(now))
        if (verdict.fed) told = now
        tell(verdict)
      }
      await clock.sleep('look at our own health', LOOK, signal).catch(() => {})
      this.#lag = Math.max(0, clock.now() - now - LOOK)
    }
  }

  #evidence(now: Ms): Evidence {
    const { inCall, heardAt } = this.#parts
    this.#callSince = inCall() ? (this.#callSince ?? now) : null
    const since = this.#callSince === null ? now : Math.max(this.#callSince, heardAt() ?? this.#callSince)
    const waits = this.#writingSince === null ? 0 : now - this.#writingSince
    return {
      lag: ms(this.#lag),
      inCall: this.#callSince !== null,
      silence: ms(now - since),
      disk: waits > DISK_PATIENCE ? 'silent' : this.#disk,
    }
  }

  async #tryDisk(now: Ms): Promise<void> {
    this.#writingSince = now
    try {
      await this.#parts.write()
      this.#disk = 'well'
    } catch (error) {
      this.#disk = error instanceof Fault && error.code === 'disk-full' ? 'full' : 'broken'
    } finally {
      this.#writingSince = null
    }
  }
}
