// devices.ts — a sound card made of a pipe and a socket, with a room between its loudspeaker and its microphone.
//
// Forked by room.ts, so that nothing else disturbs its clock. The loudspeaker has a buffer
// like the one that is asked of ALSA: 5 ms of it are the pipe (F64LE in stereo: 3,840 bytes, the pipe is cut to a page),
// so that the worker feels it fill as it would feel a real device, in periods of 5 ms. The microphone sends a datagram of 10 ms, by a clock
// that differs by `drift`. Both keep everything that went through them.

import { createSocket } from 'node:dgram'
import { constants, openSync, readSync, writeFileSync } from 'node:fs'
import { type Acoustics, Ear, RATE } from './acoustics.ts'
import { bytesOf } from './opus.ts'

export type DeviceOrder = {
  readonly fifo: string
  readonly port: number
  readonly acoustics: Acoustics
  readonly seed: number
  /** What is said in the room, and from which sample of the microphone on; it may come more than once. */
  readonly near: Float32Array | null
  readonly nearAt: readonly number[]
  /** No echo at all: for measuring delay. */
  readonly deaf: boolean
  readonly base: string
}
/** Both began at `began`, ms of the machine's monotonic clock. */
export type DeviceReport = { readonly began: number; readonly starved: number; readonly latestTick: number }

const FRAME = 480
/** A sample in the pipe: twice eight bytes. */
const PAIR = 16
/** The loudspeaker's buffer without the pipe: 7 ms. */
const RING = 336
/** Longest room, minutes. */
const MINUTES = 2
export const machineNow = (): number => Number(process.hrtime.bigint()) / 1e6

function work(order: DeviceOrder): void {
  const fifo = openSync(order.fifo, constants.O_RDONLY | constants.O_NONBLOCK)
  const socket = createSocket('udp4')
  const ear = new Ear(order.acoustics, order.seed)
  const played = new Float32Array(MINUTES * 60 * RATE)
  const heard = new Float32Array(MINUTES * 60 * RATE)
  const piece = Buffer.alloc(RING * PAIR)
  const ring: number[] = []
  const words = new Int16Array(FRAME)
  const began = machineNow()
  const wait = new Int32Array(new SharedArrayBuffer(4))
  let [playedTo, heardTo, starved, lastTick, latestTick, live, left] = [0, 0, 0, began, 0, false, Buffer.alloc(0)]

  const fill = (): void => {
    while (ring.length < RING) {
      let got = 0
      try {
        got = readSync(fifo, piece, 0, (RING - ring.length) * PAIR, null)
      } catch {
        return
      }
      if (got === 0) return
      live = true
      const bytes = Buffer.concat([left, piece.subarray(0, got)])
      const whole = bytes.length - (bytes.length % PAIR)
      for (let at = 0; at < whole; at += PAIR) ring.push(bytes.readDoubleLE(at))
      left = bytes.subarray(whole)
    }
  }
  const play = (to: number): void => {
    while (playedTo < to) {
      fill()
      // The writer is another process: when this tick came late it needs a moment to refill what we took.
      for (let again = 0; live && ring.length === 0 && again < 5; again++) {
        Atomics.wait(wait, 0, 0, 0.4)
        fill()
      }
      if (ring.length === 0) {
        if (live) starved += to - playedTo
        playedTo = to
        return
      }
      const count = Math.min(ring.length, to - playedTo)
      played.set(ring.splice(0, count), playedTo)
      playedTo += count
    }
    fill()
  }
  const say = (m: number): number => {
    let sum = order.deaf ? 0 : ear.hear(played, m)
    if (order.near) for (const at of order.nearAt) if (m >= at && m < at + order.near.length) sum += order.near[m - at] ?? 0
    return sum
  }
  const listen = (to: number): void => {
    for (; heardTo + FRAME <= to; heardTo += FRAME) {
      for (let i = 0; i < FRAME; i++) {
        const x = say(heardTo + i)
        heard[heardTo + i] = x
        words[i] = Math.round(Math.max(-1, Math.min(0.99997, x)) * 32768)
      }
      socket.send(Buffer.from(words.buffer.slice(0)), order.port, '127.0.0.1')
    }
  }
  const timer = setInterval(() => {
    const now = machineNow()
    latestTick = Math.max(latestTick, now - lastTick)
    lastTick = now
    const time = (now - began) / 1000
    play(Math.floor(time * RATE))
    listen(Math.floor(time * RATE * (1 + order.acoustics.drift * 1e-6)))
  }, 1)
  process.once('message', () => {
    clearInterval(timer)
    writeFileSync(`${order.base}-played.f32`, bytesOf(played.subarray(0, playedTo)))
    writeFileSync(`${order.base}-heard.f32`, bytesOf(heard.subarray(0, heardTo)))
    process.send?.({ began, starved, latestTick } satisfies DeviceReport, () => process.exit(0))
  })
  process.on('disconnect', () => process.exit(0))
  process.send?.({ began, starved, latestTick } satisfies DeviceReport)
}

if (process.send) process.once('message', (order: DeviceOrder) => work(order))
