// shoot.ts — keeps a picture coming inside the camera worker: tries what might do, goes on where one ends, stands in while none works.
import type { Amiss } from '../../core/amiss.ts'
import { systemClock } from '../../lib/clock.ts'
import { unreachable } from '../../lib/fault.ts'
import { type Bps, kbps, ms, seconds } from '../../lib/unit.ts'
import { cost, halfOf, LEVEL_4, pictureFor, share } from '../budget.ts'
import { ENCODERS, type EncoderKind, isMissing, type Picture } from '../encoder.ts'
import type { Evidence } from '../watch.ts'
import { type Attempt, attempts, bestFirst, cameraLaunch, probeLaunch, type Small } from './attempt.ts'
import { deviceName, isOurs, videoDevices } from './device.ts'
import type { CameraNews, CameraOrder, Filmed } from './order.ts'
import { type Form, formName, forms, type Source, standIn } from './source.ts'
import { type End, probe, Take } from './take.ts'

type Scene = Extract<CameraOrder, { do: 'open' }>

/** A camera that comes back is seen within this time and what it takes to start; to look whether one is there costs next to nothing. */
const LOOK = ms(200)
/** One that is there and does not work is tried again after this. */
const RETRY = ms(700)
/** libcamera looks at all buses, and its cameras are not plugged in while it runs: it is asked less often. */
const LIBCAMERA_EVERY = 30

export class Shoot {
  readonly #scene: Scene
  readonly #say: (news: CameraNews) => void
  #rate: Bps
  #smallRate: Bps | null
  /** The small picture failed here: there is none any more. */
  #noSmall = false
  #take: Take | null = null
  #standIn: { readonly take: Take; readonly stop: () => Promise<unknown> } | null = null
  /** Encoders that are not here, or failed with what another then encoded well. */
  #useless = new Set<EncoderKind>()
  #filmed: Filmed | null
  /** There was no camera when we last looked: one that then comes back is believed once that it films as it did. */
  #wasGone = false
  /** Counts of takes that have ended, so that the evidence never goes back. */
  #past: Evidence = { in: 0, out: 0 }

  constructor(scene: Scene, say: (news: CameraNews) => void) {
    this.#scene = scene
    this.#say = say
    this.#rate = scene.rate
    this.#smallRate = scene.small?.rate ?? null
    this.#filmed = scene.filmed
  }

  get evidence(): Evidence {
    return [this.#take?.counts, this.#standIn?.take.counts].reduce<Evidence>(
      (sum, counts) => (counts ? { in: sum.in + counts.in, out: sum.out + counts.out } : sum),
      this.#past,
    )
  }

  setRate(rate: Bps): void {
    this.#rate = rate
    this.#now?.setRate(rate)
  }

  makeKeyframe(): void {
    this.#now?.makeKeyframe()
  }

  setSmall(rate: Bps | null): void {
    this.#smallRate = rate
    this.#now?.setSmall(rate)
  }

  makeSmallKeyframe(): void {
    this.#now?.makeSmallKeyframe()
  }

  /** Gives all devices back, at once. */
  stop(): void {
    this.#take?.stop()
    this.#standIn?.take.stop()
  }

  /** Films until the process ends. */
  async run(signal: AbortSignal): Promise<void> {
    for (let round = 0; !signal.aborted; round++) {
      const why = await this.#round(round, signal)
      if (why === null) continue
      this.#say({ say: 'missing', why })
      this.#wasGone = !isThere(why)
      if (this.#scene.standIn && !this.#standIn) await this.#standInNow(signal)
      await systemClock.sleep('before the camera is looked for again', isThere(why) ? RETRY : LOOK, signal).catch(() => {})
    }
  }

  get #now(): Take | null {
    return this.#take ?? this.#standIn?.take ?? null
  }

  get #encoders(): readonly EncoderKind[] {
    return ENCODERS.filter((kind) => !this.#useless.has(kind) && !this.#scene.avoid.includes(kind))
  }

