// taking.ts — what a program's feed gives, kept with its times and decoded by ffmpeg, for tests.
import { spawn } from 'node:child_process'
import { GdpReader } from '../../src/broadcast/cutter/gdp.ts'
import type { ProgramFeed, ProgramStream, ProgramTrack } from '../../src/media/program.ts'

/** `at`: the machine's clock, ms. */
export type Taken = { readonly at: number; readonly bytes: Uint8Array }
type Row = { readonly stream: ProgramStream; readonly reader: GdpReader; readonly frames: Taken[] }
/** Sounds and pictures with the machine's time of the first sample, and of each picture. */
export type Heard = { readonly from: number; readonly samples: Float32Array }
export type Seen = { readonly times: readonly number[]; readonly rgb: (picture: number, x: number, y: number) => readonly number[] }

export class Taking {
  readonly rows: Row[] = []
  lost: ProgramTrack[] = []
  bytes = 0

  constructor(feed: ProgramFeed) {
    feed.on('began', (stream) => this.rows.push({ stream, reader: new GdpReader(), frames: [] }))
    feed.on('lost', (track) => this.lost.push(track))
    feed.on('coded', (track, bytes) => {
      const row = this.#last(track)
      if (!row) throw new Error(`bytes of ${track} before it began`)
      this.bytes += bytes.length
      for (const frame of row.reader.take(bytes)) row.frames.push({ at: (row.stream.zero + frame.pts) / 1e6, bytes: frame.bytes })
    })
  }

  forget(): void {
    this.rows.length = 0
    this.lost = []
  }

  /** The frames of the stream that runs now. */
  now(track: ProgramTrack): readonly Taken[] {
    return this.#last(track)?.frames ?? []
  }

  /** Everybody's sound of the stream that runs now. */
  async sound(): Promise<Heard> {
    const frames = [...this.now('audio')]
    const out = await ffmpeg(['-f', 'aac', '-i', 'pipe:0', '-f', 'f32le', '-ac', '1'], frames)
    if (out.length !== frames.length * 4096) throw new Error(`${frames.length} packets were ${out.length / 4096} when decoded`)
    return { from: frames[0]?.at ?? 0, samples: new Float32Array(out.buffer, out.byteOffset, out.length / 4) }
  }

  /** All pictures of the stream that runs now, made as small as said. */
  async pictures(width: number, height: number): Promise<Seen> {
    const frames = [...this.now('video')]
    const scale = ['-vf', `scale=${width}:${height}:flags=area`, '-pix_fmt', 'rgb24', '-f', 'rawvideo', '-fps_mode', 'passthrough']
    const out = await ffmpeg(['-f', 'h264', '-probesize', '32', '-i', 'pipe:0', ...scale], frames)
    const size = width * height * 3
    if (out.length !== frames.length * size) throw new Error(`${frames.length} frames were ${out.length / size} when decoded`)
    const rgb = (picture: number, x: number, y: number) => {
      const at = picture * size + (Math.floor(y * height) * width + Math.floor(x * width)) * 3
      return [...out.subarray(at, at + 3)]
    }
    return { times: frames.map(({ at }) => at), rgb }
  }

  #last(track: ProgramTrack): Row | undefined {
    return this.rows.findLast(({ stream }) => stream.track === track)
  }
}

/** What ffmpeg makes of coded frames, one behind the other. */
export function ffmpeg(args: readonly string[], frames: ReadonlyArray<{ readonly bytes: Uint8Array }>): Promise<Buffer> {
  const child = spawn('ffmpeg', ['-v', 'error', ...args, 'pipe:1'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const out: Buffer[] = []
  child.stdout.on('data', (bytes: Buffer) => out.push(bytes))
  child.stdin.on('error', () => {})
  child.stdin.end(Buffer.concat(frames.map(({ bytes }) => bytes)))
  return new Promise((done, fail) => {
    child.on('error', fail)
    child.on('close', () => done(Buffer.concat(out)))
  })
}
