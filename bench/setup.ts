// setup.ts — how long it takes from knowing each other to an open channel and to a first picture: box and Chromium, beside
// two Chromiums with signalling inside one page (which costs nothing), and beside two through the same broker as we use.
//
// Same m-lines, codecs, size and rate on all sides; the same fake camera; one warm-up call each, then in turns. While the
// pairs call, the box is out of its room, so its camera costs them nothing. `join to first frame` is what a person waits
// after pressing join; there is no peer for it.
import { setTimeout as sleep } from 'node:timers/promises'
import { CAST, person } from '../test/e2e/kit/browser.ts'
import { BOX, Stage } from '../test/e2e/kit/stage.ts'
import type { Context } from './context.ts'
import { type Figure, figureOf } from './figure.ts'
import { brokerPairSetup } from './peer/broker-pair.ts'
import { pairSetup, type Setup } from './peer/pair.ts'
import { addProbe, readProbe, resetProbe } from './peer/probe.ts'

export const name = 'setup'

type Way = 'ours' | 'Chromium pair' | 'Chromium pair by our broker'

export async function run({ runs, scope, say }: Context): Promise<Figure[]> {
  const stage = await Stage.open()
  scope.defer(() => stage[Symbol.asyncDispose]())
  const { box, browser } = stage
  const [a, b, ada] = [await person(browser, CAST[2]), await person(browser, CAST[1]), await person(browser, CAST[0])]
  for (const peer of [a, b]) await peer.page.goto(`${box.origin}/`)
  await addProbe(ada.page)
  await ada.open(await box.room())
  const waits: number[] = []

  const ours = async (): Promise<Setup> => {
    await box.enter()
    const pressed = await resetProbe(ada.page)
    await ada.press('join')
    const times = await readProbe(ada.page)
    await ada.sees(BOX.name, 'live')
    waits.push(times.frame - pressed)
    await ada.leave()
    await box.exit()
    await sleep(500)
    return { channel: times.channel - times.start, frame: times.frame - times.start }
  }
  const ways: Readonly<Record<Way, () => Promise<Setup>>> = {
    ours,
    'Chromium pair': () => pairSetup(a.page),
    'Chromium pair by our broker': () => brokerPairSetup(a.page, b.page),
  }
  const took: Record<Way, Setup[]> = { ours: [], 'Chromium pair': [], 'Chromium pair by our broker': [] }
  await box.exit()
  for (let i = -1; i < runs; i++) {
    for (const way of Object.keys(ways) as Way[]) {
      const setup = await ways[way]()
      if (i >= 0) took[way].push(setup)
      say(
        `${i < 0 ? 'warm-up' : `run ${i + 1} of ${runs}`}, ${way}: channel ${setup.channel.toFixed(0)} ms, frame ${setup.frame.toFixed(0)} ms`,
      )
    }
  }
  const pick = (way: Way, what: keyof Setup) => took[way].map((setup) => setup[what])
  const beside = (what: keyof Setup) => ({
    'Chromium pair': pick('Chromium pair', what),
    'Chromium pair by our broker': pick('Chromium pair by our broker', what),
  })
  return [
    figureOf('channel open', 'ms', 'less', pick('ours', 'channel'), beside('channel')),
    figureOf('first frame', 'ms', 'less', pick('ours', 'frame'), beside('frame')),
    figureOf('join to first frame', 'ms', 'less', waits.slice(1), {}),
  ]
}
