// conference.ts — a conference made up of people who never were: each with a picture whose every frame says its number, a voice, and a clock of their own.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Frame } from '../../../src/broadcast/cutter/gdp.ts'
import { Own, secretOfOwn } from '../../../src/broadcast/own/own.ts'
import { Program, type Update } from '../../../src/broadcast/program.ts'
import { parcelOf } from '../../../src/broadcast/remix/parcel.ts'
import { type Identity, identityFrom } from '../../../src/room/identity.ts'
import { quietLog } from '../../fake/quiet.ts'
import { coded } from './coded.ts'
import { ann, NOW } from './making.ts'
import { Camera, voice as voicePacket } from './packets.ts'

export const [W, H, FPS, RATE] = [160, 96, 30, 48_000]
/** Bars of a picture: the number of the frame, the lowest bit at the left. */
export const BARS = 16
/** The frame that a row of grey values says. */
export const numberIn = (row: readonly number[]): number =>
  Array.from({ length: BARS }, (_, bar) => (row[Math.floor(((bar + 0.5) * row.length) / BARS)] ?? 0) > 128).reduce(
    (sum, is, bar) => sum + (is ? 2 ** bar : 0),
    0,
  )

export function noise(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 31 - 1
  }
}

/** A buzz whose pitch wanders, in syllables, with pauses. 16 bit, mono, 48 kHz. */
export function voice(seed: number, seconds: number): Int16Array {
  const random = noise(seed * 7919)
  let [phase, pitch, loud, breath] = [0, 120, 0, 0.5]
  return Int16Array.from({ length: seconds * RATE }, (_, i) => {
    if (i % 7200 === 0) {
      pitch = 90 + 60 * (random() + 1)
      loud = random() > -0.2 ? 4000 + 3000 * random() : 0
      breath = 0.3 + 0.2 * (random() + 1)
    }
    phase += pitch / RATE
    return Math.round(loud * (((phase % 1) * 2 - 1) * (1 - breath) + breath * random()))
  })
}

/** Coded pictures, each with its number in bars. */
export function bars(folder: string, seconds: number, name: string): Promise<Frame[]> {
  const frames = Array.from({ length: seconds * FPS }, (_, index) => {
    const picture = Buffer.alloc((W * H * 3) / 2, 128)
    for (let y = 0; y < H; y++) for (let x = 0; x < W; x++) picture[y * W + x] = (index >> Math.floor((x * BARS) / W)) & 1 ? 225 : 25
    return picture
  })
  const file = join(folder, `${name}.i420`)
  writeFileSync(file, Buffer.concat(frames))
  return coded(
    `filesrc location=${file} ! rawvideoparse width=${W} height=${H} format=i420 framerate=${FPS}/1 ! x264enc tune=zerolatency speed-preset=ultrafast bframes=0 key-int-max=60 pass=qual quantizer=16 option-string=scenecut=0 ! video/x-h264,stream-format=byte-stream,alignment=au,profile=constrained-baseline`,
  )
}

async function sound(folder: string, name: string, pcm: Int16Array, coder: string): Promise<Frame[]> {
  const file = join(folder, `${name}.pcm`)
  writeFileSync(file, new Uint8Array(pcm.buffer))
  return coded(
    `filesrc location=${file} blocksize=3840 ! rawaudioparse format=pcm pcm-format=s16le sample-rate=${RATE} num-channels=1 ! audioconvert ! ${coder}`,
  )
}
const opusOf = (folder: string, name: string, pcm: Int16Array) =>
  sound(folder, name, pcm, 'opusenc frame-size=10 audio-type=voice bitrate=40000')
const aacOf = (folder: string, name: string, pcm: Int16Array) =>
  sound(folder, name, pcm, 'avenc_aac bitrate=96000 ! aacparse ! audio/mpeg,stream-format=adts')

