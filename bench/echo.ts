// echo.ts — how much echo leaves the box, how much of who talks stays, and how long sound takes through it.
//
// The product's own sound worker, in real time, in rooms made of numbers: the far end comes in as Opus RTP, a sound
// card of a pipe and a socket plays it into the room, and what is measured is decoded from the RTP that leaves, with
// noise suppression and level control on as in the product (level control lifts what is left of the echo by up to
// 6 dB and noise suppression lowers it, so there is a row `without cleaning` too). The peer is GStreamer's webrtcdsp
// with its probe, in its strongest setting, given what our loudspeaker played and our microphone heard.
//
// Real time wants a machine that keeps up. A room in which it did not (the sound card ran dry, or the loop slept) is
// played again, at most twice, and `played again` keeps how often; `loudspeaker starved` and `longest turn` tell what is left of that in the figures.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from './context.ts'
import type { Acoustics } from './echo/acoustics.ts'
import { clicks, ENDS, erle, FAR, FAR_ENDS, type Heard, mouthToEar, NEAR, nearKept, ROOMS } from './echo/measure.ts'
import { encode, webrtcdsp } from './echo/opus.ts'
import { playRoom, type RoomOrder, type RoomReport } from './echo/room.ts'
import { speech } from './echo/speech.ts'
import { type Figure, figureOf, median } from './figure.ts'

export const name = 'echo'
const PEER = 'webrtcdsp'
const AT_ONCE = 2
/** A turn of the loop that came later than this, ms, was this machine's doing: 10 is on time. */
const SLEPT = 30
const TRIES = 3

/** Rows of numbers by figure: ours and the peer's, one for each run. */
class Rows {
  readonly #ours = new Map<string, number[]>()
  readonly #peers = new Map<string, number[]>()

  ours(figure: string, value: number): void {
    this.#ours.set(figure, [...(this.#ours.get(figure) ?? []), value])
  }

  peer(figure: string, value: number): void {
    this.#peers.set(figure, [...(this.#peers.get(figure) ?? []), value])
  }

  figure(figure: string, unit: string, better: 'less' | 'more', shown = figure): Figure[] {
    const ours = this.#ours.get(figure)
    const peer = this.#peers.get(figure)
    if (!ours) return []
    const made = figureOf(shown, unit, better, ours, peer ? { [PEER]: peer } : {})
    // Decibels around zero have no ratio that means anything.
    return [unit === 'dB' && (made.peers[PEER] ?? 0) < 1 ? { ...made, ratio: null } : made]
  }

  worst(kind: string, rooms: readonly string[]): Figure[] {
    const all = rooms.flatMap((room) => this.figure(`${kind}, ${room}`, 'dB', 'more', kind))
    const [worst] = all.toSorted((a, b) => a.ours - b.ours)
    return worst ? [worst] : []
  }
}

export async function run({ runs, scope, say }: Context): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'parlor-echo-bench-'))
  scope.defer(() => rm(folder, { recursive: true, force: true }))
  const rows = new Rows()
  for (let i = 0; i < runs; i++) await delay(rows, say)
  const rooms: Job[] = []
  const peers: Job[] = []
  for (let i = 0; i < runs; i++) {
    for (const room of ROOMS) rooms.push(() => one(rows, say, folder, room, i, true, (job) => peers.push(job)))
    for (const room of ROOMS.slice(1, 2)) rooms.push(() => one(rows, say, folder, room, i, false, () => {}))
  }
  const work = async (jobs: Job[]): Promise<void> => {
    for (let job = jobs.shift(); job && !scope.signal.aborted; job = jobs.shift()) await job()
  }
  // Each lane plays a room, and the peer in that room beside the next one.
  await Promise.all(
    Array.from({ length: AT_ONCE }, () => work(rooms)).map((lane) => Promise.all([lane, alongside(lane, () => work(peers))])),
  )

  const counted = ROOMS.filter((room) => room.clip === null).map((room) => room.name)
  const names = [...ROOMS.map((room) => room.name), '80 ms without cleaning']
  return [
    ...rows.worst('erle after 3 s', counted),
    ...rows.worst('erle after 10 s', counted),
    ...rows.figure('near speech kept', 'dB', 'more'),
    ...rows.figure('mouth to ear', 'ms', 'less'),
    ...names.flatMap((room) => rows.figure(`erle after 3 s, ${room}`, 'dB', 'more')),
    ...names.flatMap((room) => rows.figure(`erle after 10 s, ${room}`, 'dB', 'more')),
    ...rows.figure('played again', 'times', 'less'),
    ...rows.figure('loudspeaker starved', 'ms', 'less'),
    ...rows.figure('longest turn', 'ms', 'less'),
  ]
}

