// quality.ts — which rendition of the picture is watched: the one a person chose, or the best that the line has carried. Pure.
import type { TrackInit } from '../../../wire/manifest.ts'
import { typeOf } from './stretch.ts'

export type Rendition = { readonly track: number; readonly width: number; readonly height: number; readonly bandwidth: number }
/** A track, or what the line carries. */
export type Choice = 'auto' | number

/** The pictures that can be played here, best first. */
export function renditionsOf(inits: readonly TrackInit[], canPlay: (type: string) => boolean): readonly Rendition[] {
  return inits
    .flatMap(({ track, description }) =>
      description.kind === 'video' && canPlay(typeOf(description))
        ? [{ track, width: description.width, height: description.height, bandwidth: description.bandwidth }]
        : [],
    )
    .sort((a, b) => b.bandwidth - a.bandwidth)
}

/** @param down steps below the best that the line asks for */
export function choose(renditions: readonly Rendition[], choice: Choice, down: number): number | null {
  if (choice !== 'auto' && renditions.some(({ track }) => track === choice)) return choice
  return renditions[Math.min(down, renditions.length - 1)]?.track ?? null
}
