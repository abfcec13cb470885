// six.test.ts — a full room: five pages and the box, all lit; the seventh is told politely that there is no chair left.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CAST, hasChromium, type Person, person, THRIFTY } from './kit/browser.ts'
import { artefact } from './kit/folder.ts'
import { BOX, LATE, Stage } from './kit/stage.ts'
import { recognised } from './kit/tiles.ts'
import { tvPicture } from './kit/tv.ts'

const five = CAST.slice(0, LATE)
const late = CAST[LATE] ?? CAST[0]

describe.skipIf(!hasChromium)('five pages and the box', () => {
  let stage: Stage
  let people: Person[]
  beforeAll(async () => {
    stage = await Stage.open({ settings: { PARLOR_CAMERA__FPS: '10' } })
    people = await stage.call(five.length, THRIFTY)
  }, 180_000)
  afterAll(async () => {
    await people?.[0]?.page.screenshot({ path: artefact('six', 'Ada.png') })
    await stage?.[Symbol.asyncDispose]()
  })

  test('everybody is live for the box', async () => {
    const known = async () => (await stage.box.status()).people.map(({ name, state }) => `${name} ${state}`).sort()
    await expect.poll(known, { timeout: 30_000, interval: 300 }).toEqual(five.map(({ name }) => `${name} live`))
  })

  test('every tile on the TV is lit with the picture of its own person', async () => {
    const lit = async () =>
      recognised(await tvPicture(stage.box.origin, artefact('six', 'tv.jpg')), await stage.box.status(), [BOX, ...CAST])
    await expect.poll(lit, { timeout: 20_000, interval: 500 }).toEqual([BOX, ...five].map(({ name }) => name).sort())
  })

  test('every page sees all five others move', async () => {
    for (const one of people) {
      const others = [BOX, ...five].filter(({ name }) => name !== one.role.name)
      for (const { name } of others) {
        const { times } = await one.watch(name, 2)
        expect(new Set(times).size, `${one.role.name} sees ${name}: pictures that could be read`).toBeGreaterThan(1)
      }
    }
  })

  test('the seventh is told that the room is full, and nobody notices', async () => {
    const seventh = await person(stage.browser, late, THRIFTY)
    await seventh.open(await stage.box.room())
    await seventh.press('join')
    const said = seventh.page.getByTestId('room-full')
    try {
      await said.waitFor({ timeout: 45_000 })
    } finally {
      await seventh.page.screenshot({ path: artefact('six', 'seventh.png') })
    }
    expect((await said.innerText()).trim()).toMatch(/full/i)
    expect((await stage.box.status()).people).toHaveLength(5)
    for (const one of people) expect(await one.page.getByTestId('tile').filter({ hasText: late.name }).count()).toBe(0)
    await seventh.close()
  })
})
