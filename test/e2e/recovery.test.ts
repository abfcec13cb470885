// recovery.test.ts — a worker killed with -9 in a call: its picture or sound comes back, and the call never notices.
// How fast, `npm run bench -- recovery` measures; here the bounds are wide, so that a busy machine does not fail them.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { barcode } from './kit/barcode.ts'
import type { Worker } from './kit/box.ts'
import { CAST, hasChromium, type Person } from './kit/browser.ts'
import { Loudspeaker, readIn } from './kit/fifo.ts'
import { artefact } from './kit/folder.ts'
import { BOX, Stage } from './kit/stage.ts'
import { placeOf } from './kit/tiles.ts'
import { level } from './kit/tone.ts'
import { tvPicture } from './kit/tv.ts'

const after = (killed: number, time: number | null) => time !== null && barcode.age(killed, time) < 2 ** 31
const BOUND = 15_000

describe.skipIf(!hasChromium)('in a call with one page', () => {
  let stage: Stage
  let ada: Person
  let pid = 0
  /** Everything other than 'live' that anybody was in since the call began. */
  const odd: string[] = []
  beforeAll(async () => {
    stage = await Stage.open({ tv: true })
    const [first] = await stage.call(1)
    if (!first) throw new Error('nobody came')
    ada = first
    pid = stage.box.pid
    await ada.page.exposeFunction('parlorOdd', (state: string) => void odd.push(state))
    await ada.page.evaluate((name) => {
      const tell = (window as unknown as { parlorOdd: (state: string) => void }).parlorOdd
      const look = () => {
        const state = document.querySelector<HTMLElement>(`[data-testid="tile"][data-name="${name}"]`)?.dataset.state ?? 'gone'
        if (state !== 'live') tell(state)
      }
      new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true })
    }, BOX.name)
  })
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    await expect
      .poll(async () => (await stage.box.status()).workers, { timeout: BOUND })
      .toEqual({
        camera: expect.any(Number),
        screen: expect.any(Number),
        sound: expect.any(Number),
      })
  })

  async function callGoesOn(): Promise<void> {
    const { people, pid: now } = await stage.box.status()
    expect(now).toBe(pid)
    expect(people.map(({ name, state }) => [name, state])).toEqual([[CAST[0].name, 'live']])
    expect(odd).toEqual([])
  }
  const kill = async (worker: Worker) => {
    const before = (await stage.box.status()).workers[worker]
    const killed = await stage.box.killWorker(worker)
    await expect.poll(async () => (await stage.box.status()).workers[worker], { timeout: BOUND }).not.toBe(before)
    return killed
  }

  test('the camera comes back', async () => {
    const killed = await kill('camera')
    const { frames } = await ada.look(ada.videoOf(BOX.name), BOUND, killed)
    expect(after(killed, frames.at(-1)?.time ?? null)).toBe(true)
    await callGoesOn()
  })

  test('the TV comes back', async () => {
    const place = await placeOf(stage.box, CAST[0].name)
    const killed = await stage.box.killWorker('screen')
    let back = false
    stage.tv?.watch((frame) => {
      back ||= after(killed, readIn(frame, place))
    })
    await expect.poll(() => back, { timeout: BOUND }).toBe(true)
    stage.tv?.watch(() => {})
    await tvPicture(stage.box.origin, artefact('recovery', 'tv.jpg'))
    await callGoesOn()
  })

  test('the sound comes back, at both ends', async () => {
    await kill('sound')
    const selector = await ada.soundOf(BOX.name)
    const page = async () => (await ada.hear(selector, 400, 200, [BOX.hz])).at(-1)?.db[BOX.hz] ?? -120
    await expect.poll(page, { timeout: BOUND }).toBeGreaterThan(-45)
    let samples = 0
    let fresh = new Float32Array()
    stage.speaker.watch((piece) => {
      samples += piece.length
      fresh = Float32Array.from(stage.speaker.last(400))
    })
    await expect.poll(() => samples > 48_000 && level(fresh, Loudspeaker.rate, CAST[0].hz) > -45, { timeout: BOUND }).toBe(true)
    stage.speaker.watch(() => {})
    await callGoesOn()
  })

  test('three at once come back too', async () => {
    const killed = await stage.box.killWorker('camera')
    await stage.box.killWorker('screen')
    await stage.box.killWorker('sound')
    const { frames } = await ada.look(ada.videoOf(BOX.name), BOUND, killed)
    expect(after(killed, frames.at(-1)?.time ?? null)).toBe(true)
    await callGoesOn()
  })
})
