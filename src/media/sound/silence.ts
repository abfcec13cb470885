// silence.ts — what is sent in place of a voice that was just muted: the same packets with nothing in them.
//
// A receiver that suddenly gets nothing takes it for loss, and goes on playing what it heard last for some 400 ms (measured in
// Chromium). Given silence it is silent with the next packet. The header is the worker's, not one byte of its sound is.

/** An Opus frame of 10 ms in which nothing sounds: CELT, full band, mono (RFC 6716: configuration 30, then the silence flag). */
const NOTHING = Uint8Array.of(0xf0, 0xff, 0xfe)

/** Empties an RTP packet of Opus; null when it is none. A new packet: the old one may still lie in a buffer of somebody. */
export function emptied(packet: Buffer): Buffer | null {
  if (packet.length < 12) return null
  const out = Buffer.alloc(12 + NOTHING.length)
  packet.copy(out, 0, 0, 12)
  // Version 2, no padding, no extension, no contributing sources: nothing else of the worker's packet comes along.
  out[0] = 0x80
  out.set(NOTHING, 12)
  return out
}