  /** Tries all there is, once. Gives why there is no picture (any more), or null to try again at once (a file that begins anew). */
  async #round(round: number, signal: AbortSignal): Promise<Amiss | null> {
    const { source } = this.#scene
    // A camera that comes back is waited for until it is ours to open: all else that could be tried would only take longer.
    const devices = videoDevices(source.kind === 'device' ? source.path : null).filter((path) => this.#filmed === null || isOurs(path))
    const libcamera = (process.arch === 'arm64' || process.arch === 'arm') && round % LIBCAMERA_EVERY === 0
    let why = nothingHere(source)
    const silent = new Set<Form>()
    const all = attempts(forms(source, { devices, libcamera }, this.#scene.words.test), this.#encoders)
    for (const attempt of bestFirst(all, (attempt) => this.#filmedSo(attempt))) {
      if (signal.aborted) return why
      if (silent.has(attempt.form)) continue
      const believed = this.#wasGone && this.#filmedSo(attempt)
      this.#wasGone = false
      const refused = this.#standIn && !believed ? await this.#probe(attempt.form, signal) : null
      if (refused !== null) {
        silent.add(attempt.form)
        why = refused
        continue
      }
      await this.#standIn?.stop()
      const { played, end } = await this.#shoot(attempt, signal)
      if (played && end.by === 'eos' && source.kind === 'file') return null
      why = reason(attempt.form, end)
      if (played) return why
    }
    return why
  }

  async #shoot(attempt: Attempt, signal: AbortSignal): Promise<{ played: boolean; end: End }> {
    const picture = this.#pictureOf(attempt)
    if (!picture) return { played: false, end: NO_ROOM }
    const small = this.#smallOf(attempt, picture)
    const take = new Take(attempt.encoder, this.#rate, small !== null)
    this.#take = take
    this.#say({ say: 'trying', encoder: attempt.encoder })
    let played = false
    const end = await take.play(
      cameraLaunch(attempt, picture, this.#rate, this.#scene.port, small),
      () => {
        played = true
        take.setSmall(this.#smallRate)
        this.#filmed = filmedBy(attempt)
        const filmed = this.#filmed
        this.#say({
          say: 'open',
          filmed,
          small: small !== null,
          what: `${formName(attempt.form)}, ${attempt.encoder ?? 'its own H.264'}, ${pictureName(picture)}`,
        })
      },
      signal,
    )
    this.#take = null
    this.#bury(take)
    if (small && isOfSmall(attempt, end)) {
      this.#noSmall = true
      if (!signal.aborted) return this.#shoot(attempt, signal)
    }
    this.#judge(attempt, played, end)
    return { played, end }
  }

  #filmedSo({ form, encoder }: Attempt): boolean {
    const last = this.#filmed
    if (!last || form.from !== 'device') return false
    const isGone = last.encoder !== null && !this.#encoders.includes(last.encoder)
    return form.as === last.as && (isGone || encoder === last.encoder) && deviceName(form.path) === last.name
  }

  #judge({ encoder }: Attempt, played: boolean, end: End): void {
    if (encoder === null) return
    if (played) for (const better of ENCODERS.slice(0, ENCODERS.indexOf(encoder))) this.#useless.add(better)
    else if (end.by === 'error' && end.element === 'launch' && isMissing(encoder, end.message)) this.#useless.add(encoder)
  }

  /** Does it give frames? Null: yes. Otherwise why not. So the stand-in plays on while a camera is looked for. */
  async #probe(form: Form, signal: AbortSignal): Promise<Amiss | null> {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(seconds(3))])
    const end = await probe(probeLaunch(form, this.#scene.picture), patience)
    return end.by === 'eos' ? null : reason(form, end)
  }

  async #standInNow(signal: AbortSignal): Promise<void> {
    for (const attempt of attempts([standIn(this.#scene.words.lost)], this.#encoders)) {
      const picture = this.#pictureOf(attempt)
      if (!picture) continue
      const take = new Take(attempt.encoder, this.#rate)
      const halt = new AbortController()
      this.#say({ say: 'trying', encoder: attempt.encoder })
      const plays = Promise.withResolvers<boolean>()
      const ended = take
        .play(
          cameraLaunch(attempt, picture, this.#rate, this.#scene.port),
          () => plays.resolve(true),
          AbortSignal.any([signal, halt.signal]),
        )
        .then((end) => {
          plays.resolve(false)
          this.#bury(take)
          this.#judge(attempt, take.counts.out > 0, end)
          if (this.#standIn?.take === take) this.#standIn = null
        })
      this.#standIn = {
        take,
        stop: () => {
          halt.abort()
          return ended
        },
      }
      if (await plays.promise) return
    }
  }

  /** What this attempt may show: a camera that encodes by itself needs no encoder of ours. Null: there is no room for it. */
  #pictureOf({ encoder }: Attempt): Picture | null {
    const { picture, budget } = this.#scene
    return encoder === null ? picture : pictureFor(encoder, picture, budget)
  }

  /** The small picture beside it, where there is room for both: the large one is not made smaller for it. */
  #smallOf({ encoder }: Attempt, picture: Picture): Small | null {
    const { small, budget } = this.#scene
    if (!small || encoder === null || this.#noSmall) return null
    const room = encoder === 'v4l2' ? Math.min(LEVEL_4, budget.hardware) : (budget.software ?? Number.POSITIVE_INFINITY)
    const [first, second] = share([picture, halfOf(picture)], room)
    if (!first || !second || cost(first) < cost(picture)) return null
    return { picture: second, rate: this.#smallRate ?? SMALL_RATE, port: small.port }
  }

  #bury(take: Take): void {
    this.#past = { in: this.#past.in + take.counts.in, out: this.#past.out + take.counts.out }
  }
}

/** Until somebody says what it is to be. */
const SMALL_RATE = kbps(250)
const SMALL_ELEMENTS: readonly string[] = ['gate', 'enc1', 'pay1', 'out1']

/** Did the small picture end it, or keep it from beginning? */
const isOfSmall = ({ encoder }: Attempt, end: End): boolean =>
  end.by === 'error' &&
  (SMALL_ELEMENTS.includes(end.element) || (end.element === 'launch' && encoder !== null && !isMissing(encoder, end.message)))

const NO_ROOM: End = { by: 'error', element: 'budget', message: 'the encoder has no room for another picture' }

const pictureName = ({ width, height, fps }: Picture): string => `${width}x${height} at ${fps}`

function filmedBy({ form, encoder }: Attempt): Filmed | null {
  const name = form.from === 'device' ? deviceName(form.path) : null
  return form.from === 'device' && name !== null ? { name, as: form.as, encoder } : null
}

const isThere = ({ is }: Amiss): boolean => is !== 'no camera' && is !== 'no camera there'

function nothingHere(source: Source): Amiss {
  switch (source.kind) {
    case 'device':
      return { is: 'no camera there', path: source.path }
    case 'auto':
      return { is: 'no camera' }
    case 'none':
      return { is: 'camera unwanted' }
    case 'test':
    case 'libcamera':
    case 'file':
    case 'launch':
      return { is: 'no encoder' }
    default:
      return unreachable(source)
  }
}

/** Why a take ended, for people. */
function reason(form: Form, end: End): Amiss {
  const name = form.from === 'device' ? form.path : formName(form)
  switch (end.by) {
    case 'error':
      return end === NO_ROOM ? { is: 'no room to encode', name } : { is: 'camera fails', name, said: end.message }
    case 'eos':
      return { is: 'camera ended', name }
    case 'silence':
    case 'drought':
      return { is: 'camera silent', name }
    case 'order':
      return { is: 'camera closed', name }
    default:
      return unreachable(end)
  }
}
