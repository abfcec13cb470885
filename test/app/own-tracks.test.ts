import { describe, expect, it } from 'vitest'
import { identityOfOwn, OwnTracks } from '../../src/app/own-tracks.ts'
import { Patch } from '../../src/app/patch.ts'
import { Recordings } from '../../src/app/recordings.ts'
import { Seats } from '../../src/app/seats.ts'
import { openParcel } from '../../src/broadcast/remix/parcel.ts'
import { openStore } from '../../src/broadcast/store/store.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { programOf } from '../../src/wire/manifest.ts'
import { unit } from '../broadcast/kit/coded.ts'
import { MemoryFolder } from '../broadcast/kit/folder.ts'
import { ann, making, NOW } from '../broadcast/kit/making.ts'
import { Camera, opus, voice } from '../broadcast/kit/packets.ts'
import { quietLog } from '../fake/quiet.ts'

const settled = async () => {
  for (let i = 0; i < 400; i++) await new Promise<void>((done) => setImmediate(done))
}
const nowhere = { rtp: () => {} }

/** A box with its patch panel, that records its broadcast. */
async function stage() {
  const { log } = quietLog()
  const world = { now: NOW, live: false, frame: 0 }
  const program = making()
  const store = await openStore({ folder: new MemoryFolder(), program: program.program.id, limit: 1e9, onStopped: () => {}, log })
  const id = programOf(identityOfOwn(ann).publicKey)
  const own = await openStore({ folder: new MemoryFolder(), program: id, limit: 1e9, onStopped: () => {}, log })
  const tracks = new OwnTracks({ identity: ann, store: own, fps: 30, date: () => world.now, keyframe: () => {}, log })
  const patch = new Patch({ seats: new Seats(), screen: nowhere, sound: nowhere, now: () => 0 })
  patch.keepBy(tracks)
  const camera = new Camera()
  /** So many seconds of camera and microphone, while the broadcast is recorded too. */
  const call = (seconds: number) => {
    for (const update of world.live ? program.live(seconds) : []) store.update(update)
    for (const end = world.frame + seconds * 30; world.frame < end; world.frame++) {
      world.now = NOW + (world.frame * 1000) / 30
      for (const packet of camera.packets(unit(world.frame, world.frame % 60 === 0), world.frame * 3000)) patch.fromCamera(packet)
      for (let i = world.frame * 3; i < world.frame * 3 + 3; i++) patch.fromMicrophone(voice(opus(i), i, i * 480))
    }
  }
  const signs = { name: 'Kitchen', broadcast: ann, own: identityOfOwn(ann) }
  const recordings = new Recordings({ store, own, signs, isLive: () => world.live, date: () => world.now, clock: new FakeClock(), log })
  return { tracks, own, store, program, call, world, recordings }
}

describe('our own camera and microphone', () => {
  it('are not kept in a call that nobody records', async () => {
    const { call, own } = await stage()
    call(3)
    await settled()
    expect(own.runs).toEqual([])
  })
  it('are kept from when the recording begins to when it ends, listed with it, and downloaded as a film of their own', async () => {
    const { call, own, tracks, world, recordings, store } = await stage()
    world.live = true
    tracks.be(true)
    tracks.be(true)
    call(4)
    tracks.be(false)
    world.live = false
    call(2)
    await settled()
    expect(own.runs).toMatchObject([{ begins: true, ends: true }])
    const [recording] = recordings.all
    expect(recording?.own).toBe(own.runs[0]?.bytes)
    const film = await recordings.take(recordings.ticket(recording?.run ?? 0, null, 'own'))
    expect(Math.abs((film?.length ?? 0) - 4000)).toBeLessThan(40)
    expect(store.runs).toHaveLength(1)
  })
  it('are given away as a file that says whose they are, and so is the broadcast', async () => {
    const { call, tracks, world, recordings, store } = await stage()
    world.live = true
    tracks.be(true)
    call(4)
    await settled()
    await recordings.mark('begin')
    const parcel = async (which: 'own tracks' | 'broadcast tracks') => {
      const ticket = recordings.ticket(recordings.all[0]?.run ?? 0, null, which)
      expect(await recordings.take(ticket)).toBeNull()
      const pieces: Uint8Array[] = []
      for await (const piece of recordings.takeTracks(ticket)?.bytes ?? []) pieces.push(piece)
      expect(recordings.takeTracks(ticket)).toBeNull()
      const bytes = Buffer.concat(pieces)
      return openParcel({ size: bytes.length, read: async (from, length) => bytes.subarray(from, from + length) })
    }
    const own = await parcel('own tracks')
    expect(own).toMatchObject({ program: tracks.id, isWhole: true, about: { is: 'own', name: 'Kitchen', marks: [] } })
    expect(own.entries.length).toBeGreaterThan(5)
    const broadcast = await parcel('broadcast tracks')
    expect(broadcast.about).toMatchObject({ is: 'broadcast', run: store.runs[0]?.run, marks: [{ is: 'begin' }] })
  })
  it('are removed with the recording that they belong to, and let go when it was let go', async () => {
    const { call, own, store, tracks, world, recordings, program } = await stage()
    world.live = true
    tracks.be(true)
    call(4)
    tracks.be(false)
    for (const update of program.program.end()) store.update(update)
    world.live = false
    await settled()
    const run = recordings.all[0]?.run ?? 0
    await recordings.keep(run, true)
    expect(own.pins).toHaveLength(1)
    await recordings.keep(run, false)
    expect(own.pins).toHaveLength(0)
    await recordings.remove(run)
    expect(own.runs).toEqual([])
  })
  it('stand in the list by themselves where somebody else broadcast the call, and are kept and removed by themselves', async () => {
    const { call, own, tracks, recordings } = await stage()
    tracks.be(true)
    call(4)
    tracks.be(false)
    await settled()
    const [alone] = recordings.all
    const run = alone?.run ?? 0
    expect(alone).toMatchObject({ alone: true, live: false, bytes: own.bytes, own: own.bytes })
    expect((await recordings.take(recordings.ticket(run, null)))?.length).toBeGreaterThan(3900)
    expect(() => recordings.ticket(run, null, 'broadcast tracks')).toThrow('somebody else')
    await recordings.keep(run, true)
    await expect(recordings.remove(run)).rejects.toThrow('let it go first')
    await recordings.keep(run, false)
    await recordings.remove(run)
    expect(recordings.all).toEqual([])
  })
  it('are not there to be downloaded where none were kept', async () => {
    const { call, world, recordings } = await stage()
    world.live = true
    call(2)
    await settled()
    const [recording] = recordings.all
    expect(recording?.own).toBe(0)
    expect(() => recordings.ticket(recording?.run ?? 0, null, 'own')).toThrow('were not kept')
  })
})
