// mute.ts — how long after the mute key goes down the room is still heard, at the far end in a real browser; and how long after it
// is pressed again until the room is heard. The key comes in by the socket of the command line, at the very place where those of
// remotes and buttons do.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { askLocal } from '../src/control/local.ts'
import type { Hearing } from '../test/e2e/kit/eyes.ts'
import { BOX, Stage } from '../test/e2e/kit/stage.ts'
import type { Context } from './context.ts'
import { type Figure, figureOf, median } from './figure.ts'

export const name = 'mute'

const WINDOW = 1500

/** The first window after `from` in which the tone is (or is not) there, for three in a row; ms after `from`. */
function first(heard: readonly Hearing[], from: number, there: (db: number) => boolean): number {
  const after = heard.filter(({ at }) => at > from).map(({ at, db }) => ({ at, db: db[BOX.hz] ?? -120 }))
  const found = after.findIndex((_, i) => i + 3 <= after.length && after.slice(i, i + 3).every(({ db }) => there(db)))
  const begin = after[found]
  if (!begin) throw new Error('the far end heard no change')
  return begin.at - from
}

export async function run({ runs, scope, say }: Context): Promise<Figure[]> {
  const stage = await Stage.open({})
  scope.defer(() => stage[Symbol.asyncDispose]())
  const [ada] = await stage.call(1)
  if (!ada) throw new Error('nobody came')
  const selector = await ada.soundOf(BOX.name)
  const key = () => askLocal(join(stage.box.data, 'control.sock'), { do: 'key', key: 'mute' }, AbortSignal.timeout(5000))
  const figures = { silent: [] as number[], heard: [] as number[] }
  await sleep(3000)
  const loud = median((await ada.hear(selector, WINDOW, 10, [BOX.hz])).map(({ db }) => db[BOX.hz] ?? -120))
  for (let i = 0; i < runs; i++)
    for (const way of ['silent', 'heard'] as const) {
      const listening = ada.hear(selector, WINDOW, 10, [BOX.hz])
      await sleep(500)
      const pressed = Date.now()
      await key()
      const took = first(await listening, pressed, way === 'silent' ? (db) => db < loud - 40 : (db) => db > loud - 8)
      figures[way].push(took)
      say(`mute key, far end ${way}: ${took} ms`)
      await sleep(800)
    }
  return [
    figureOf('mute key down, silence at the far end', 'ms', 'less', figures.silent, {}),
    figureOf('mute key again, heard at the far end', 'ms', 'less', figures.heard, {}),
  ]
}
