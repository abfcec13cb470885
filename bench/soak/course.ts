// course.ts — a box that is used for hours: every twenty seconds somebody comes or goes. What it holds is read while nobody is there,
// so that the same moments are compared.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Scope } from '../../src/lib/scope.ts'
import { Box, openFiles, rssOf } from '../../test/e2e/kit/box.ts'
import { CAST, openBrowser, person } from '../../test/e2e/kit/browser.ts'
import { numbers } from '../../test/e2e/net/meeting.ts'
import { type Sample, type Trend, trendOf } from '../trend.ts'

const EVERY = 20_000
/** What a box needs is there after so many joins, and after this part of the time at least. */
const WARM_JOINS = 5
const WARM_PART = 0.25

type Held = { readonly hours: number; readonly rss: number; readonly files: number; readonly timers: number }
/** Memory of processes in MB, by name. */
type Workers = { readonly hours: number; readonly rss: Readonly<Record<string, number>> }
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
  const workers: Workers[] = []
  let joins = 0
  for (let turn = 1; hours() * 60 < minutes; turn++) {
    await sleep(Math.max(0, start + turn * EVERY - performance.now()))
    if (turn % 2 === 1) {
      const [, timers] = /^parlor_timers (\d+)/m.exec(await numbers(box)) ?? []
      held.push({ hours: hours(), rss: rssOf(box.pid), files: openFiles(box.pid), timers: Number(timers) })
      workers.push({ hours: hours(), rss: await memoryOf(box) })
      await ada.press('join')
      await ada.sees(BOX_NAME, 'live')
      joins++
    } else await ada.leave()
    const now = held.at(-1)
    if (turn % 6 === 1 && now) say(`${joins} joins: ${now.rss.toFixed(1)} MB, ${now.files} files, ${now.timers} timers`)
  }
  const isWarm = (sample: { readonly hours: number }, i: number) => i >= WARM_JOINS && sample.hours * 60 >= minutes * WARM_PART
  const warm = held.filter(isWarm)
  const rss = trendOf(warm.map(({ hours, rss }): Sample => ({ at: hours, value: rss })))
  return { joins, rss, workers: trendsOf(workers.filter(isWarm)), held: warm }
}

/** What each process of a box has in memory, MB. */
export async function memoryOf(box: Box): Promise<Record<string, number>> {
  return Object.fromEntries(Object.entries(await box.processes()).map(([name, pid]) => [name, rssOf(pid)]))
}

/** How each but the daemon grows, MB an hour. */
export function trendsOf(workers: readonly Workers[]): Record<string, Trend> {
  const names = [...new Set(workers.flatMap(({ rss }) => Object.keys(rss)))].filter((name) => name !== 'daemon')
  const samples = (name: string): Sample[] =>
    workers.flatMap(({ hours, rss }) => (rss[name] === undefined ? [] : [{ at: hours, value: rss[name] }]))
  return Object.fromEntries(names.map((name) => [name, trendOf(samples(name))]))
}

const BOX_NAME = 'Living room'
