// key.ts — does a picture begin anew with this packet? H.264 in RTP (RFC 6184), of our own workers: a plain header of 12 bytes.

const HEADER = 12

/** Parameter sets or an IDR slice: alone, together (STAP-A), or the first piece of one (FU-A). */
export function beginsAnew(packet: Buffer): boolean {
  if (packet.length < HEADER + 2) return false
  const kind = packet.readUInt8(HEADER) & 31
  if (kind === 24) return packet.length > HEADER + 3 && isKey(packet.readUInt8(HEADER + 3) & 31)
  if (kind === 28) return (packet.readUInt8(HEADER + 1) & 0x80) !== 0 && isKey(packet.readUInt8(HEADER + 1) & 31)
  return isKey(kind)
}

const isKey = (unit: number): boolean => unit === 5 || unit === 7 || unit === 8
