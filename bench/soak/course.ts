// course.ts — a box that is used for hours: every twenty seconds somebody comes or goes. What it holds is read while nobody is there,
// so that the same moments are compared.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Scope } from '../../src/lib/scope.ts'
import { Box, openFiles } from '../../test/e2e/kit/box.ts'
import { CAST, openBrowser, person } from '../../test/e2e/kit/browser.ts'
import { numbers } from '../../test/e2e/net/meeting.ts'
import { type Named, type Trend, trendOf, trendsOf } from '../trend.ts'

const EVERY = 20_000
/** What a box needs is there after so many joins, and after this part of the time at least. */
const WARM_JOINS = 5
const WARM_PART = 0.25

/** `values`: memory of the daemon and its workers, MB. `files` and `timers` are the daemon's. */
type Held = Named & { readonly files: number; readonly timers: number }
export type Soaked = {
  readonly joins: number
  /** Of the daemon's memory, MB an hour. */
  readonly rss: Trend
  /** The same of each worker. */
  readonly workers: Readonly<Record<string, Trend>>
  readonly held: readonly Held[]
}

export async function soak(minutes: number, scope: Scope, say: (line: string) => void): Promise<Soaked> {
  const box = await Box.start({
    PARLOR_CAMERA__WIDTH: '320',
    PARLOR_CAMERA__HEIGHT: '180',
    PARLOR_CAMERA__FPS: '15',
    PARLOR_CAMERA__KBPS: '300',
    PARLOR_SOUND__MICROPHONE: 'test',
  })
  scope.defer(() => box.stop())
  const browser = await openBrowser()
  scope.defer(() => browser.close())
  const ada = await person(browser, CAST[0], { fps: 10, width: 320 })
  await ada.open(await box.room())

  const start = performance.now()
  const hours = () => (performance.now() - start) / 3_600_000
  const held: Held[] = []
  let joins = 0
  for (let turn = 1; hours() * 60 < minutes; turn++) {
    await sleep(Math.max(0, start + turn * EVERY - performance.now()))
    if (turn % 2 === 1) {
      const [, timers] = /^parlor_timers (\d+)/m.exec(await numbers(box)) ?? []
      held.push({ at: hours(), values: await box.memory(), files: openFiles(box.pid), timers: Number(timers) })
      await ada.press('join')
      await ada.sees(BOX_NAME, 'live')
      joins++
    } else await ada.leave()
    const now = held.at(-1)
    if (turn % 6 === 1 && now) say(`${joins} joins: ${now.values.daemon?.toFixed(1)} MB, ${now.files} files, ${now.timers} timers`)
  }
  const warm = held.filter(({ at }, i) => i >= WARM_JOINS && at * 60 >= minutes * WARM_PART)
  const { daemon: rss = trendOf([]), ...workers } = trendsOf(warm)
  return { joins, rss, workers, held: warm }
}

const BOX_NAME = 'Living room'
