// film-child.ts — plays the film into a pipe, again and again, a frame when its time has come. A process of its own, so that a busy
// bench never delays it; it ends with its parent.
//
// node film-child.ts FILM.y4m PIPE
import { constants, openSync, readFileSync, writeSync } from 'node:fs'
import { FILM, FRAME_BYTES } from './film.ts'

const [film = '', path = ''] = process.argv.slice(2)
const HEAD = Buffer.from('FRAME\n')
const bytes = readFileSync(film)
const first = bytes.indexOf(HEAD)
const step = HEAD.length + FRAME_BYTES
const frames = Math.floor((bytes.length - first) / step)
// Open to read as well, so that it stays whole while the box opens it, closes it and opens it again.
const pipe = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
const parent = process.ppid
const still = new Int32Array(new SharedArrayBuffer(4))
const pause = (ms: number) => void Atomics.wait(still, 0, 0, ms)
const isFull = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'EAGAIN'

function write(frame: Buffer): void {
  for (let at = 0; at < frame.length && process.ppid === parent; ) {
    try {
      at += writeSync(pipe, frame, at)
    } catch (error) {
      if (!isFull(error)) throw error
      pause(1)
    }
  }
}

let due = performance.now()
for (let n = 0; process.ppid === parent; n = (n + 1) % frames) {
  const from = first + n * step + HEAD.length
  write(bytes.subarray(from, from + FRAME_BYTES))
  due = Math.max(due + 1000 / FILM.fps, performance.now())
  pause(Math.max(1, due - performance.now()))
}
