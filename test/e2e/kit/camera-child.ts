// camera-child.ts — the barcode camera of the box: writes raw I420 pictures with the time of their making into a FIFO, 30 a
// second, for whoever reads there. A process of its own, so that a busy test never delays it; it ends with its parent.
//
// node camera-child.ts FIFO WIDTH HEIGHT R,G,B
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { drawI420 } from './barcode.ts'

const [fifo = '', width = 640, height = 360, colour = '255,255,255'] = process.argv.slice(2)
const [w, h] = [Number(width), Number(height)]
const [r = 0, g = 0, b = 0] = colour.split(',').map(Number)
const picture = Buffer.alloc((w * h * 3) / 2)
const parent = process.ppid
const still = new Int32Array(new SharedArrayBuffer(4))
const pause = (ms: number) => void Atomics.wait(still, 0, 0, ms)
const isCode = (error: unknown, code: string) => error instanceof Error && 'code' in error && error.code === code

/** Opens the FIFO; null while nobody reads it. */
function open(): number | null {
  try {
    return openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK)
  } catch (error) {
    if (isCode(error, 'ENXIO')) return null
    throw error
  }
}

/**
 * Writes one picture whole; false when the reader has gone. GStreamer opens its source, closes it and opens it again, and reads only then:
 * who closed the FIFO at once would be the end of the film for the second one.
 */
function write(file: number): boolean {
  let at = 0
  let read = performance.now()
  while (at < picture.length) {
    try {
      at += writeSync(file, picture, at)
      read = performance.now()
    } catch (error) {
      if (isCode(error, 'EPIPE')) {
        if (performance.now() - read > 100) return false
      } else if (isCode(error, 'EAGAIN')) read = performance.now()
      else throw error
      if (process.ppid !== parent) process.exit(0)
      pause(1)
    }
  }
  return true
}

let file: number | null = null
let due = performance.now()
while (process.ppid === parent) {
  file ??= open()
  due = Math.max(due + 1000 / 30, performance.now())
  if (file !== null) {
    drawI420(picture, w, h, Date.now(), [r, g, b])
    if (!write(file)) {
      closeSync(file)
      file = null
    }
  }
  pause(Math.max(1, due - performance.now()))
}
