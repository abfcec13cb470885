import { describe, expect, it } from 'vitest'
import { OWN, Own, type OwnPlan, secretOfOwn } from '../../../src/broadcast/own/own.ts'
import type { Update } from '../../../src/broadcast/program.ts'
import { samplesIn } from '../../../src/broadcast/store/chunk.ts'
import { identityFrom } from '../../../src/room/identity.ts'
import { programOf } from '../../../src/wire/manifest.ts'
import { ManifestReader } from '../../../src/wire/manifest-reader.ts'
import { unit } from '../kit/coded.ts'
import { ann, NOW } from '../kit/making.ts'
import { Camera, opus, voice } from '../kit/packets.ts'

const own = identityFrom(secretOfOwn(ann.secretKey))

/** A box whose devices give 30 pictures and 100 frames of sound a second, and what is kept of them. */
function stage(change: Partial<OwnPlan> = {}) {
  const world = { now: NOW, keyframes: 0, updates: [] as Update[], camera: true, muted: false, at: 0 }
  const track = new Own({ identity: own, before: null, fps: 30, now: () => world.now, wantKeyframe: () => world.keyframes++, ...change })
  const camera = new Camera(4)
  const lost = new Set<number>()
  let [picture, sound] = [0, 0]
  const run = (ms: number, jitter: (index: number) => number = () => 0) => {
    for (const end = world.at + ms; world.at < end; world.at++) {
      const at = world.at
      if (at >= Math.round((picture * 1000) / 30)) {
        const index = picture++
        world.now = NOW + at + 5 + jitter(index)
        const packets = camera.packets(unit(index, index % 120 === 0), (0xffff_f000 + index * 3000) >>> 0)
        if (world.camera) for (const packet of packets) if (!lost.has(index)) world.updates.push(...track.camera(packet))
      }
      if (at % 10 === 0) {
        world.now = NOW + at + 5
        const index = sound++
        if (!world.muted) world.updates.push(...track.microphone(voice(opus(index), index, 48_000 + index * 480)))
      }
    }
  }
  const partsOf = (which: number) => world.updates.flatMap(({ entry }) => entry.parts.filter((part) => part.track === which))
  const samplesOf = (which: number) =>
    partsOf(which).flatMap((part) => {
      const bytes = world.updates.flatMap(({ objects }) => objects).find(({ promise }) => promise.name === part.object.name)?.bytes
      let at = part.start
      return (samplesIn(bytes ?? new Uint8Array()) ?? []).map((sample) => {
        const start = at
        at += sample.duration
        return { ...sample, start }
      })
    })
  const pictures = () => samplesOf(OWN.picture).map(({ bytes }) => bytes[bytes.length - 2])
  return { track, run, world, partsOf, samplesOf, pictures, lost }
}

describe('our own camera and microphone', () => {
  it('are kept picture by picture and frame by frame, in entries that every reader takes', () => {
    const { track, run, world, partsOf, pictures, samplesOf } = stage()
    run(10_000)
    world.updates.push(...track.end())
    expect(pictures()).toEqual(Array.from({ length: 300 }, (_, i) => i & 255))
    expect(samplesOf(OWN.sound)).toHaveLength(1000)
    const reader = new ManifestReader(programOf(own.publicKey))
    expect(world.updates.map(({ signed }) => reader.read(signed)).filter((read) => !read.ok)).toEqual([])
    expect(reader.head?.isLast).toBe(true)
    for (const part of [...partsOf(OWN.picture), ...partsOf(OWN.sound)])
      expect(Math.abs(part.at - NOW - 5 - (part.start * 1000) / (part.track === OWN.picture ? 90_000 : 48_000))).toBeLessThan(2)
  })
  it('keep each picture its own time', () => {
    const { run, samplesOf } = stage()
    run(4000, (index) => (index * 7) % 20)
    const starts = samplesOf(OWN.picture).map(({ start }) => start)
    expect(starts.slice(1).every((start, i) => Math.abs(start - (starts[i] ?? 0) - 3000) < 10)).toBe(true)
  })
  it('begin a part at each keyframe, and no part is longer than half a second by more than a picture', () => {
    const { run, partsOf, samplesOf } = stage()
    run(9000)
    const keys = samplesOf(OWN.picture).filter(({ isKey }) => isKey)
    expect(partsOf(OWN.picture).filter(({ independent }) => independent)).toHaveLength(keys.length)
    expect(Math.max(...partsOf(OWN.picture).map(({ duration }) => duration))).toBeLessThanOrEqual(48_000)
  })
  it('have nothing of the time in which the microphone is muted', () => {
    const { run, world, track, samplesOf, partsOf } = stage()
    run(2000)
    world.muted = true
    run(3000)
    world.muted = false
    run(2000)
    world.updates.push(...track.end())
    expect(samplesOf(OWN.sound)).toHaveLength(400)
    const after = partsOf(OWN.sound).find(({ at }) => at > NOW + 3000)
    expect(Math.abs((after?.at ?? 0) - NOW - 5005)).toBeLessThan(15)
  })
  it('have nothing of the time in which the camera is closed, and go on with a keyframe', () => {
    const { run, world, track, partsOf } = stage()
    run(2000)
    world.camera = false
    run(3000)
    world.camera = true
    run(4000)
    world.updates.push(...track.end())
    const times = partsOf(OWN.picture).map(({ start, duration }) => [start / 90_000, (start + duration) / 90_000] as const)
    expect(times.filter(([from, to]) => to > 2.04 && from < 4.9)).toEqual([])
    const first = partsOf(OWN.picture).find(({ start }) => start > 4 * 90_000)
    expect(first?.start).toBeGreaterThan(4.9 * 90_000)
  })
  it('go on with the next keyframe where a packet was lost, and one is asked for', () => {
    const { run, world, track, pictures, lost } = stage()
    lost.add(130)
    run(3900)
    const before = world.keyframes
    run(6000)
    world.updates.push(...track.end())
    expect(world.keyframes).toBeGreaterThan(before)
    expect(pictures().slice(128, 134)).toEqual([128, 129, 240, 241, 242, 243])
  })
  it('stay with the wall clock when the sound card is slow', () => {
    const { run, samplesOf, world, track } = stage()
    run(1000)
    let at = world.at
    for (let i = 0; i < 60_000; i++) {
      at += 10.005
      world.now = NOW + at + 5
      world.updates.push(...track.microphone(voice(opus(i), i, 96_000 + i * 480)))
    }
    world.updates.push(...track.end())
    const last = samplesOf(OWN.sound).at(-1)
    expect(Math.abs((last?.start ?? 0) / 48 - at)).toBeLessThan(25)
  })
  it('are signed with a key of their own, so that nobody can be given them for the broadcast', () => {
    expect(programOf(own.publicKey)).not.toBe(programOf(ann.publicKey))
  })
  it('take packets of any kind without harm', () => {
    const { track } = stage()
    let seed = 1
    const random = () => (seed = (seed * 48_271) % 2_147_483_647)
    for (let i = 0; i < 5000; i++) {
      const packet = Buffer.from(Array.from({ length: random() % 60 }, () => random() & 255))
      if (packet.length > 12) packet[0] = 0x80 | ((packet[0] ?? 0) & 0x3f)
      track.camera(packet)
      track.microphone(packet)
    }
    expect(track.end().at(-1)?.entry.isLast).toBe(true)
  })
})
