// two-ends.ts — one who fetches and one who gives, and a wire between them that a test can break, slow and meddle with.
import { type FetchEnd, Fetcher, type Track } from '../../../src/broadcast/remix/fetcher.ts'
import { Giver, type Granted } from '../../../src/broadcast/remix/giver.ts'
import { Pace } from '../../../src/broadcast/remix/pace.ts'
import { openTaking, type TakingOf } from '../../../src/broadcast/remix/take.ts'
import { openStore } from '../../../src/broadcast/store/store.ts'
import { FakeClock } from '../../../src/lib/clock.ts'
import { Refusal } from '../../../src/lib/fault.ts'
import { closeAboutTracks } from '../../../src/wire/tracks.ts'
import { quietLog } from '../../fake/quiet.ts'
import { unit } from './coded.ts'
import { MemoryFolder } from './folder.ts'
import { ann, making } from './making.ts'

export const settled = async (turns = 400): Promise<void> => {
  for (let i = 0; i < turns; i++) await new Promise<void>((done) => setImmediate(done))
}

/** Pictures of some blocks each. */
const large = (index: number): Uint8Array => Buffer.concat([unit(index, index % 60 === 0), Buffer.alloc(7000, 0x80 + (index % 100))])

/** A box that has kept own tracks of some seconds, and what it says of them. */
export async function holder(seconds = 3) {
  const { log } = quietLog()
  const { program, live } = making()
  const store = await openStore({ folder: new MemoryFolder(), program: program.id, limit: 1e9, onStopped: () => {}, log })
  for (const update of [...live(seconds, large), ...program.end()]) store.update(update)
  await settled()
  const [kept] = store.runs
  if (!kept) throw new Error('nothing was kept')
  const about = closeAboutTracks({ is: 'own', name: 'Kitchen', run: kept.run, marks: [], chat: [] }, ann)
  const granted: Granted = { program: program.id, tracks: [{ run: kept.run, bytes: kept.bytes, about }], source: store }
  return { store, run: kept.run, granted, about, program: program.id }
}

/** A file in a memory folder. */
export function fileIn(folder: MemoryFolder, name: string) {
  return {
    size: () => folder.size(name),
    read: (from: number, length: number) => folder.read(name, from, length),
    append: (bytes: Uint8Array) => folder.append(name, bytes),
    truncate: (length: number) => folder.truncate(name, length),
  }
}

type Options = {
  readonly granted: Granted | null
  readonly folder?: MemoryFolder
  readonly limit?: number
  /** What becomes of a frame on its way to who fetches; null: the link breaks there. */
  readonly meddle?: (frame: Uint8Array, count: number) => Uint8Array | null
  readonly rate?: number
  /** What their people say. */
  readonly answer?: Promise<boolean>
}

/** Lets them talk until it is over, or nothing moves any more. */
export async function talk({ granted, folder = new MemoryFolder(), limit = 1e9, meddle = (frame) => frame, rate = 1e9, answer }: Options) {
  const clock = new FakeClock()
  const world = {
    ended: null as { how: FetchEnd; why: string } | null,
    gave: null as string | null,
    told: [] as string[],
    got: 0,
    of: 0,
    frames: 0,
    whole: [] as number[],
    wanted: null as { from: number; to: number } | null,
  }
  const pace = new Pace(clock, () => rate)
  const giver: Giver = new Giver({
    send: (frame) => {
      const passed = meddle(frame, world.frames++)
      queueMicrotask(() => (passed ? fetcher.hear(passed) : fetcher.close('the link broke')))
      return true
    },
    leave: async (time, wait) => {
      world.wanted = time
      if (!answer) return granted
      wait()
      return (await answer) ? granted : null
    },
    pace,
    clock,
    onEnd: (why) => {
      world.gave = why
      fetcher.close('the link is down')
    },
  })
  const open = async ({ program, run, about, bytes }: Track) => {
    if (bytes > limit) throw new Refusal('not-allowed', 'there is no space for it')
    const of: TakingOf = { program, run, about, limit: Math.min(limit, bytes + 100_000) }
    return openTaking(fileIn(folder, `${run}`), of)
  }
  const fetcher: Fetcher = new Fetcher({
    send: (frame) => {
      queueMicrotask(() => giver.hear(frame))
      return true
    },
    time: { from: 1000, to: 2000 },
    open,
    whole: async ({ run }) => void world.whole.push(run),
    pace: new Pace(clock, () => 1e9),
    clock,
    onChange: (is, got, of) => {
      if (world.told.at(-1) !== is) world.told.push(is)
      Object.assign(world, { got, of })
    },
    onEnd: (how, why) => {
      world.ended = { how, why }
    },
  })
  giver.open()
  fetcher.open()
  const run = async (turns = 60) => {
    for (let i = 0; i < turns && !world.ended; i++) {
      await settled(20)
      await clock.advance(500 as never)
    }
    await fetcher.done
  }
  return { clock, world, giver, fetcher, folder, run }
}
