// order.ts — which time a frame of the program gets: its own, while times go on; else one that does. Pure.
//
// When an input of the compositor begins, one frame now and then is given the time 0 (GStreamer 1.22), and one from a machine that stood still may come with
// a time ahead of its turn. What follows such a frame gets steps of half a frame, so that the true times catch up, soon, and nothing stays ahead of the sound.

/** @param own time of the frame, ns; null: it has none @param last that of the frame before, ns @param fps frames a second */
export function timeInOrder(own: bigint | null, last: bigint, fps: number): bigint {
  return own !== null && own > last ? own : last + BigInt(Math.round(1e9 / fps / 2))
}
