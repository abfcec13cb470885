// echo.ts — how much echo leaves the box, how much of who talks stays, and how long sound takes through it.
//
// The product's own sound worker, in real time, in rooms made of numbers: the far end comes in as Opus RTP, a sound
// card of a pipe and a socket plays it into the room, and what is measured is decoded from the RTP that leaves, with
// noise suppression and level control on as in the product (level control lifts what is left of the echo by up to
// 6 dB, so the rows `without cleaning` are there too). The peer is GStreamer's webrtcdsp with its probe, in its
// strongest setting, given what our loudspeaker played and our microphone heard. Rooms run two at a time.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Context } from './context.ts'
import type { Acoustics } from './echo/acoustics.ts'
import { clicks, ENDS, erle, FAR, FAR_ENDS, type Heard, mouthToEar, NEAR, nearKept, ROOMS } from './echo/measure.ts'
import { encode, webrtcdsp } from './echo/opus.ts'
import { playRoom } from './echo/room.ts'
import { speech } from './echo/speech.ts'
import { type Figure, figureOf, median } from './figure.ts'

export const name = 'echo'
const PEER = 'webrtcdsp'
const AT_ONCE = 2

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
    return ours ? [figureOf(shown, unit, better, ours, peer ? { [PEER]: peer } : {})] : []
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
  const jobs: Array<() => Promise<void>> = []
  for (let i = 0; i < runs; i++) {
    jobs.push(() => delay(rows, say))
    for (const room of ROOMS) jobs.push(() => one(rows, say, folder, room, i, true))
    for (const room of ROOMS.slice(1, 2)) jobs.push(() => one(rows, say, folder, room, i, false))
  }
  const next = async (): Promise<void> => {
    for (let job = jobs.shift(); job && !scope.signal.aborted; job = jobs.shift()) await job()
  }
  await Promise.all(Array.from({ length: AT_ONCE }, next))

  const counted = ROOMS.filter((room) => room.clip === null).map((room) => room.name)
  const names = [...ROOMS.map((room) => room.name), '80 ms without cleaning']
  return [
    ...rows.worst('erle after 3 s', counted),
    ...rows.worst('erle after 10 s', counted),
    ...rows.figure('near speech kept', 'dB', 'more'),
    ...rows.figure('mouth to ear', 'ms', 'less'),
    ...names.flatMap((room) => rows.figure(`erle after 3 s, ${room}`, 'dB', 'more')),
    ...names.flatMap((room) => rows.figure(`erle after 10 s, ${room}`, 'dB', 'more')),
    ...rows.figure('loudspeaker starved', 'ms', 'less'),
    ...rows.figure('longest turn', 'ms', 'less'),
  ]
}

async function one(
  rows: Rows,
  say: (line: string) => void,
  folder: string,
  acoustics: Acoustics,
  i: number,
  cleaning: boolean,
): Promise<void> {
  const base = join(folder, `${acoustics.name.replace(/\W+/g, '-')}-${i}-${cleaning}`)
  const far = await encode(await speech(FAR_ENDS - FAR, i), base)
  const near = acoustics.doubleTalk ? await speech(NEAR.seconds, i + 1) : null
  const seconds = acoustics.doubleTalk ? ENDS.doubleTalk : ENDS.plain
  const seen = await playRoom({
    acoustics,
    seed: i + 1,
    far,
    farAt: FAR,
    near,
    nearAt: [NEAR.during, NEAR.alone],
    seconds,
    cleaning,
    loop: false,
  })
  const room = cleaning ? acoustics.name : `${acoustics.name} without cleaning`
  const ours: Heard = { heard: seen.heard, left: seen.left, began: seen.leftBegan }
  const mine = erle(ours)
  rows.ours(`erle after 3 s, ${room}`, mine.after3)
  rows.ours(`erle after 10 s, ${room}`, mine.after10)
  rows.ours('loudspeaker starved', (seen.starved / 48_000) * 1000)
  rows.ours('longest turn', seen.longestGap)
  let words = `${room}: ${mine.after3.toFixed(1)} dB, then ${mine.after10.toFixed(1)} dB`
  if (near) rows.ours('near speech kept', nearKept(ours))
  if (near) words += `, near ${nearKept(ours).toFixed(1)} dB`
  words += `; longest turn ${seen.longestGap.toFixed(0)} ms, clocks ${seen.counts.drift.toFixed(0)} ppm, echo ${seen.facts.at(-3)?.echo ?? '?'}`
  if (seen.starved > 0) words += `; LATE: the loudspeaker starved for ${(seen.starved / 48).toFixed(0)} ms`
  if (cleaning) {
    const theirs: Heard = { heard: seen.heard, left: await webrtcdsp(seen.played, seen.heard, base), began: 0 }
    const peer = erle(theirs)
    rows.peer(`erle after 3 s, ${room}`, peer.after3)
    rows.peer(`erle after 10 s, ${room}`, peer.after10)
    if (near) rows.peer('near speech kept', nearKept(theirs))
    words += `; ${PEER} ${peer.after3.toFixed(1)}, ${peer.after10.toFixed(1)}`
  }
  say(words)
}

/** What the microphone hears leaves as RTP, comes back as RTP, and is played: mouth to ear without a network. */
async function delay(rows: Rows, say: (line: string) => void): Promise<void> {
  const acoustics = { name: 'delay', delay: 20, reverb: 0, drift: 0, clip: null, doubleTalk: false }
  const near = clicks(12)
  const seen = await playRoom({ acoustics, seed: 1, far: [], farAt: 0, near, nearAt: [3], seconds: 16, cleaning: true, loop: true })
  const times = mouthToEar(seen.heard, seen.played, 3)
  rows.ours('mouth to ear', median(times))
  say(
    `mouth to ear: ${median(times).toFixed(1)} ms (${Math.min(...times).toFixed(1)} to ${Math.max(...times).toFixed(1)}, ${times.length} bursts)`,
  )
}
