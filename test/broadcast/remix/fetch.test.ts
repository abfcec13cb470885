import { describe, expect, it } from 'vitest'
import { openParcel, parcelOf } from '../../../src/broadcast/remix/parcel.ts'
import { newIdentity } from '../../../src/room/identity.ts'
import { BLOCK } from '../../../src/wire/object.ts'
import { closeAboutTracks } from '../../../src/wire/tracks.ts'
import { blockFrame, entryFrame, frameIn, wordFrame } from '../../../src/wire/tracks-word.ts'
import { MemoryFolder } from '../kit/folder.ts'
import { ann } from '../kit/making.ts'
import { fileIn, holder, settled, talk } from '../kit/two-ends.ts'

/** What one would hand over as a file. */
async function parcel({ store, run }: Awaited<ReturnType<typeof holder>>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of parcelOf(store, { is: 'own', name: 'Kitchen', run, marks: [], chat: [] }, ann)) pieces.push(piece)
  return Buffer.concat(pieces)
}
const bytesIn = (folder: MemoryFolder, run: number): Buffer => Buffer.from(folder.files.get(`${run}`) ?? [])

describe('tracks fetched from another box', () => {
  it('are the same file, to the byte, as one that is handed over', async () => {
    const theirs = await holder()
    const { world, folder, run } = await talk({ granted: theirs.granted })
    await run()
    expect(world).toMatchObject({ ended: { how: 'done' }, whole: [theirs.run], wanted: { from: 1000, to: 2000 }, told: ['fetching'] })
    expect(bytesIn(folder, theirs.run).equals(await parcel(theirs))).toBe(true)
    expect(world.frames).toBeGreaterThan(60)
    expect([world.got, world.of]).toEqual([bytesIn(folder, theirs.run).length, Math.max(world.got, theirs.granted.tracks[0]?.bytes ?? 0)])
  })

  it('go on where they were, to the block, however often the link breaks and wherever the disk was torn', async () => {
    const theirs = await holder()
    const whole = await parcel(theirs)
    const folder = new MemoryFolder()
    let frames = 0
    let rounds = 0
    for (let had = -1; rounds < 60; rounds++) {
      const { world, run } = await talk({
        granted: theirs.granted,
        folder,
        meddle: (frame, count) => (count > 15 + rounds ? null : frame),
      })
      await run()
      frames += world.frames
      if (world.ended?.how === 'done') break
      expect(world.ended?.how).toBe('broken')
      const size = bytesIn(folder, theirs.run).length
      expect(size).toBeGreaterThan(had)
      had = size
      // A power cut: some bytes of the end are gone, or never were written.
      const cut = [0, 1, 3, 700, BLOCK][rounds % 5] ?? 0
      await folder.truncate(`${theirs.run}`, Math.max(0, size - cut))
      if (rounds % 3 === 0) await folder.append(`${theirs.run}`, new Uint8Array(rounds * 7))
    }
    expect(rounds).toBeGreaterThan(3)
    expect(bytesIn(folder, theirs.run).equals(whole)).toBe(true)
    // Nearly nothing came twice: a frame or two at each break.
    const { world, run } = await talk({ granted: theirs.granted })
    await run()
    expect(frames).toBeLessThan(world.frames + rounds * 8)
  })

  it('are not fetched again when they are there', async () => {
    const theirs = await holder()
    const folder = new MemoryFolder()
    await (await talk({ granted: theirs.granted, folder })).run()
    const { world, run } = await talk({ granted: theirs.granted, folder })
    await run()
    expect(world).toMatchObject({ ended: { how: 'done' }, frames: 2 })
  })

  it('are refused from the first bit that was changed on, and what had come before stays good', async () => {
    const theirs = await holder()
    const whole = await parcel(theirs)
    let refused = 0
    for (const at of [1, 2, 9, 40]) {
      for (const where of [0, 20, 60]) {
        const { world, folder, run } = await talk({
          granted: theirs.granted,
          meddle: (frame, count) => {
            if (count !== at) return frame
            const changed = frame.slice()
            changed[Math.min(where, changed.length - 1)] = (changed[Math.min(where, changed.length - 1)] ?? 0) ^ 4
            return changed
          },
        })
        await run()
        expect(world.ended?.how).toBe('false')
        const kept = bytesIn(folder, theirs.run)
        expect(kept.equals(whole.subarray(0, kept.length))).toBe(true)
        refused++
      }
    }
    expect(refused).toBe(12)
  })

  it('are nothing when their people say no, and wait while they think', async () => {
    const theirs = await holder()
    for (const yes of [true, false]) {
      const asked = Promise.withResolvers<boolean>()
      const { world, folder, run } = await talk({ granted: theirs.granted, answer: asked.promise })
      await settled()
      expect([world.told, world.ended]).toEqual([['asking'], null])
      asked.resolve(yes)
      await run()
      expect(world.ended?.how).toBe(yes ? 'done' : 'refused')
      expect(folder.files.size).toBe(yes ? 1 : 0)
    }
  })

  it('end when nobody answers, there or on the link', async () => {
    const theirs = await holder()
    const asking = await talk({ granted: theirs.granted, answer: new Promise(() => {}) })
    await asking.run(400)
    expect(asking.world.ended).toEqual({ how: 'broken', why: 'nothing comes any more' })
    const still = await talk({
      granted: theirs.granted,
      meddle: (frame, count) => (count > 30 ? wordFrame({ say: 'wait' }).slice(0, 0) : frame),
    })
    await still.run(100)
    expect(still.world.ended?.how).toBe('false')
  })

  it('stop where there is no space, and say so', async () => {
    const theirs = await holder()
    const small = await talk({ granted: theirs.granted, limit: 20_000 })
    await small.run()
    expect(small.world.ended?.how).toBe('no space')
    const folder = new MemoryFolder()
    folder.quota = 30_000
    const full = await talk({ granted: theirs.granted, folder })
    await full.run()
    expect(full.world.ended?.how).toBe('no space')
    folder.quota = Number.POSITIVE_INFINITY
    const again = await talk({ granted: theirs.granted, folder })
    await again.run()
    expect(again.world.ended?.how).toBe('done')
    expect(bytesIn(folder, theirs.run).equals(await parcel(theirs))).toBe(true)
  })

  it('that are more than was said are not taken', async () => {
    const theirs = await holder()
    const [track] = theirs.granted.tracks
    const { world, folder, run } = await talk({ granted: { ...theirs.granted, tracks: track ? [{ ...track, bytes: 10 }] : [] } })
    await run()
    expect(world.ended?.how).toBe('false')
    expect(bytesIn(folder, theirs.run).length).toBeLessThanOrEqual(100_010)
  })

  it('of somebody else, of another run, or of a broadcast are not taken for theirs', async () => {
    const theirs = await holder()
    const about = (change: object, by = ann) =>
      closeAboutTracks({ is: 'own', name: 'Kitchen', run: theirs.run, marks: [], chat: [], ...change }, by)
    for (const said of [about({}, newIdentity()), about({ run: theirs.run + 1 }), about({ is: 'broadcast' }), 'nothing']) {
      const { world, folder, run } = await talk({ granted: { ...theirs.granted, tracks: [{ run: theirs.run, bytes: 1, about: said }] } })
      await run()
      expect(world.ended?.how).toBe('false')
      expect(folder.files.size).toBe(0)
    }
  })

  it('come no faster than the call leaves room for', async () => {
    const theirs = await holder(2)
    const { world, clock, folder } = await talk({ granted: theirs.granted, rate: 80_000 })
    for (let second = 0; second < 10; second++) {
      await settled(20)
      await clock.advance(1000 as never)
    }
    await settled(20)
    expect(world.ended).toBeNull()
    const size = bytesIn(folder, theirs.run).length
    expect(size).toBeGreaterThan(60_000)
    expect(size).toBeLessThan(125_000)
  })
})

