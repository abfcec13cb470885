import { describe, expect, test } from 'vitest'
import { Broadcast } from '../../src/app/live.ts'
import { Notices } from '../../src/app/notices.ts'
import type { RoomSecret } from '../../src/core/id.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { Fault } from '../../src/lib/fault.ts'
import { seconds } from '../../src/lib/unit.ts'
import { ProgramFeed } from '../../src/media/program.ts'
import { openAbout } from '../../src/wire/about.ts'
import { type Entry, programOf } from '../../src/wire/manifest.ts'
import { ManifestReader } from '../../src/wire/manifest-reader.ts'
import { ann } from '../broadcast/kit/making.ts'
import { quietLog } from '../fake/quiet.ts'
import { madeKeys } from './kit/keys.ts'
import { playedMakers } from './kit/makers.ts'

const home = '0000000000000000000000H0ME' as RoomSecret
const den = '00000000000000000000000DEN' as RoomSecret
const never = new AbortController().signal

/** A box with makers that are played by the test: they begin when asked, unless they are broken. */
function stage(broken = false) {
  const clock = new FakeClock()
  const { log } = quietLog()
  const { screen, sound, video: say, give, asked } = playedMakers(broken)
  const feed = new ProgramFeed({ screen, sound, clock, log })
  const notices = new Notices(() => clock.now())
  const broadcast = new Broadcast({
    identity: ann,
    announced: () => ({ title: 'Kitchen', begins: 5000 }),
    settings: { keep: 0, own: 0, give: 'ask', folder: '', kbps: 2500, upload: 50, viewers: 10, private: false, push: [] },
    policy: (room) => ({ owner: room === home ? ann.peer : null, roles: new Map() }),
    feed,
    beside: [],
    store: null,
    keys: madeKeys(programOf(ann.publicKey)),
    origin: () => 'https://box',
    notices,
    clock,
    log,
  })
  const watch = async (path: string, query = '') =>
    broadcast.answer({ path: `/live/${broadcast.id}/${path}`, query, address: '10.0.0.1', signal: never })
  return { clock, broadcast, give, watch, asked, notices, say }
}

/** The entries of a manifest, read as a stranger reads them. */
async function entries({ broadcast, watch }: ReturnType<typeof stage>) {
  const reader = new ManifestReader(broadcast.id)
  const text = String((await watch('manifest', 'after=0.0'))?.body)
  return text
    .trim()
    .split('\n')
    .map((line) => reader.read(Buffer.from(line, 'base64url')))
}

describe('the broadcast', () => {
  test('of our own room is signed objects that a stranger can verify, from the first frame to the end', async () => {
    const box = stage()
    await box.broadcast.begin(home, never)
    expect(box.broadcast.state).toMatchObject({ watching: 0, link: `https://box/w/${box.broadcast.id}`, recorded: false })
    box.give(5)
    await box.broadcast.end()
    const read = await entries(box)
    expect(read.length).toBeGreaterThan(20)
    expect(read.filter(({ ok }) => !ok)).toEqual([])
    const last = read.at(-1)
    expect(last?.ok && last.entry.isLast).toBe(true)
    expect(box.asked.running).toBe(false)
    expect(box.broadcast.state).toBeNull()
  })

  test('keeps picture and sound together, though their makers count from different times', async () => {
    const box = stage()
    await box.broadcast.begin(home, never)
    box.give(5)
    const parts = (await entries(box)).flatMap((each) => (each.ok ? each.entry.parts : []))
    const starts = [0, 1].map((track) => parts.find((part) => part.track === track && part.firstOfSegment))
    const [picture, sound] = [(starts[0]?.start ?? 0) / 90_000, (starts[1]?.start ?? 0) / 48_000]
    expect(Math.abs(picture - sound)).toBeLessThan(0.022)
  })

  test('says what it is called and when it begins, and while it runs only what it is called', async () => {
    const box = stage()
    const about = async () => openAbout(String((await box.watch('about'))?.body), box.broadcast.id)
    expect(await about()).toMatchObject({ title: 'Kitchen', begins: 5000 })
    await box.broadcast.begin(home, never)
    expect(await about()).toMatchObject({ title: 'Kitchen', begins: null })
  })

  test('of somebody else’s room is refused, and nothing is begun', async () => {
    const box = stage()
    await expect(box.broadcast.begin(den, never)).rejects.toMatchObject({ code: 'not-allowed' })
    expect(box.asked.running).toBe(false)
    expect((await box.watch('index.m3u8'))?.status).toBe(503)
  })

  test('that has no picture ends in a fault and a sentence, with nothing left running', async () => {
    const box = stage(true)
    const beginning = box.broadcast.begin(home, never).catch((error: unknown) => error)
    await box.clock.advance(seconds(15))
    expect(await beginning).toBeInstanceOf(Fault)
    expect(box.notices.all.join()).toContain('This call cannot be broadcast')
    expect(box.asked.running).toBe(false)
  })

  test('goes on when the maker of the picture falls and begins anew', async () => {
    const box = stage()
    await box.broadcast.begin(home, never)
    box.give(3)
    box.say({ is: 'lost' })
    box.say({
      is: 'began',
      stream: { track: 'video', zero: 5e9, picture: { width: 1280, height: 720, fps: 30 }, encoder: 'x264', lower: [] },
    })
    box.give(5)
    const parts = (await entries(box)).flatMap((each) => (each.ok ? each.entry.parts : []))
    expect(parts.filter(({ track, afterBreak }) => track === 0 && afterBreak)).toHaveLength(1)
    expect((await entries(box)).every(({ ok }) => ok)).toBe(true)
  })

  test('counts who watches, and tells when that changes', async () => {
    const box = stage()
    await box.broadcast.begin(home, never)
    let told = 0
    box.broadcast.on('changed', () => told++)
    box.give(5)
    await box.watch('index.m3u8')
    await box.clock.advance(seconds(1))
    expect(box.broadcast.state?.watching).toBe(1)
    await box.clock.advance(seconds(1))
    expect(told).toBe(1)
    await box.broadcast.end()
  })

  test('begun again never uses an address twice', async () => {
    const box = stage()
    const read: Entry[] = []
    for (let i = 0; i < 2; i++) {
      await box.broadcast.begin(home, never)
      box.give(5)
      await box.broadcast.end()
      read.push(...(await entries(box)).flatMap((each) => (each.ok ? [each.entry] : [])))
    }
    const runs = [...new Set(read.map(({ run }) => run))]
    expect(runs).toHaveLength(2)
    const numbers = (run: number | undefined) =>
      read.filter((entry) => entry.run === run).flatMap(({ parts }) => parts.map((part) => part.sequence))
    expect(Math.min(...numbers(runs[1]))).toBeGreaterThan(Math.max(...numbers(runs[0])))
  })
})
