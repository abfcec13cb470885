// mute.ts — how long after the mute key goes down the room is still heard, at the far end in a real browser; and how long after it
// is pressed again until the room is heard. The key comes in by the socket of the command line, at the very place where those of
// remotes and buttons do. The peer is a Chromium that switches its microphone's track off, heard by the same ear: what both have in common
// is the time that sound waits in the far end's jitter buffer.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { askLocal } from '../src/control/local.ts'
import { CAST } from '../test/e2e/kit/browser.ts'
import type { Hearing } from '../test/e2e/kit/eyes.ts'
import { BOX, Stage } from '../test/e2e/kit/stage.ts'
import type { Context } from './context.ts'
import { type Figure, figureOf, median } from './figure.ts'
import { pairMute } from './peer/pair.ts'

export const name = 'mute'

const WINDOW = 1500

/** The first window after `from` in which the tone is (or is not) there, for three in a row; ms after `from`. */
function first(heard: readonly Hearing[], from: number, there: (db: number) => boolean, hz = BOX.hz): number {
  const after = heard.filter(({ at }) => at > from).map(({ at, db }) => ({ at, db: db[hz] ?? -120 }))
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
  const peer = { silent: [] as number[], heard: [] as number[] }
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
  for (const { at, muted, heard } of await pairMute(ada.page, runs, CAST[0].hz)) {
    const before = median(heard.filter((each) => (muted ? each.at < at : each.at > at + 800)).map(({ db }) => db[CAST[0].hz] ?? -120))
    const way = muted ? 'silent' : 'heard'
    const took = first(heard, at, muted ? (db) => db < before - 40 : (db) => db > before - 8, CAST[0].hz)
    peer[way].push(took)
    say(`Chromium pair, far end ${way}: ${took} ms`)
  }
  return [
    figureOf('mute key down, silence at the far end', 'ms', 'less', figures.silent, { 'Chromium pair': peer.silent }),
    figureOf('mute key again, heard at the far end', 'ms', 'less', figures.heard, { 'Chromium pair': peer.heard }),
  ]
}