describe('who gives tracks', () => {
  const word = (text: unknown) => Uint8Array.from([0, ...Buffer.from(JSON.stringify(text))])
  it('ends with whoever asks for what was not granted, or says what makes no sense', async () => {
    const theirs = await holder(1)
    for (const hostile of [
      word({ say: 'go', run: theirs.run + 1, at: null }),
      word({ say: 'want', from: 0, to: 1 }),
      word({ say: 'have', program: theirs.program, tracks: [] }),
      word({ say: 'more', frames: 1e9 }),
      entryFrame(new Uint8Array(100)),
      new Uint8Array(0),
      word('hello'),
    ]) {
      const { world, giver } = await talk({ granted: theirs.granted })
      await settled(5)
      giver.hear(hostile)
      expect(world.gave).not.toBeNull()
    }
  })
  it('gives nothing before leave is given, nor after it was refused', async () => {
    const theirs = await holder(1)
    const { world, giver } = await talk({ granted: theirs.granted, answer: new Promise(() => {}) })
    await settled(5)
    giver.hear(wordFrame({ say: 'go', run: theirs.run, at: null }))
    giver.hear(wordFrame({ say: 'more', frames: 64 }))
    await settled()
    expect(world.gave).toBe('a run was named that was not granted')
    expect(world.frames).toBe(1)
  })
  it('does not send without end to who keeps asking', async () => {
    const theirs = await holder(1)
    const { world, giver } = await talk({ granted: theirs.granted })
    for (let i = 0; i < 4; i++) giver.hear(wordFrame({ say: 'more', frames: 64 }))
    await settled(5)
    expect(world.gave).toBe('more was asked for than may be')
  })
})

describe('a frame', () => {
  it('is read as it was written', () => {
    const name = 'ab'.repeat(32) as never
    expect(frameIn(wordFrame({ say: 'more', frames: 4 }))).toEqual({ is: 'word', word: { say: 'more', frames: 4 } })
    expect(frameIn(blockFrame(name, Uint8Array.of(1, 2)))).toEqual({ is: 'block', of: name, bytes: Uint8Array.of(1, 2) })
    for (const bytes of [[], [0], [9, 9], [2, ...new Uint8Array(32)], [3, 1], [0, 123]]) expect(frameIn(Uint8Array.from(bytes))).toBeNull()
    expect(frameIn(new Uint8Array(70_000))).toBeNull()
    expect(frameIn(blockFrame(name, new Uint8Array(BLOCK + 1)))).toBeNull()
  })
})

it('a file of tracks that was begun by something else is begun anew', async () => {
  const theirs = await holder(1)
  const folder = new MemoryFolder()
  await folder.append(`${theirs.run}`, Buffer.from('something else'))
  const { run, world } = await talk({ granted: theirs.granted, folder })
  await run()
  expect(world.ended?.how).toBe('done')
  const file = fileIn(folder, `${theirs.run}`)
  expect(await openParcel({ size: await file.size(), read: file.read })).toMatchObject({ isWhole: true, program: theirs.program })
})
