// picking.ts — which of a program's tracks are played here: what a person chose, and what the line has carried (quality.ts).
import type { Clock } from '../../../lib/clock.ts'
import type { TrackInit } from '../../../wire/manifest.ts'
import { type Auto, type Choice, choose, newAuto, plays, type Rendition, renditionsOf, stands, stood } from './quality.ts'
import { type Chosen, typeOf } from './stretch.ts'

type Parts = {
  /** What is known of tracks, now. */
  readonly inits: () => Iterable<TrackInit>
  readonly canPlay: (type: string) => boolean
  readonly clock: Clock
}

export class Picking {
  readonly #parts: Parts
  #auto: Auto
  choice: Choice = 'auto'

  constructor(parts: Parts) {
    this.#parts = parts
    this.#auto = newAuto(parts.clock.now())
  }

  get renditions(): readonly Rendition[] {
    return renditionsOf([...this.#parts.inits()], this.#parts.canPlay)
  }

  get chosen(): Chosen {
    const sound = [...this.#parts.inits()].find(
      ({ description }) => description.kind === 'audio' && this.#parts.canPlay(typeOf(description)),
    )
    return { video: choose(this.renditions, this.choice, this.#auto.down), audio: sound?.track ?? null }
  }

  /** The picture that is chosen, if it is a smaller one than this; null: it is not. */
  smallerThan(track: number | null): number | null {
    const { video } = this.chosen
    const place = (of: number | null): number => this.renditions.findIndex((each) => each.track === of)
    return video !== null && place(track) >= 0 && place(video) > place(track) ? video : null
  }

  /** The picture that is to be made for us, if it is made only while somebody wants it. */
  get wants(): readonly string[] {
    const { video } = this.chosen
    return this.renditions.flatMap(({ track, name }) => (track === video ? name : []))
  }

  /** The picture stood still, and should not have. */
  stood(): void {
    if (this.choice === 'auto') this.#auto = stood(this.#auto, this.#parts.clock.now(), this.renditions.length)
  }

  /** Nothing of it was seen for long: that is as much as standing still often. */
  late(): void {
    this.stood()
    this.stood()
  }

  /** It still stands. */
  stands(): void {
    if (this.choice === 'auto') this.#auto = stands(this.#auto, this.#parts.clock.now(), this.renditions.length)
  }

  /** It plays. */
  plays(): void {
    if (this.choice === 'auto') this.#auto = plays(this.#auto, this.#parts.clock.now())
  }
}
