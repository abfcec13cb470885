// dice.ts — numbers that look random and are the same in every run (mulberry32).

/** 32 bits, without a sign. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (t ^ (t >>> 14)) >>> 0
  }
}

/** Whole numbers from 0, each below what is asked. */
export function dice(seed: number): (below: number) => number {
  const next = numbers(seed)
  return (below) => next() % below
}

/** From 0 to 1. */
export function chances(seed: number): () => number {
  const next = numbers(seed)
  return () => next() / 2 ** 32
}

/** From -1 to 1, as samples of noise. */
export function noiseFrom(seed: number): () => number {
  const next = numbers(seed)
  return () => next() / 2 ** 31 - 1
}
