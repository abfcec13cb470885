// fifo.ts — named pipes between the box's pipelines and a test: a camera that the test draws, a TV and a loudspeaker that
// the test reads.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { constants, openSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { barcode } from './barcode.ts'
import { temporaryFolder } from './folder.ts'
import { mono } from './tone.ts'

function fifo(name: string): string {
  const path = join(temporaryFolder(name), name)
  execFileSync('mkfifo', [path])
  return path
}

/** Reads a FIFO for ever, also across the deaths of its writers. Nothing is lost and nobody waits for us. */
function drain(path: string, onBytes: (bytes: Buffer, at: number) => void): Socket {
  const socket = new Socket({ fd: openSync(path, constants.O_RDWR | constants.O_NONBLOCK), readable: true, writable: false })
  socket.on('data', (bytes: Buffer) => onBytes(bytes, Date.now()))
  return socket
}

/** The box's camera, drawn by us: pictures of 640x360 with the barcode and a band of one colour. */
export class BarcodeCamera implements Disposable {
  /** For the setting camera.source. */
  readonly source: string
  readonly #child: ChildProcess

  constructor(rgb: readonly [number, number, number]) {
    const path = fifo('camera')
    this.source = `launch:filesrc location=${path} blocksize=345600 do-timestamp=true ! rawvideoparse format=i420 width=640 height=360 framerate=30/1`
    this.#child = spawn(process.execPath, [join(import.meta.dirname, 'camera-child.ts'), path, '640', '360', rgb.join(',')], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL')
  }
}

/** A picture that the TV showed: the barcode's time in each watched place (null: none readable there), and when it came. */
export type TvFrame = { readonly at: number; readonly light: (x: number, y: number) => number }

/** What stands before each picture as pnmenc writes it. */
const HEAD = Buffer.from('P5\n640 360\n255\n')

/** The box's TV, read by us: every picture, scaled to 640x360 grey, as it comes. */
export class BarcodeTv implements Disposable {
  static readonly width = 640
  static readonly height = 360
  /** For the setting tv.output. */
  readonly output: string
  readonly #socket: Socket
  #onFrame: (frame: TvFrame) => void = () => {}
  #rest: Buffer = Buffer.alloc(0)

  constructor() {
    const { width, height } = BarcodeTv
    const path = fifo('tv')
    this.output = `launch:videoscale method=0 ! video/x-raw,width=${width},height=${height} ! videoconvert ! video/x-raw,format=GRAY8 ! pnmenc ! filesink location=${path} sync=false async=false buffer-mode=unbuffered`
    this.#socket = drain(path, (bytes, at) => this.#take(bytes, at))
  }

  /** Calls back with every picture from now on. */
  watch(onFrame: (frame: TvFrame) => void): void {
    this.#onFrame = onFrame
  }

  #take(bytes: Buffer, at: number): void {
    const { width, height } = BarcodeTv
    this.#rest = Buffer.concat([this.#rest, bytes])
    for (;;) {
      // Half a picture and then a new one: the screen was killed in the middle.
      const start = this.#rest.indexOf(HEAD)
      if (start < 0) return
      const from = start + HEAD.length
      const next = this.#rest.indexOf(HEAD, from)
      const whole = from + width * height
      if (next >= 0 && next < whole) {
        this.#rest = this.#rest.subarray(next)
        continue
      }
      if (this.#rest.length < whole) return
      const picture = this.#rest.subarray(from, whole)
      this.#rest = this.#rest.subarray(whole)
      this.#onFrame({ at, light: (x, y) => picture[Math.floor(y * height) * width + Math.floor(x * width)] ?? 0 })
    }
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }
}

/** Reads a barcode inside a rectangle of a picture; the rectangle in shares of the picture. */
export function readIn(frame: TvFrame, [left, top, width, height]: readonly [number, number, number, number]): number | null {
  return barcode.read((x, y) => frame.light(left + x * width, top + y * height))
}

/** The box's loudspeaker, heard by us: what comes out after the mixer, the last few seconds of it. */
export class Loudspeaker implements Disposable {
  static readonly rate = 48_000
  /** For the setting sound.speaker. */
  readonly sink: string
  readonly #socket: Socket
  #pieces: Buffer[] = []
  #bytes = 0
  #onSound: (samples: Float32Array, at: number) => void = () => {}

  constructor() {
    const path = fifo('speaker')
    this.sink = `launch:audioconvert ! audioresample ! audio/x-raw,format=S16LE,rate=48000,channels=2 ! filesink location=${path} sync=false async=false buffer-mode=unbuffered`
    this.#socket = drain(path, (bytes, at) => this.#take(bytes, at))
  }

  watch(onSound: (samples: Float32Array, at: number) => void): void {
    this.#onSound = onSound
  }

  /** The newest stretch of sound, one channel. Shorter than asked when less has been heard. */
  last(ms: number): Float32Array {
    const all = mono(Buffer.concat(this.#pieces), 2)
    return all.subarray(Math.max(0, all.length - Math.round((ms * Loudspeaker.rate) / 1000)))
  }

  #take(bytes: Buffer, at: number): void {
    this.#pieces.push(bytes)
    this.#bytes += bytes.length
    while (this.#bytes > 4 * 4 * Loudspeaker.rate) this.#bytes -= this.#pieces.shift()?.length ?? 0
    this.#onSound(mono(bytes, 2), at)
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }
}