export async function bytesOf(updates: readonly Update[], is: 'own' | 'broadcast', name: string, identity: Identity): Promise<Buffer> {
  const objects = new Map(updates.flatMap((update) => update.objects.map(({ promise, bytes }) => [promise.name, bytes] as const)))
  async function* told() {
    for (const { signed, entry } of updates)
      yield { signed, entry, read: async ({ name: object }: { name: string }) => objects.get(object as never) ?? null }
  }
  const run = updates[0]?.entry.run ?? 0
  const marks = is === 'broadcast' ? [{ is: 'begin' as const, at: NOW + 3000 }] : []
  const chat = is === 'broadcast' ? [{ at: NOW + 5000, name: 'Dora', text: 'Can you hear me?' }] : []
  const pieces: Uint8Array[] = []
  for await (const piece of parcelOf({ told }, { is, name, run, marks, chat }, identity)) pieces.push(piece)
  return Buffer.concat(pieces)
}

export type Person = {
  readonly name: string
  readonly seed: number /** ms that the clock is ahead of the true time. */
  readonly ahead: number /** ms that the camera's frames lie later. */
  readonly phase: number
}

/** What the box of a person keeps: all of the time but what `away` says (s). */
export async function ownTracks(
  folder: string,
  person: Person,
  seconds: number,
  away: (at: number) => boolean = () => false,
): Promise<Buffer> {
  const { name, seed, ahead, phase } = person
  const identity = identityFrom(secretOfOwn(new Uint8Array(32).fill(seed)))
  const [pictures, voices] = [await bars(folder, seconds, `p${seed}`), await opusOf(folder, `p${seed}`, voice(seed, seconds))]
  const world = { now: NOW }
  const own = new Own({ identity, before: null, fps: FPS, now: () => world.now, wantKeyframe: () => {} })
  const camera = new Camera()
  const updates: Update[] = []
  const events = [
    ...pictures.map(({ bytes }, i) => ({
      at: (i * 1000) / FPS + phase,
      packets: camera.packets(bytes, i * 3000),
      act: (packet: Buffer) => own.camera(packet),
    })),
    ...voices.map(({ bytes }, i) => ({
      at: i * 10,
      packets: [voicePacket(bytes, i, i * 480)],
      act: (packet: Buffer) => own.microphone(packet),
    })),
  ].sort((a, b) => a.at - b.at)
  for (const { at, packets, act } of events) {
    world.now = NOW + at + ahead
    if (!away(at / 1000)) updates.push(...packets.flatMap(act))
  }
  return bytesOf([...updates, ...own.end()], 'own', name, identity)
}

/** What the recording box sent out: all voices, of those of others a fifth lost in pieces of 20 ms; and a picture that shows the loss. */
export async function broadcast(folder: string, people: readonly Person[], seconds: number): Promise<Buffer> {
  const random = noise(4711)
  const mix = new Float32Array(seconds * RATE)
  for (const [who, { seed }] of people.entries()) {
    let lost = false
    for (const [i, sample] of voice(seed, seconds).entries()) {
      if (i % 960 === 0) lost = who > 0 && random() > 0.6
      mix[i] = (mix[i] ?? 0) + (lost ? 0 : sample)
    }
  }
  const [pictures, sounds] = [
    await bars(folder, seconds, 'broadcast'),
    await aacOf(
      folder,
      'broadcast',
      Int16Array.from(mix, (x) => Math.max(-32_768, Math.min(32_767, x))),
    ),
  ]
  const world = { now: NOW }
  const program = new Program({
    identity: ann,
    rate: [FPS, 1],
    tracks: [
      { kind: 'video', track: 0, name: 'v0', form: 'annex b', bandwidth: 500_000 },
      { kind: 'audio', track: 1, name: 'sound', codec: 'aac', channels: 1, sampleRate: RATE, delay: 1024, bandwidth: 96_000 },
    ],
    before: null,
    now: () => world.now,
    wantKeyframe: () => {},
    log: quietLog().log,
  })
  const events = [...pictures.map((frame) => ({ track: 0, frame })), ...sounds.map((frame) => ({ track: 1, frame }))].sort(
    (a, b) => a.frame.pts - b.frame.pts,
  )
  const updates: Update[] = []
  for (const { track, frame } of events) {
    world.now = NOW + frame.pts / 1e6
    updates.push(...program.take(track, frame))
  }
  return bytesOf([...updates, ...program.end()], 'broadcast', 'Kitchen', ann)
}
