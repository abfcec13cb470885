// recovery.ts — how long picture and sound are gone when a worker is killed with -9 in the middle of a call, and how soon a
// participant whose network dies, or who closes the tab, is shown so.
//
// A picture is back when one that was drawn after the kill is shown; a sound is back when the tone is heard again after it
// was gone. Each is measured where a person would notice: in the page, on the TV, at the loudspeaker.
import { setTimeout as sleep } from 'node:timers/promises'
import { barcode } from '../test/e2e/kit/barcode.ts'
import type { Box } from '../test/e2e/kit/box.ts'
import { CAST, openBrowser, type Person, person } from '../test/e2e/kit/browser.ts'
import type { Hearing } from '../test/e2e/kit/eyes.ts'
import { Loudspeaker, readIn } from '../test/e2e/kit/fifo.ts'
import { Cable, whyNoNamespaces } from '../test/e2e/kit/net.ts'
import { BOX, Stage } from '../test/e2e/kit/stage.ts'
import { placeOf } from '../test/e2e/kit/tiles.ts'
import { level } from '../test/e2e/kit/tone.ts'
import type { Context } from './context.ts'
import { type Figure, figureOf, median } from './figure.ts'

export const name = 'recovery'

const PATIENCE = 15_000
const PAUSE = 11_000

/** Waits for something that comes by callback; @throws when it does not come. */
async function within(what: string, start: (done: (ms: number) => void) => void): Promise<number> {
  const came = new Promise<number>((done) => start(done))
  const late = sleep(PATIENCE, null, { ref: false }).then((): never => {
    throw new Error(`${what} was not back after ${PATIENCE} ms`)
  })
  return Promise.race([came, late])
}

async function cameraBack({ box }: Stage, ada: Person): Promise<number> {
  const killed = await box.killWorker('camera')
  const { frames } = await ada.look(ada.videoOf(BOX.name), PATIENCE, killed)
  const last = frames.at(-1)
  if (!last || last.time === null || barcode.age(killed, last.time) > 2 ** 31) throw new Error('the camera did not come back')
  return last.at - killed
}

async function screenBack({ box, tv }: Stage): Promise<number> {
  if (!tv) throw new Error('this bench reads the TV')
  const place = await placeOf(box, CAST[0].name)
  const killed = await box.killWorker('screen')
  return within('the TV', (done) =>
    tv.watch((frame) => {
      const time = readIn(frame, place)
      if (time !== null && barcode.age(killed, time) < 2 ** 31) done(frame.at - killed)
    }),
  ).finally(() => tv.watch(() => {}))
}

/** The sound worker owns both directions, so one kill is heard at both ends. */
async function soundBack({ box, speaker }: Stage, ada: Person): Promise<{ page: number; loudspeaker: number }> {
  const selector = await ada.soundOf(BOX.name)
  const listening = ada.hear(selector, PATIENCE, 22, [BOX.hz])
  await sleep(1000)
  const killed = await box.killWorker('sound')
  let lastAt = killed
  let gone = false
  const loudspeaker = await within('the loudspeaker', (done) =>
    speaker.watch((_, at) => {
      const gap = at - lastAt
      lastAt = at
      if (gap > 80) gone = true
      if (gone && level(speaker.last(40), Loudspeaker.rate, CAST[0].hz) > -45) done(at - killed)
    }),
  ).finally(() => speaker.watch(() => {}))
  return { page: interruption(await listening, killed), loudspeaker }
}

/** Until when after the kill the tone was away: from there on it is heard as before for 5 windows. 0: nobody noticed. */
function interruption(heard: readonly Hearing[], killed: number): number {
  const levels = heard.map(({ at, db }) => ({ at, db: db[BOX.hz] ?? -120 }))
  const before = median(levels.filter(({ at }) => at <= killed).map(({ db }) => db))
  const after = levels.filter(({ at }) => at > killed)
  const gone = after.findIndex(({ db }) => db < before - 15)
  if (gone < 0) return 0
  const back = after.findIndex((_, i) => i > gone && after.slice(i, i + 5).every(({ db }) => db > before - 8))
  const first = after[back]
  if (!first) throw new Error('the page did not hear the box again')
  return first.at - killed
}

type People = Awaited<ReturnType<Box['status']>>['people']

async function until(box: Box, is: (people: People) => boolean): Promise<number> {
  for (const start = Date.now(); Date.now() < start + PATIENCE; await sleep(20)) if (is((await box.status()).people)) return Date.now()
  throw new Error(`the box did not notice within ${PATIENCE} ms`)
}

/** Pulls the cable of somebody on another machine and plugs it in again. */
async function cablePulled(box: Box): Promise<{ noticed: number; back: number }> {
  using cable = new Cable()
  const browser = await openBrowser(cable.namespace)
  try {
    const cleo = await person(browser, CAST[2])
    const is = (state: People[number]['state']) => (people: People) => people.some((p) => p.name === cleo.role.name && p.state === state)
    await cleo.join(await box.room(`https://${cable.here}:${box.httpsPort}`))
    await until(box, is('live'))
    await sleep(2000)
    const pulled = Date.now()
    cable.pull()
    const noticed = (await until(box, is('reconnecting'))) - pulled
    await sleep(4000)
    const plugged = Date.now()
    cable.plug()
    const back = (await until(box, is('live'))) - plugged
    await cleo.close()
    await until(box, (people) => people.every((p) => p.name !== cleo.role.name))
    return { noticed, back }
  } finally {
    await browser.close()
  }
}

export async function run({ runs, scope, say }: Context): Promise<Figure[]> {
  const stage = await Stage.open({ tv: true })
  scope.defer(() => stage[Symbol.asyncDispose]())
  const { box } = stage
  const [ada] = await stage.call(1)
  if (!ada) throw new Error('nobody came')
  const why = whyNoNamespaces()
  if (why) say(`no network namespaces here, so no cable is pulled: ${why}`)
  const figures: Record<string, number[]> = {}
  const keep = (what: string, ms: number) => {
    figures[what] = [...(figures[what] ?? []), ms]
    say(`${what}: ${ms} ms`)
  }
  for (let i = 0; i < runs; i++) {
    await sleep(i === 0 ? 3000 : PAUSE)
    keep('camera killed, picture back in the page', await cameraBack(stage, ada))
    keep('screen killed, picture back on the TV', await screenBack(stage))
    const sound = await soundBack(stage, ada)
    keep('sound killed, box heard again in the page', sound.page)
    keep('sound killed, page heard again at the loudspeaker', sound.loudspeaker)

    const ben = await person(stage.browser, CAST[1])
    await ben.join(await box.room())
    await until(box, (people) => people.some((p) => p.name === CAST[1].name && p.state === 'live'))
    const closed = Date.now()
    await ben.close()
    keep('tab closed, person gone', (await until(box, (people) => people.every((p) => p.name !== CAST[1].name))) - closed)
    if (why === null) {
      const cable = await cablePulled(box)
      keep('network dead, shown as reconnecting', cable.noticed)
      keep('network back, person live again', cable.back)
    }
  }
  return Object.entries(figures).map(([what, all]) => figureOf(what, 'ms', 'less', all, {}))
}
