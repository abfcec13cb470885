// rtp.ts — what stands in an H.264 RTP packet (RFC 6184 sections 5.4 to 5.8), as far as tests ask.

/** The NAL unit types a packet carries or begins: 1 a slice, 5 a slice of a keyframe, 7 SPS, 8 PPS. A later piece of a cut one: none. */
export function nalTypes(packet: Buffer): number[] {
  const first = (packet[12] ?? 0) & 31
  if (first === 28) return ((packet[13] ?? 0) & 0x80) !== 0 ? [(packet[13] ?? 0) & 31] : []
  if (first !== 24) return [first]
  const types: number[] = []
  for (let at = 13; at + 2 < packet.length; at += 2 + packet.readUInt16BE(at)) types.push((packet[at + 2] ?? 0) & 31)
  return types
}

export const sequenceOf = (packet: Buffer): number => packet.readUInt16BE(2)
export const timeOf = (packet: Buffer): number => packet.readUInt32BE(4)
export const ssrcOf = (packet: Buffer): number => packet.readUInt32BE(8)
