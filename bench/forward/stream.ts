// stream.ts — RTP of a camera and a microphone without either. Pictures: packets of 1200 bytes, let out every 5 ms as a browser's
// pacer does. Sound: 80 bytes every 20 ms.
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

export const LENGTH = 1200
const TICK = 5 // ms
const FRAMES = 30 // per second
/** One frame of so many is a keyframe: whoever fell behind goes on with it. */
const KEYFRAMES = 30
const SOUND = { perSecond: 50, length: 12 + 80, payloadType: 111, ssrc: 8 }
const PICTURE = { length: LENGTH, payloadType: 96, ssrc: 7 }

/** Gives packets of pictures at `bits` per second until the signal comes. Each is a Buffer of its own. */
export function pictures(bits: number, give: (rtp: Buffer) => void, signal: AbortSignal): Promise<void> {
  const perSecond = bits / 8 / LENGTH
  const perFrame = Math.max(1, Math.round(perSecond / FRAMES))
  return stream(perSecond, signal, (i) => {
    const frame = Math.floor(i / perFrame)
    const [isFirst, isLast] = [i % perFrame === 0, i % perFrame === perFrame - 1]
    give(packet({ ...PICTURE, i, isKey: isFirst && frame % KEYFRAMES === 0, isLast, timestamp: frame * (90_000 / FRAMES) }))
  })
}

/** Gives fifty packets of sound a second until the signal comes. */
export const sounds = (give: (rtp: Buffer) => void, signal: AbortSignal): Promise<void> =>
  stream(SOUND.perSecond, signal, (i) => give(packet({ ...SOUND, i, isKey: false, isLast: false, timestamp: i * 960 })))

async function stream(perSecond: number, signal: AbortSignal, give: (i: number) => void): Promise<void> {
  const start = performance.now()
  for (let sent = 0; !signal.aborted; ) {
    const due = ((performance.now() - start) / 1000) * perSecond
    for (; sent < due; sent++) give(sent)
    await sleep(TICK)
  }
}

type Made = { length: number; payloadType: number; ssrc: number; i: number; isKey: boolean; isLast: boolean; timestamp: number }

function packet({ length, payloadType, ssrc, i, isKey, isLast, timestamp }: Made): Buffer {
  const rtp = randomBytes(length)
  rtp.writeUInt8(0x80, 0)
  rtp.writeUInt8((isLast ? 0x80 : 0) | payloadType, 1)
  rtp.writeUInt16BE(i & 0xffff, 2)
  rtp.writeUInt32BE(timestamp >>> 0, 4)
  rtp.writeUInt32BE(ssrc, 8)
  rtp.writeUInt8(isKey ? 0x67 : 0x41, 12) // H.264: what a keyframe begins with, or a part of another picture
  return rtp
}
