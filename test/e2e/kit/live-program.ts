// live-program.ts — a broadcast as it would be live: pictures with the time burnt in, encoded by GStreamer, cut, signed, and served on loopback.
import { spawn } from 'node:child_process'
import { randomFillSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import { GdpReader } from '../../../src/broadcast/cutter/gdp.ts'
import { Origin } from '../../../src/broadcast/origin.ts'
import { Program, type Update } from '../../../src/broadcast/program.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import { kbps } from '../../../src/lib/unit.ts'
import { newIdentity } from '../../../src/room/identity.ts'
import { quietLog } from '../../fake/quiet.ts'
import { drawI420 } from './barcode.ts'

const [W, H, FPS] = [640, 360, 30]
const x264 = (kbps: number, fd: number): string =>
  `x264enc tune=zerolatency speed-preset=ultrafast threads=1 bframes=0 key-int-max=60 option-string=scenecut=0 bitrate=${kbps} ! video/x-h264,stream-format=byte-stream,alignment=au,profile=constrained-baseline ! gdppay ! fdsink fd=${fd} sync=false async=false`
const RAW = `fdsrc fd=0 blocksize=${(W * H * 3) / 2} ! rawvideoparse width=${W} height=${H} format=i420 framerate=${FPS}/1 !`
const PICTURE = `${RAW} ${x264(900, 3)}`
/** The same pictures twice: both encoders count the same frames. */
const PICTURES = `${RAW} tee name=both both. ! queue ! ${x264(900, 3)} both. ! queue ! videoscale method=bilinear2 ! video/x-raw,width=256,height=144 ! ${x264(100, 5)}`
const SOUND =
  'audiotestsrc is-live=true wave=sine freq=440 volume=0.1 samplesperbuffer=480 ! audio/x-raw,rate=48000,channels=2 ! avenc_aac bitrate=96000 ! aacparse ! audio/mpeg,stream-format=adts ! gdppay ! fdsink fd=4 sync=false async=false'

const PAGE = '<!doctype html><title>view</title><video muted playsinline></video><script src="/hls.js"></script>'

export type LiveProgram = {
  readonly url: string
  readonly playlist: string
  readonly origin: Origin
  readonly program: Program
  close(): void
}
export type LiveProgramOptions = {
  /** A smaller picture, `v3`, beside `v0`; and pictures that cost what they may. */
  readonly lower?: boolean
}

/** @param onUpdate hears every update, in order */
export async function liveProgram(
  onUpdate: (update: Update) => void = () => {},
  identity = newIdentity(),
  { lower = false }: LiveProgramOptions = {},
): Promise<LiveProgram> {
  const program = new Program({
    identity,
    rate: [FPS, 1],
    tracks: [
      { kind: 'video', track: 0, name: 'v0', form: 'annex b', bandwidth: 1_500_000 },
      { kind: 'audio', track: 1, name: 'sound', codec: 'aac', channels: 2, sampleRate: 48_000, delay: 1024, bandwidth: 110_000 },
      ...(lower ? ([{ kind: 'video', track: LOWER, name: 'v3', form: 'annex b', bandwidth: 150_000 }] as const) : []),
    ],
    before: null,
    now: () => Date.now(),
    wantKeyframe: () => {},
    log: quietLog().log,
  })
  const origin = new Origin({ program: program.id, limits: { egress: kbps(100_000), seats: 100 }, clock: systemClock, older: null })
  const publish = (updates: readonly Update[]): void => {
    for (const update of updates) {
      origin.update(update)
      onUpdate(update)
    }
  }
  const gst = spawn('gst-launch-1.0', ['-q', ...(lower ? PICTURES : PICTURE).split(' '), ...SOUND.split(' ')], {
    stdio: ['pipe', 'ignore', 'inherit', 'pipe', 'pipe', 'pipe'],
  })
  const stop = new AbortController()
  const [pictures, sounds] = [gst.stdio[3] as Readable, gst.stdio[4] as Readable]
  for (const [track, stream] of [pictures, sounds].entries()) {
    const reader = new GdpReader()
    stream.on('data', (bytes: Buffer) => {
      for (const frame of reader.take(bytes)) publish(program.take(track, frame))
    })
  }
  const reader = new GdpReader()
  const all: ReadonlyArray<unknown> = gst.stdio
  const smaller = all[5] as Readable
  smaller.on('data', (bytes: Buffer) => {
    for (const frame of reader.take(bytes)) publish(program.take(LOWER, frame))
  })
  // The pictures begin with the sound, so that both count from about the same moment.
  sounds.once('data', () => shoot(gst.stdin as Writable, stop.signal, lower))
  const server = createServer((request, response) => void serve(origin, request, response))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    playlist: `${url}/live/${program.id}/index.m3u8`,
    origin,
    program,
    close: () => {
      stop.abort()
      gst.kill('SIGKILL')
      server.closeAllConnections()
      server.close()
    },
  }
}

const LOWER = 10

/** 30 pictures a second, counted: a late one is made up for, none is left out. @param busy with noise in their lower part, which no encoder makes small */
function shoot(to: Writable, signal: AbortSignal, busy: boolean): void {
  to.on('error', () => {})
  const begun = performance.now()
  let made = 0
  const timer = setInterval(() => {
    for (const due = ((performance.now() - begun) * FPS) / 1000; made < due; made++) {
      const picture = Buffer.alloc((W * H * 3) / 2)
      drawI420(picture, W, H, Date.now(), [40, 90, 200])
      if (busy) randomFillSync(picture, W * (H - 60), W * 60)
      to.write(picture)
    }
  }, 4)
  signal.addEventListener('abort', () => clearInterval(timer))
}

async function serve(origin: Origin, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  const [path = '', query = ''] = (request.url ?? '').split('?')
  if (path === '/' || path === '/hls.js') {
    const body = path === '/' ? PAGE : readFileSync(new URL('../../../node_modules/hls.js/dist/hls.min.js', import.meta.url))
    response.setHeader('content-type', path === '/' ? 'text/html' : 'text/javascript')
    response.end(body)
    return
  }
  const answer = await origin.answer({ path, query, address: request.socket.remoteAddress ?? '', signal: gone.signal })
  if (response.destroyed) return
  response.writeHead(answer?.status ?? 404, answer?.headers)
  response.end(answer?.body)
}
