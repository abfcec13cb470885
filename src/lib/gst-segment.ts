// gst-segment.ts — where time begins in a stream of GStreamer's, as its segment event says it in words. Pure.
//
// x264enc begins at 1000 hours, others at 0: only with this, times of two streams can be compared.

/** Running time is a frame's time, less this (GstSegment: start - base), ns; null: this is no such event. */
export function segmentZero(event: string): bigint | null {
  if (!event.startsWith('GstEventSegment,')) return null
  const field = (name: string) => new RegExp(`\\b${name}=\\(guint64\\)(\\d{1,20})[,;]`).exec(event)?.[1]
  const [start, base] = [field('start'), field('base')]
  return start === undefined || base === undefined ? null : BigInt(start) - BigInt(base)
}
