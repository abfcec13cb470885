// longlive.ts — a broadcast that goes on while people join and leave the call: is there a gap, does time ever go back, do sound and picture keep
// together, and does the daemon grow? Every part is read, and ffprobe says what is in it.
//
// --minutes N, 30 without.
import { setTimeout as sleep } from 'node:timers/promises'
import { CAST, person } from '../test/e2e/kit/browser.ts'
import { temporaryFolder } from '../test/e2e/kit/folder.ts'
import { BOX, Stage } from '../test/e2e/kit/stage.ts'
import type { Context } from './context.ts'
import { type Figure, figureOf } from './figure.ts'
import { type Read, readTrack } from './llhls/reader.ts'
import { type Named, trendOf, trendsOf } from './trend.ts'

export const name = 'longlive'

const MINUTES = 30
const EVERY = 20_000
/** This part of the time is left out of the trend of the memory. */
const WARM = 0.25

export async function run({ scope, say, minutes }: Context): Promise<Figure[]> {
  const ms = (minutes ?? MINUTES) * 60_000
  const stage = await Stage.open()
  scope.defer(() => stage[Symbol.asyncDispose]())
  const { box } = stage
  await box.enter()
  const ada = await person(stage.browser, CAST[0], { fps: 10, width: 320, microphone: false })
  await ada.open(await box.room())
  const { link } = (await box.parlor('live', 'on')) as { link: string }
  await sleep(5000)
  const [port, base] = [Number(new URL(box.origin).port), `/live/${new URL(link).pathname.replace('/w/', '')}`]
  const over = new AbortController()
  const folder = temporaryFolder('longlive')
  const reading = Promise.all(['v0', 'sound'].map((track) => readTrack(port, `${base}/${track}.m3u8`, folder, over.signal)))
  const begun = performance.now()
  const memory: Named[] = []
  let joins = 0
  for (let turn = 1; performance.now() - begun < ms; turn++) {
    await sleep(Math.max(0, begun + turn * EVERY - performance.now()))
    if (turn % 2 === 0) await ada.leave()
    else {
      memory.push({ at: (performance.now() - begun) / 3_600_000, values: await box.memory() })
      await ada.press('join')
      await ada.sees(BOX.name, 'live', 60_000)
      joins++
    }
    if (turn % 6 === 1) say(`${joins} joins; MB: ${inWords(memory.at(-1)?.values ?? {})}`)
  }
  over.abort()
  const [video, audio] = await reading
  if (!video || !audio) throw new Error('nothing was read')
  for (const [track, { parts, packets, faults }] of [['v0', video] as const, ['sound', audio] as const])
    say(
      `${track}: ${parts} parts, ${packets} packets; ${faults.length === 0 ? 'no fault' : `${faults.length} faults: ${faults.slice(0, 8).join('; ')}`}`,
    )
  const { daemon: trend = trendOf([]), ...workers } = trendsOf(memory.filter(({ at }) => at * 3_600_000 > ms * WARM))
  const one = (title: string, unit: string, value: number) => figureOf(title, unit, 'less', [value], {})
  return [
    one('faults of time in parts', 'faults', video.faults.length + audio.faults.length),
    one('sound from picture, worst', 'ms', skew(video, audio) * 1000),
    one('memory grows', 'MB/h', trend.slope),
    one('which is sure to', 'MB/h', Number.isFinite(trend.error) ? trend.error : 0),
    one('memory at the end', 'MB', memory.at(-1)?.values.daemon ?? 0),
    ...Object.entries(workers).map(([worker, { slope }]) => one(`memory grows, ${worker}`, 'MB/h', slope)),
  ]
}

const inWords = (memory: Readonly<Record<string, number>>): string =>
  Object.entries(memory)
    .map(([name, mb]) => `${name} ${mb.toFixed(1)}`)
    .join(', ')

/** How far the two tracks ever put one moment apart, s: each says at its segments which wall clock its media time is. */
function skew(video: Read, audio: Read): number {
  const apart = video.offsets.flatMap(({ at, offset }) => {
    const near = audio.offsets.filter((other) => Math.abs(other.at - at) < 1)
    return near.map((other) => Math.abs(other.offset - offset))
  })
  return Math.max(0, ...apart)
}
