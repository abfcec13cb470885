import { describe, expect, it } from 'vitest'
import type { Stage } from '../../src/app/again.ts'
import { Watch } from '../../src/app/watch.ts'
import { Origin, type OriginAsk } from '../../src/broadcast/origin.ts'
import type { Watching } from '../../src/core/wanted.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import { kbps, ms, seconds } from '../../src/lib/unit.ts'
import { closeAbout } from '../../src/wire/about.ts'
import { programOf } from '../../src/wire/manifest.ts'
import { newWatchSecret, type WatchKey, watchKey } from '../../src/wire/watch-key.ts'
import { ann, making, NOW } from '../broadcast/kit/making.ts'
import { onAir } from '../broadcast/kit/on-air.ts'
import { quietLog } from '../fake/quiet.ts'

const PLENTY = { egress: kbps(1_000_000), seats: 50 }
/** From being asked to play until the first picture is on its way. */
const STARTS = ms(300)

type Play = {
  readonly zero: number
  readonly parts: string[]
  begun: boolean
  shift: number
  ended: boolean
  closed: boolean
  onEnd: () => void
}

/** A program that is live, passed on in this house, and a TV that notes what it is given to play. */
async function stage(options: { readonly isAway?: boolean; readonly key?: WatchKey; readonly hidden?: number } = {}) {
  const clock = new FakeClock()
  const { program, live, clock: wall } = making(options.key && { key: options.key })
  const id = program.id
  const origin = new Origin({
    ...{ program: id, limits: PLENTY, clock, older: null },
    about: () => closeAbout({ title: 'Concert', begins: null, viewers: 1, from: null, at: NOW }, ann),
  })
  const air = onAir({ clock, origin, live })
  const house = { isAway: options.isAway ?? false, brought: [] as string[], room: true }
  const plays: Play[] = []
  const watch = new Watch({
    relays: () => ({
      bring: ({ origin: from }) => {
        house.brought.push(from)
        return house.room
      },
      get all() {
        const state = house.isAway ? ('away' as const) : air.made.at(-1)?.entry.isLast ? ('ended' as const) : ('live' as const)
        const at = air.made.at(-1)?.entry.at ?? null
        return [{ program: id, state, from: 'box', viewers: 1, at, refused: {}, id: 'x', role: 'leads' as const }]
      },
    }),
    answer: async (ask: OriginAsk) => (house.isAway ? null : origin.answer(ask)),
    isOwn: () => false,
    play: async ({ zero, onEnd, onFrame }: Stage) => {
      const play: Play = { zero, parts: [], begun: false, shift: zero, ended: false, closed: false, onEnd }
      plays.push(play)
      void clock.sleep('the player begins', STARTS, new AbortController().signal).then(() => {
        if (play.closed) return
        play.begun = true
        onFrame?.(4_294_967_000)
        // The first picture may be seen long after the player began.
        if (options.hidden)
          void clock
            .sleep('another picture', ms(100), new AbortController().signal)
            .then(() => onFrame?.((4_294_967_000 + 90 * (zero / 1e6 - 4000 + 100 + (options.hidden ?? 0))) % 2 ** 32))
      })
      return {
        part: (track) => void play.parts.push(track),
        shift: (to) => {
          play.shift = to
        },
        end: () => {
          play.ended = true
        },
        close: async () => {
          play.closed = true
        },
      }
    },
    date: () => wall.now,
    clock,
    random: (length) => new Uint8Array(length).fill(plays.length + 1),
    log: quietLog().log,
  })
  const link = `https://box.example/w/${id}`
  const be = (change: Partial<Watching> = {}) => watch.be({ link, at: 'live', back: 0, ...change })
  let over = 0
  watch.on('over', () => over++)
  /** Seconds since the beginning. */
  const zeros = () => plays.map(({ zero }) => Math.round(zero / 1e8) / 10)
  const end = async (): Promise<void> => {
    for (const update of program.end()) {
      air.made.push(update)
      origin.update(update)
    }
    await clock.advance(ms(50))
  }
  return { ...air, clock, origin, watch, be, plays, zeros, house, over: () => over, end }
}