type Job = () => Promise<void>

/** Does the work again and again until the lane has ended, and once after. */
async function alongside(lane: Promise<void>, work: Job): Promise<void> {
  let ended = false
  void lane.finally(() => {
    ended = true
  })
  while (!ended) {
    await work()
    await sleep(500)
  }
  await work()
}

/** Plays a room, again if this machine slept in it. */
async function played(order: RoomOrder, rows: Rows, say: (line: string) => void): Promise<RoomReport> {
  for (let tries = 1; ; tries++) {
    const seen = await playRoom(order)
    if (tries === TRIES || (seen.starved === 0 && seen.longestGap < SLEPT)) {
      rows.ours('played again', tries - 1)
      return seen
    }
    say(`${order.acoustics.name}: again; ran dry for ${(seen.starved / 48).toFixed(0)} ms, longest turn ${seen.longestGap.toFixed(0)} ms`)
  }
}

async function one(
  rows: Rows,
  say: (line: string) => void,
  folder: string,
  acoustics: Acoustics,
  i: number,
  cleaning: boolean,
  later: (job: Job) => void,
): Promise<void> {
  const base = join(folder, `${acoustics.name.replace(/\W+/g, '-')}-${i}-${cleaning}`)
  const far = await encode(await speech(FAR_ENDS - FAR, i), base)
  const near = acoustics.doubleTalk ? await speech(NEAR.seconds, i + 1) : null
  const seconds = acoustics.doubleTalk ? ENDS.doubleTalk : ENDS.plain
  const seen = await played(
    {
      acoustics,
      seed: i + 1,
      far,
      farAt: FAR,
      near,
      nearAt: [NEAR.during, NEAR.alone],
      seconds,
      cleaning,
      loop: false,
    },
    rows,
    say,
  )
  const room = cleaning ? acoustics.name : `${acoustics.name} without cleaning`
  const take = (heard: Heard, into: (figure: string, value: number) => void): string => {
    const { after3, after10 } = erle(heard)
    into(`erle after 3 s, ${room}`, after3)
    into(`erle after 10 s, ${room}`, after10)
    if (near) into('near speech kept', nearKept(heard))
    return `${after3.toFixed(1)} dB, then ${after10.toFixed(1)} dB${near ? `, near ${nearKept(heard).toFixed(1)} dB` : ''}`
  }
  const words = take({ heard: seen.heard, left: seen.left, began: seen.leftBegan }, (figure, value) => rows.ours(figure, value))
  rows.ours('loudspeaker starved', (seen.starved / 48_000) * 1000)
  rows.ours('longest turn', seen.longestGap)
  const late = seen.starved > 0 ? `; LATE: the loudspeaker ran dry for ${(seen.starved / 48).toFixed(0)} ms` : ''
  say(`${room}: ${words}; longest turn ${seen.longestGap.toFixed(0)} ms, clocks ${seen.counts.drift.toFixed(0)} ppm${late}`)
  if (!cleaning) return
  later(async () => {
    const left = await webrtcdsp(seen.played, seen.heard, base)
    say(`${room}, ${PEER}: ${take({ heard: seen.heard, left, began: 0 }, (figure, value) => rows.peer(figure, value))}`)
  })
}

/** What the microphone hears leaves as RTP, comes back as RTP, and is played: mouth to ear without a network. */
async function delay(rows: Rows, say: (line: string) => void): Promise<void> {
  const acoustics = { name: 'delay', delay: 20, reverb: 0, drift: 0, clip: null, doubleTalk: false }
  const near = clicks(12)
  const seen = await played(
    { acoustics, seed: 1, far: [], farAt: 0, near, nearAt: [3], seconds: 16, cleaning: true, loop: true },
    rows,
    say,
  )
  const times = mouthToEar(seen.heard, seen.played, 3)
  rows.ours('mouth to ear', median(times))
  say(
    `mouth to ear: ${median(times).toFixed(1)} ms (${Math.min(...times).toFixed(1)} to ${Math.max(...times).toFixed(1)}, ${times.length} bursts)`,
  )
}
