// glass.ts — from one glass to the other: how old a picture is when it is shown. The camera's picture carries the time at
// which it was drawn (test/e2e/kit/barcode.ts); the other end reads it off as it shows it. All clocks are one clock.
//
// 640x360 at 30 a second, H.264, on all sides. Ours are two ways: the box's camera to Chromium's screen, and Chromium's
// camera to the TV, read from the TV's own sink after the compositor. The peer is Chromium to Chromium. In turns; the first
// third of each run is left out, until encoders and jitter buffers have settled. While the pair runs, the box is in no call.
import { setTimeout as sleep } from 'node:timers/promises'
import { barcode } from '../test/e2e/kit/barcode.ts'
import { CAST, person } from '../test/e2e/kit/browser.ts'
import { readIn } from '../test/e2e/kit/fifo.ts'
import { BOX, Stage } from '../test/e2e/kit/stage.ts'
import { placeOf } from '../test/e2e/kit/tiles.ts'
import type { Context } from './context.ts'
import { type Figure, figureOf, percentile } from './figure.ts'
import { pairGlass } from './peer/pair.ts'

export const name = 'glass'

const LOOK = 9000
type Way = 'box to Chromium' | 'Chromium to TV' | 'Chromium pair'

/** The ages of the settled part of a run. @throws when hardly anything could be read: a figure of ten frames says nothing */
function settled(way: Way, ages: readonly number[]): readonly number[] {
  const late = ages.slice(Math.floor(ages.length / 3))
  if (late.length < 15) throw new Error(`${way}: only ${ages.length} pictures could be read in ${LOOK} ms`)
  return late
}

export async function run({ runs, scope, say }: Context): Promise<Figure[]> {
  const stage = await Stage.open({ tv: true })
  scope.defer(() => stage[Symbol.asyncDispose]())
  const { box, browser, tv } = stage
  const [pair, ada] = [await person(browser, CAST[1]), await person(browser, CAST[0])]
  await pair.page.goto(`${box.origin}/`)
  await ada.open(await box.room())
  await box.exit()

  const ours = async (): Promise<Record<'box to Chromium' | 'Chromium to TV', readonly number[]>> => {
    await box.enter()
    await ada.press('join')
    await ada.sees(BOX.name, 'live')
    const place = await placeOf(box, CAST[0].name)
    const onTv: number[] = []
    let last: number | null = null
    tv?.watch((frame) => {
      const time = readIn(frame, place)
      if (time !== null && time !== last) onTv.push(barcode.age(time, frame.at))
      last = time
    })
    const { frames } = await ada.look(ada.videoOf(BOX.name), LOOK)
    tv?.watch(() => {})
    await ada.leave()
    await box.exit()
    await sleep(1000)
    return { 'box to Chromium': frames.flatMap(({ age }) => (age === null ? [] : [age])), 'Chromium to TV': onTv }
  }

  const took: Record<Way, Array<readonly number[]>> = { 'box to Chromium': [], 'Chromium to TV': [], 'Chromium pair': [] }
  const keep = (way: Way, ages: readonly number[]) => {
    const late = settled(way, ages)
    took[way].push(late)
    say(
      `run ${took[way].length} of ${runs}, ${way}: p50 ${percentile(late, 0.5).toFixed(0)} ms, p95 ${percentile(late, 0.95).toFixed(0)} ms`,
    )
  }
  for (let i = 0; i < runs; i++) {
    keep('Chromium pair', await pairGlass(pair.page, LOOK))
    const both = await ours()
    keep('box to Chromium', both['box to Chromium'])
    keep('Chromium to TV', both['Chromium to TV'])
  }
  const each = (way: Way, p: number) => took[way].map((ages) => percentile(ages, p))
  const figure = (title: string, way: Way, p: number) =>
    figureOf(title, 'ms', 'less', each(way, p), { 'Chromium pair': each('Chromium pair', p) })
  return [
    figure('glass to glass p50', 'box to Chromium', 0.5),
    figure('glass to glass p95', 'box to Chromium', 0.95),
    figure('glass to glass p50, Chromium to TV', 'Chromium to TV', 0.5),
    figure('glass to glass p95, Chromium to TV', 'Chromium to TV', 0.95),
  ]
}
