// run.ts — what of a run lies where: a share in each reel, and all shares together as one recording. Pure.
import type { Entry } from '../../wire/manifest.ts'

/** What a reel has of a run. Times are ms since 1970. */
export type Share = {
  readonly run: number
  readonly from: number
  readonly to: number
  /** Of objects and entries. */
  readonly bytes: number
  /** The run's first entry is here; its last one is. */
  readonly begins: boolean
  readonly ends: boolean
  /** There are captions. */
  readonly captions: boolean
}

/** A run as far as it is still there. Without `begins` its oldest part was let go; without `ends` it is going on, or was cut off by a power cut. */
export type Run = Share

const join = (a: Share, b: Share): Share => ({
  run: a.run,
  from: Math.min(a.from, b.from),
  to: Math.max(a.to, b.to),
  bytes: a.bytes + b.bytes,
  begins: a.begins || b.begins,
  ends: a.ends || b.ends,
  captions: a.captions || b.captions,
})

/** A share with one entry more. @param bytes that it and its new objects take */
export function withEntry(share: Share | undefined, { run, number, at, isLast, inits, parts }: Entry, bytes: number): Share {
  const captions = inits.some(({ description }) => description.kind === 'text')
  const one = { run, from: Math.min(at, ...parts.map((part) => part.at)), to: at, bytes, begins: number === 0, ends: isLast, captions }
  return share ? join(share, one) : one
}

/** The runs of some shares, oldest first. */
export function runsOf(shares: Iterable<Share>): Run[] {
  const runs = new Map<number, Run>()
  for (const share of shares) {
    const known = runs.get(share.run)
    runs.set(share.run, known ? join(known, share) : share)
  }
  return [...runs.values()].sort((a, b) => a.run - b.run)
}
