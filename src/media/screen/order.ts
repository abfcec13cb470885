// order.ts — what the screen and its child say to each other. The child is forked by screen.ts and draws in child.ts.
import type { Amiss } from '../../core/amiss.ts'
import type { PictureNews, PictureOrder } from '../program.ts'
import type { Scene, Seat } from '../scene.ts'

export type Order =
  /** First of all: where the picture goes, and how many times a second it is put together in a call, at most. */
  /** hadTv: an earlier worker showed the picture on a TV, so people are told when there is none. */
  | { readonly do: 'begin'; readonly output: string; readonly fps: number; readonly hadTv: boolean }
  | { readonly do: 'show'; readonly scene: Scene }
  /** How long to wait for a packet that is missing, ms. */
  | { readonly do: 'patience'; readonly seat: Seat; readonly ms: number }
  | { readonly do: 'still'; readonly id: number }
  | { readonly do: 'watch'; readonly on: boolean }
  /** The picture of a program from now on; null: none. */
  | { readonly do: 'program'; readonly order: PictureOrder | null }
  | { readonly do: 'program key' }
  /** Which renditions of it are wanted. */
  | { readonly do: 'program lower'; readonly rungs: readonly number[] }

export type Output = 'hdmi' | 'window' | 'none' | 'launch'

export type News =
  /** Where each seat takes its RTP: ports on 127.0.0.1, by seat. */
  | { readonly is: 'ready'; readonly ports: readonly number[] }
  /** A seat got its first picture since it was filled; none for two seconds though its camera is on; or one again. */
  | { readonly is: 'picture'; readonly seat: Seat; readonly picture: 'first' | 'frozen' | 'moving' }
  | { readonly is: 'output'; readonly output: Output; readonly why: Amiss | null }
  | { readonly is: 'still'; readonly id: number; readonly jpeg: Buffer }
  | { readonly is: 'frame'; readonly jpeg: Buffer }
  | { readonly is: 'program'; readonly news: PictureNews }
  /** The machine has no time for more pictures a second than this. */
  | { readonly is: 'fewer'; readonly fps: number }
  /** Something failed that was mended at once; for the log. */
  | { readonly is: 'trouble'; readonly sentence: string }
