// joins.ts — two hundred joins and leaves: what the box's processes hold open and how much memory they hold, after a
// warm-up of fifty and at the end. Flat is good.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Box, openFiles, openKinds, rssOf } from '../test/e2e/kit/box.ts'
import { CAST, person } from '../test/e2e/kit/browser.ts'
import { BOX, Stage } from '../test/e2e/kit/stage.ts'
import type { Context } from './context.ts'
import { type Figure, figureOf } from './figure.ts'

export const name = 'joins'

const JOINS = 200
const WARM_UP = 50
type Held = { readonly files: number; readonly rss: number }

async function held(box: Box): Promise<Record<string, Held>> {
  await sleep(3000)
  const all = Object.entries(await box.processes())
  return Object.fromEntries(all.map(([what, pid]) => [what, { files: openFiles(pid), rss: rssOf(pid) }]))
}

export async function run({ scope, say }: Context): Promise<Figure[]> {
  const stage = await Stage.open()
  scope.defer(() => stage[Symbol.asyncDispose]())
  const { box } = stage
  const ada = await person(stage.browser, CAST[0])
  await ada.open(await box.room())
  let warm: Record<string, Held> = {}
  for (let i = 1; i <= JOINS; i++) {
    await ada.press('join')
    await ada.sees(BOX.name, 'live')
    await ada.leave()
    for (let tries = 0; tries < 200 && (await box.status()).people.length > 0; tries++) await sleep(50)
    if (i === WARM_UP) warm = await held(box)
    if (i % WARM_UP === 0) say(`${i} joins: ${JSON.stringify(openKinds(box.pid))}, ${rssOf(box.pid).toFixed(1)} MB`)
  }
  const end = await held(box)
  return Object.keys(end).flatMap((what) => {
    const [before, after] = [warm[what], end[what]]
    if (!before || !after) return []
    return [
      figureOf(`open files, ${what}`, 'files', 'less', [after.files], { 'after warm-up': [before.files] }),
      figureOf(`rss, ${what}`, 'MB', 'less', [after.rss], { 'after warm-up': [before.rss] }),
    ]
  })
}
