// film.ts — programs out of real encoders into a store, and films out of it, for tests: the picture flashes in each second while the sound beeps.
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { openFilm } from '../../../src/broadcast/store/film.ts'
import type { Piece } from '../../../src/broadcast/store/mark.ts'
import { openStore, type Store } from '../../../src/broadcast/store/store.ts'
import { quietLog } from '../../fake/quiet.ts'
import { coded } from './coded.ts'
import { MemoryFolder } from './folder.ts'
import { making } from './making.ts'

const run = promisify(execFile)
/** Size and rate of the pictures. */
export const [W, H, FPS] = [160, 96, 30]

/** Frames of so many seconds: three bright ones from 0.5 s of each second on. Another size has other parameter sets. */
export function pictures(folder: string, seconds: number, width = W, height = H) {
  const dark = Buffer.alloc((W * H * 3) / 2, 128).fill(30, 0, W * H)
  const light = Buffer.alloc((W * H * 3) / 2, 128).fill(230, 0, W * H)
  const file = join(folder, `picture-${seconds}.i420`)
  writeFileSync(file, Buffer.concat(Array.from({ length: seconds * FPS }, (_, i) => (i % FPS >= 15 && i % FPS < 18 ? light : dark))))
  return coded(
    `filesrc location=${file} ! rawvideoparse width=${W} height=${H} format=i420 framerate=${FPS}/1 ! videoscale ! video/x-raw,width=${width},height=${height} ! x264enc tune=zerolatency speed-preset=ultrafast bframes=0 key-int-max=60 option-string=scenecut=0 ! video/x-h264,stream-format=byte-stream,alignment=au,profile=constrained-baseline`,
  )
}

const FFMPEG_AAC = 'avenc_aac bitrate=96000 ! aacparse ! audio/mpeg,stream-format=adts'

/** A beep from 0.5 to 0.6 s of each second, in stereo. @param encoder as in a launch line */
export function beeps(folder: string, seconds: number, encoder = FFMPEG_AAC) {
  const sound = Buffer.alloc(seconds * 48_000 * 4)
  for (let i = 0; i < seconds * 48_000; i++) {
    const isBeep = i % 48_000 >= 24_000 && i % 48_000 < 28_800
    const value = isBeep ? Math.round(12_000 * Math.sin((2 * Math.PI * 1000 * i) / 48_000)) : 0
    sound.writeInt16LE(value, i * 4)
    sound.writeInt16LE(value, i * 4 + 2)
  }
  const file = join(folder, `sound-${seconds}.pcm`)
  writeFileSync(file, sound)
  return coded(
    `filesrc location=${file} blocksize=3840 ! rawaudioparse format=pcm pcm-format=s16le sample-rate=48000 num-channels=2 ! audioconvert ! ${encoder}`,
  )
}

/** A store with small reels, and a program that goes into it. */
export async function recording(limit = 1e9) {
  const folder = new MemoryFolder()
  const quiet = quietLog()
  const made = making({
    tracks: [
      { kind: 'video', track: 0, name: 'v0', form: 'annex b', bandwidth: 500_000 },
      { kind: 'audio', track: 1, name: 'sound', codec: 'aac', channels: 2, sampleRate: 48_000, delay: 1024, bandwidth: 96_000 },
    ],
  })
  const { log } = quiet
  const store = await openStore({ folder, program: made.program.id, limit, reel: 100_000, onStopped: () => {}, log })
  return { ...made, ...quiet, store, folder }
}

export async function filmOf(store: Store, piece: Piece | null = null, log = quietLog().log) {
  const film = await openFilm(store, store.runs[0]?.run ?? 0, piece, log)
  if (!film) return null
  const pieces: Uint8Array[] = []
  for await (const bytes of film.bytes) pieces.push(bytes)
  return { ...film, pieces, whole: Buffer.concat(pieces) }
}

/** Everything in a file decoded, with whatever the decoder has to say about it. */
export async function decoded(file: string, args: readonly string[]): Promise<{ raw: Buffer; said: string }> {
  const { stdout, stderr } = await run('ffmpeg', ['-v', 'warning', '-i', file, ...args, '-'], {
    ...{ maxBuffer: 512 * 1024 * 1024, encoding: 'buffer' as const },
  })
  return { raw: stdout, said: stderr.toString() }
}
/** When each flash begins, s, by the frames' own times. */
export async function flashes(file: string, from = 0): Promise<number[]> {
  const { raw } = await decoded(file, [
    ...(from > 0 ? ['-ss', String(from)] : []),
    '-vf',
    'scale=1:1',
    '-r',
    String(FPS),
    '-pix_fmt',
    'gray',
    '-f',
    'rawvideo',
  ])
  const bright = [...raw].map((value) => value > 128)
  return bright.flatMap((is, i) => (is && !bright[i - 1] ? [i / FPS] : []))
}
/** When each beep begins, s, as a player that knows nothing but the count of samples hears it. */
export async function heard(file: string): Promise<number[]> {
  const { raw } = await decoded(file, ['-ac', '1', '-f', 's16le'])
  const found: number[] = []
  let last = -1
  for (let i = 0; i < raw.length / 2; i++) {
    if (Math.abs(raw.readInt16LE(i * 2)) < 3000) continue
    if (last < 0 || i - last > 4800) found.push(i / 48_000)
    last = i
  }
  return found
}
export async function probe(file: string, ...entries: string[]): Promise<unknown> {
  const { stdout } = await run('ffprobe', ['-v', 'error', '-of', 'json', '-show_entries', entries.join(':'), file], {
    maxBuffer: 64 * 1024 * 1024,
  })
  return JSON.parse(stdout)
}