describe('a broadcast on the TV', () => {
  it('is shown at live, with little more than a second between', async () => {
    const { broadcast, be, watch, zeros, plays, made } = await stage()
    await broadcast(5)
    await be()
    expect(watch.now?.is).toBe('comes')
    await broadcast(1)
    expect(watch.now).toEqual({ is: 'plays', title: 'Concert', begins: null, behind: 0 })
    expect(zeros()[0]).toBeGreaterThan(4.2)
    await broadcast(5)
    expect(plays).toHaveLength(1)
    const all = made.flatMap(({ entry }) => entry.parts).filter(({ track }) => track === 0)
    const given = plays[0]?.parts.filter((track) => track === 'video').length ?? 0
    // All since the keyframe of second 4, but what is made just now.
    expect(all.length - given).toBe(20)
    await watch.end()
    expect([watch.now, plays[0]?.closed]).toEqual([null, true])
  })
  it('goes half a minute back with each time, and to live again', async () => {
    const { broadcast, be, watch, zeros, plays } = await stage()
    await broadcast(50)
    await be()
    await broadcast(1)
    await be({ at: 'behind', back: 1 })
    await broadcast(2)
    expect(watch.now).toMatchObject({ is: 'plays', behind: 1 })
    const [live = 0, back = 0] = zeros()
    expect(live - back).toBeGreaterThan(29)
    expect(live - back).toBeLessThan(31)
    await be()
    await broadcast(1)
    expect(zeros()[2]).toBeGreaterThan(51)
    expect(watch.now).toMatchObject({ is: 'plays', behind: 0 })
    expect(plays.map(({ closed }) => closed)).toEqual([true, true, false])
    await watch.end()
  })
  it('stands still, and goes on from there', async () => {
    const { broadcast, be, watch, zeros, plays } = await stage()
    await broadcast(5)
    await be()
    await broadcast(2)
    await be({ at: 'paused' })
    await broadcast(20)
    expect(plays).toHaveLength(1)
    expect(watch.now?.is).toBe('paused')
    await be({ at: 'behind' })
    await broadcast(2)
    expect(watch.now).toMatchObject({ is: 'plays', behind: 1 })
    const [live = 0, on = 0] = zeros()
    expect(on - live).toBeGreaterThan(1)
    expect(on - live).toBeLessThan(2.2)
    await watch.end()
  })
  it('says that it has ended when all was shown, and goes away some time later', async () => {
    const { broadcast, be, watch, plays, clock, end, over } = await stage()
    await broadcast(5)
    await be()
    await broadcast(2)
    await end()
    await clock.advance(ms(200))
    expect(plays[0]).toMatchObject({ ended: true })
    expect(watch.now?.is).toBe('plays')
    plays[0]?.onEnd()
    await clock.advance(ms(10))
    expect([watch.now?.is, plays[0]?.closed]).toEqual(['ended', true])
    await clock.advance(seconds(60))
    expect(over()).toBe(0)
    await clock.advance(seconds(70))
    expect(over()).toBe(1)
    await watch.end()
  })
  it('says when nothing comes any more, and is at live again when it does', async () => {
    const { broadcast, be, watch, house, plays, clock, zeros } = await stage()
    await broadcast(5)
    await be()
    await broadcast(2)
    house.isAway = true
    await broadcast(8)
    expect(watch.now?.is).toBe('lost')
    house.isAway = false
    await broadcast(3)
    expect(watch.now?.is).toBe('plays')
    expect(zeros().at(-1)).toBeGreaterThan(14)
    expect(plays.filter(({ closed }) => !closed)).toHaveLength(1)
    await clock.advance(ms(10))
    await watch.end()
  })
  it('waits for one that has not begun, or is not reached, and says so', async () => {
    const { broadcast, be, watch, house, clock } = await stage({ isAway: true })
    await be()
    await clock.advance(seconds(2))
    expect(watch.now?.is).toBe('lost')
    house.isAway = false
    await broadcast(6)
    expect(watch.now?.is).toBe('plays')
    expect(house.brought[0]).toBe('https://box.example')
    await watch.end()
  })
  it('is shown later where its first picture was seen long after its player began: else every part would come too late', async () => {
    const { broadcast, be, plays, watch } = await stage({ hidden: 900 })
    await broadcast(5)
    await be()
    await broadcast(3)
    const [play] = plays
    const later = ((play?.zero ?? 0) - (play?.shift ?? 0)) / 1e6
    expect(later).toBeGreaterThan(400)
    expect(later).toBeLessThan(1400)
    await watch.end()
  })
  it('is played anew when its player falls', async () => {
    const { broadcast, be, watch, plays } = await stage()
    await broadcast(5)
    await be()
    await broadcast(2)
    plays[0]?.onEnd()
    await broadcast(2)
    expect(plays).toHaveLength(2)
    expect([plays[0]?.closed, plays[1]?.begun, watch.now?.is]).toEqual([true, true, 'plays'])
    await watch.end()
  })
  it('that is private is shown by its whole link, and with half of it that is said and nothing is played', async () => {
    const program = programOf(ann.publicKey)
    const secret = newWatchSecret((length) => new Uint8Array(length).fill(3))
    const { broadcast, watch, plays } = await stage({ key: watchKey(program, secret) })
    await broadcast(5)
    await watch.be({ link: `https://box.example/w/${program}`, at: 'live', back: 0 })
    await broadcast(2)
    expect([watch.now?.is, plays.length]).toEqual(['locked', 0])
    await watch.be({ link: `https://box.example/w/${program}#${secret}`, at: 'live', back: 0 })
    await broadcast(2)
    expect([watch.now?.is, plays.length]).toEqual(['plays', 1])
    expect(plays[0]?.parts.length).toBeGreaterThan(10)
    await watch.end()
  })
  it('is refused where the link is none, or no more can be passed on', async () => {
    const { be, house, watch } = await stage()
    await expect(watch.be({ link: 'https://box.example/w/', at: 'live', back: 0 })).rejects.toMatchObject({ code: 'bad-link' })
    house.room = false
    await expect(be()).rejects.toMatchObject({ code: 'not-allowed' })
    expect(watch.now).toBeNull()
  })
})
