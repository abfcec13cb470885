// How many trips a set-up takes, from the newcomer's presence on: whole calls with real transports, behind two routers, on a line that is
// longer than anything else takes. Counted in round trips from home to home, the broker half way between. Chromium is not in it, but one
// that does not know `a=sctp-init:` is, as it does not yet.
import { afterEach, beforeAll, expect, test, vi } from 'vitest'
import { Call } from '../../../src/call/call.ts'
import { ourCertificate } from '../../../src/call/werift/dtls.ts'
import { openWerift, type WeriftTransport } from '../../../src/call/werift.ts'
import { systemClock } from '../../../src/lib/clock.ts'
import { seconds } from '../../../src/lib/unit.ts'
import { newSecret, roomKeys } from '../../../src/room/link.ts'
import type { Identity } from '../../../src/wire/key.ts'
import { FakeBroker } from '../../fake/broker.ts'
import { quietLog } from '../../fake/quiet.ts'
import { person, seeded } from '../party.ts'
import { Far, type Home, STUN } from './far.ts'

const room = roomKeys(newSecret(seeded('far')))
const [smaller, larger] = [person('ann'), person('ben')].sort((a, b) => (a.peer < b.peer ? -1 : 1)) as [Identity, Identity]

type Reached = { nearly: number; open: number; confirmed: number }
type Trips = { resident: Reached; newcomer: Reached }

beforeAll(() => ourCertificate()) // made outside of time
afterEach(() => void vi.useRealTimers())

/** Time moves a millisecond, and everybody does what is to be done then. */
async function tick(): Promise<void> {
  await vi.advanceTimersByTimeAsync(1)
  for (let i = 0; i < 4; i++) await new Promise((done) => setImmediate(done))
}
async function until(isSo: () => boolean, milliseconds: number): Promise<void> {
  for (let i = 0; i < milliseconds && !isSo(); i++) await tick()
}

/** One waits in the room, the other comes. @param isReady whether both keep a transport ready @param snap whether both know `a=sctp-init:` */
async function meet(roundTrip: number, residentOffers: boolean, { isReady = true, snap = true } = {}): Promise<Trips> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'] })
  const far = new Far(roundTrip)
  const broker = new FakeBroker()
  const stop = new AbortController()
  const come = (home: Home, identity: Identity) =>
    home.run(() => {
      const reached: Reached = { nearly: Number.NaN, open: Number.NaN, confirmed: Number.NaN }
      const call = new Call<WeriftTransport>({
        ...{ identity, name: home.name, kind: 'box', room, clock: systemClock, log: quietLog().log, random: seeded(home.name) },
        ...(isReady && { spare: { life: seconds(300), again: true } }),
        openBroker: home.broker(broker.for(home.name)),
        openTransport: () => {
          const transport = openWerift({ iceServers: STUN, onRtp: () => {}, log: quietLog().log })
          if (!snap) {
            const [offer, answer] = [transport.offer.bind(transport), transport.answer.bind(transport)]
            const without = (sdp: string) => sdp.replace(/^a=sctp-init:.*\r\n/m, '')
            transport.offer = async (options, signal) => without(await offer(options, signal))
            transport.answer = (sdp, signal) => answer(without(sdp), signal)
          }
          transport.on('open', () => {
            reached.open = performance.now()
          })
          return transport
        },
      })
      call.on('nearly', () => {
        reached.nearly = performance.now()
      })
      call.on('opened', () => {
        reached.confirmed = performance.now()
      })
      call.join(stop.signal).catch(() => {})
      return { call, reached }
    })
  const resident = come(far.home('resident'), residentOffers ? smaller : larger)
  await until(() => false, 2000)
  const newcomer = come(far.home('newcomer'), residentOffers ? larger : smaller)
  await until(() => broker.passed.some(({ from }) => from === 'newcomer'), 5000)
  const start = performance.now() - roundTrip / 4
  const ends = [resident.reached, newcomer.reached]
  await until(() => ends.every(({ confirmed }) => confirmed > 0), 10_000)
  let left = false
  Promise.all([resident.call.leave(), newcomer.call.leave()]).then(() => {
    left = true
  })
  await until(() => left, 10_000)
  const since = (time: number) => (time - start) / roundTrip
  const trips = ({ nearly, open, confirmed }: Reached): Reached => ({
    nearly: since(nearly),
    open: since(open),
    confirmed: since(confirmed),
  })
  return { resident: trips(resident.reached), newcomer: trips(newcomer.reached) }
}

/** The worse of both ends. */
const worst = ({ resident, newcomer }: Trips): Pick<Reached, 'open' | 'confirmed'> => ({
  open: Math.max(resident.open, newcomer.open),
  confirmed: Math.max(resident.confirmed, newcomer.confirmed),
})
/** What timers and rounding to milliseconds may add. */
const SLACK = 0.1

test.each([
  ['the resident offers, 40 ms', 40, true],
  ['the newcomer offers, 40 ms', 40, false],
  ['the resident offers, 150 ms', 150, true],
  ['the newcomer offers, 150 ms', 150, false],
  ['half round the world, 400 ms', 400, true],
])('%s: the first end is open after 3.5 round trips, both are confirmed after 4.5', async (_, roundTrip, residentOffers) => {
  const trips = await meet(roundTrip, residentOffers)
  expect(Math.min(trips.resident.open, trips.newcomer.open)).toBeLessThanOrEqual(3.5 + SLACK)
  expect(worst(trips).open).toBeLessThanOrEqual(4 + SLACK)
  expect(worst(trips).confirmed).toBeLessThanOrEqual(4.5 + SLACK)
})

test('who has no transport ready pays half a round trip for it', async () => {
  const [ready, not] = [worst(await meet(150, true)), worst(await meet(150, true, { isReady: false }))]
  expect(not.open - ready.open).toBeGreaterThan(0.4)
  expect(not.open).toBeLessThanOrEqual(4.7)
})

test.each([true, false])(
  'with who does not know how the data channel may begin it takes one more (resident offers: %s)',
  async (residentOffers) => {
    const trips = worst(await meet(150, residentOffers, { snap: false }))
    expect(trips.open).toBeLessThanOrEqual(5 + SLACK)
    expect(trips.confirmed).toBeLessThanOrEqual(5.5 + SLACK)
  },
)

test('over a long way it is said a trip before somebody is confirmed that they nearly are; over a short one a keyframe made at first sight is still young', async () => {
  const [long, short] = [await meet(400, true), await meet(40, true)]
  for (const end of ['resident', 'newcomer'] as const) {
    expect(long[end].nearly).toBe(long[end].open)
    expect(short[end].nearly).toBeNaN()
  }
  expect(long.resident.confirmed - long.resident.nearly).toBeGreaterThan(0.9)
})
