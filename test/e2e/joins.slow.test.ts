// joins.slow.test.ts — coming and going leaves nothing behind: the box's open files return to where they were.
// Two hundred of them, with memory, are `npm run bench -- joins`.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openFiles, openKinds } from './kit/box.ts'
import { CAST, hasChromium, type Person, person } from './kit/browser.ts'
import { BOX, Stage } from './kit/stage.ts'

/** The small picture's sockets are opened when somebody is first shown it, and stay: not a leak, and when that is depends on the line. */
const ONCE: Readonly<Record<string, number>> = { camera: 2 }

describe.skipIf(!hasChromium)('joins and leaves', () => {
  let stage: Stage
  let ada: Person
  beforeAll(async () => {
    stage = await Stage.open()
    ada = await person(stage.browser, CAST[0])
    await ada.open(await stage.box.room())
  })
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]()
  })

  async function comeAndGo(): Promise<void> {
    await ada.press('join')
    await ada.sees(BOX.name, 'live')
    await ada.leave()
    await expect.poll(async () => (await stage.box.status()).people, { timeout: 10_000 }).toEqual([])
  }

  test('fifteen of them leave no file open that was not open before', async () => {
    for (let i = 0; i < 4; i++) await comeAndGo()
    const { workers } = await stage.box.status()
    const all = { daemon: stage.box.pid, ...workers }
    const count = () => Object.fromEntries(Object.entries(all).map(([name, pid]) => [name, pid === null ? 0 : openFiles(pid)]))
    let least = count()
    for (let i = 0; i < 8; i++) {
      await new Promise((go) => setTimeout(go, 250))
      const now = count()
      least = Object.fromEntries(Object.entries(now).map(([name, n]) => [name, Math.min(n, least[name] ?? n)]))
    }
    for (let i = 0; i < 15; i++) await comeAndGo()
    const more = () =>
      Object.fromEntries(Object.entries(count()).map(([name, n]) => [name, Math.max(0, n - (least[name] ?? 0) - (ONCE[name] ?? 0))]))
    await expect
      .poll(more, { timeout: 15_000, message: `the daemon holds ${JSON.stringify(openKinds(stage.box.pid))}` })
      .toEqual({ daemon: 0, camera: 0, screen: 0, sound: 0 })
    expect((await stage.box.status()).workers).toEqual(workers)
  }, 180_000)
})
