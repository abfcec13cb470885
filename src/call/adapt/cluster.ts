// cluster.ts — what a probe has shown: a burst sent faster than we dare for long, and how fast it came.
import { NO_CLUSTER, type Result } from './result.ts'

/** How a probe is to be sent: packets marked with the cluster, at this rate, until this many bytes have gone. */
export type Probe = { readonly cluster: number; readonly bps: number; readonly bytes: number; readonly packets: number }

const ENOUGH = 0.8
const LONGEST = 1000 // ms
/** It cannot have come this much faster than it left: something on the way bundles packets. */
const ABSURD = 2
/** It took this much longer to come than to leave: that is the limit itself, so stay a little below it. */
const HELD_BACK = 1.1
const BELOW = 0.95
const MOMENT = 1 // ms

type Burst = {
  readonly probe: Probe
  packets: number
  bytes: number
  /** Of what went between its packets, as sound does: it took of the way, too. Since the last packet of the burst that came, and before. */
  between: number
  others: number
  firstSent: number
  lastSent: number
  /** Of all that left in that last moment. */
  lastSentBytes: number
  firstCame: number
  lastCame: number
  firstCameBytes: number
}

/** Bits per second; `limit`: the way would not take more. */
export type Shown = { readonly cluster: number; readonly bps: number; readonly limit: boolean }

export class Clusters {
  #burst: Burst | null = null

  /** One at a time; an older one that is still out is given up. */
  begin(probe: Probe): void {
    this.#burst = {
      probe,
      packets: 0,
      bytes: 0,
      between: 0,
      others: 0,
      firstSent: Number.POSITIVE_INFINITY,
      lastSent: Number.NEGATIVE_INFINITY,
      lastSentBytes: 0,
      firstCame: Number.POSITIVE_INFINITY,
      lastCame: Number.NEGATIVE_INFINITY,
      firstCameBytes: 0,
    }
  }

  /** What the burst has shown so far; more packets of it may show it better. */
  take({ sentAt, cameAt, bytes, cluster }: Result): Shown | null {
    const burst = this.#burst
    if (burst === null || cameAt === null) return null
    if (cluster === NO_CLUSTER && burst.packets > 0) burst.between += bytes
    if (burst.probe.cluster !== cluster) return null
    burst.packets++
    burst.others += burst.between
    burst.between = 0
    burst.bytes += bytes
    if (sentAt < burst.firstSent) burst.firstSent = sentAt
    if (sentAt > burst.lastSent + MOMENT) {
      burst.lastSent = sentAt
      burst.lastSentBytes = bytes
    } else if (sentAt >= burst.lastSent - MOMENT) burst.lastSentBytes += bytes
    if (cameAt < burst.firstCame) {
      burst.firstCame = cameAt
      burst.firstCameBytes = bytes
    }
    if (cameAt > burst.lastCame) burst.lastCame = cameAt
    return shown(burst)
  }
}

function shown(burst: Burst): Shown | null {
  const { probe } = burst
  if (burst.packets < probe.packets * ENOUGH || burst.bytes < probe.bytes * ENOUGH) return null
  const sentFor = burst.lastSent - burst.firstSent
  const cameFor = burst.lastCame - burst.firstCame
  if (sentFor <= 0 || cameFor <= 0 || sentFor > LONGEST || cameFor > LONGEST) return null
  // It leaves in small heaps, as timers go: the last of them is given the time that it takes at the probe's rate.
  const expected = Math.max((burst.bytes * 8000) / probe.bps, sentFor + (burst.lastSentBytes * 8000) / probe.bps)
  const sent = ((burst.bytes + burst.others) * 8000) / expected
  const came = ((burst.bytes + burst.others - burst.firstCameBytes) * 8000) / cameFor
  const limit = cameFor > HELD_BACK * expected + MOMENT
  if (!limit && came > ABSURD * sent * (1 + burst.lastSentBytes / burst.bytes)) return null
  return { cluster: probe.cluster, bps: limit ? Math.min(sent, BELOW * came) : sent, limit }
}
