// stream.ts — RTP of a camera and a microphone without either. Pictures: 30 a second in packets of 1200 bytes. Sound: 80 bytes every 20 ms.
//
// A picture leaves as Chromium lets it out where there is room: all its packets one right behind the other (seen on loopback, Chromium 156, 640x360
// at 2.5 Mb/s: 11.7 packets a picture, from the first to the last 0.5 ms, in nine of ten pictures less than 1.2 ms). `evenly` spreads
// them over the time until the next picture: what is left of pictures where a narrow line has drawn them out.
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

export const LENGTH = 1200
const TICK = 5 // ms
const FRAMES = 30 // per second
/** One frame of so many is a keyframe: whoever fell behind goes on with it. */
const KEYFRAMES = 30
const SOUND = { perSecond: 50, length: 12 + 80, payloadType: 111, ssrc: 8 }
const PICTURE = { length: LENGTH, payloadType: 96, ssrc: 7 }

export type Shape = 'pictures' | 'evenly'

/** Gives packets of pictures at `bits` per second until the signal comes. Each is a Buffer of its own. */
export function pictures(bits: number, give: (rtp: Buffer) => void, signal: AbortSignal, shape: Shape = 'pictures'): Promise<void> {
  const perSecond = bits / 8 / LENGTH
  const perFrame = Math.max(1, Math.round(perSecond / FRAMES))
  const each = (i: number) => {
    const frame = Math.floor(i / perFrame)
    const [isFirst, isLast] = [i % perFrame === 0, i % perFrame === perFrame - 1]
    give(packet({ ...PICTURE, i, isKey: isFirst && frame % KEYFRAMES === 0, isLast, timestamp: frame * (90_000 / FRAMES) }))
  }
  return stream(perSecond, shape === 'pictures' ? perFrame : 1, signal, each)
}

/** Gives fifty packets of sound a second until the signal comes. */
export const sounds = (give: (rtp: Buffer) => void, signal: AbortSignal): Promise<void> =>
  stream(SOUND.perSecond, 1, signal, (i) => give(packet({ ...SOUND, i, isKey: false, isLast: false, timestamp: i * 960 })))

/** Gives so many together, when the last of them is due. */
async function stream(perSecond: number, together: number, signal: AbortSignal, give: (i: number) => void): Promise<void> {
  const start = performance.now()
  for (let sent = 0; !signal.aborted; ) {
    const due = Math.floor(((performance.now() - start) / 1000) * perSecond)
    for (const end = due - (due % together); sent < end; sent++) {
      give(sent)
      // A browser hands them to the system one by one: what is collected within one turn has gone before the next one is made.
      await null
    }
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
