// mix.ts — the sounds of all in one: each at its place, to the sample; where the broadcast stands in for them, its sound, with no click in between. Pure.

export const RATE = 48_000

export type Strand = {
  /** Its samples from one of them on, zeros outside of it. */
  readonly read: (from: number, count: number) => Promise<Int16Array>
  /** Where its first sample lies in the mix. */
  readonly at: number
  /** The broadcast: heard where nobody else can be, and only there. */
  readonly standsIn: boolean
}
/** From a sample up to another one. */
export type Stretch = { readonly from: number; readonly to: number }

/** Samples of a change-over: 20 ms. */
const FADE = 960
const CHUNK = RATE

/** The mix, second by second: 16 bit, mono. @param standIn when the broadcast stands in  @param total samples */
export async function* mixed(strands: readonly Strand[], standIn: readonly Stretch[], total: number): AsyncGenerator<Int16Array> {
  for (let from = 0; from < total; from += CHUNK) {
    const count = Math.min(CHUNK, total - from)
    const sum = new Float32Array(count)
    for (const { read, at, standsIn } of strands) {
      const samples = await read(from - at, count)
      for (let i = 0; i < count; i++) {
        const share = shareAt(standIn, from + i)
        sum[i] = (sum[i] ?? 0) + ((samples[i] ?? 0) / 32_768) * (standsIn ? share : 1 - share)
      }
    }
    yield Int16Array.from(sum, (x) => Math.round(soft(x) * 32_767))
  }
}

/** How much of the broadcast is heard: 0 to 1. */
export function shareAt(standIn: readonly Stretch[], at: number): number {
  let share = 0
  for (const { from, to } of standIn) {
    if (at < from - FADE / 2 || at > to + FADE / 2) continue
    share = Math.max(share, Math.min(1, (at - from) / FADE + 0.5, (to - at) / FADE + 0.5))
  }
  return share
}

/** Loud voices together are bent, not broken off. */
function soft(x: number): number {
  const loud = Math.abs(x)
  return loud < 0.8 ? x : Math.sign(x) * (0.8 + 0.2 * Math.tanh((loud - 0.8) / 0.2))
}
