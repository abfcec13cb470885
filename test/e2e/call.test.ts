// call.test.ts — the first call: the box and two pages see each other move and hear each other, and the TV shows it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { barcode } from './kit/barcode.ts'
import { CAST, hasChromium, type Person } from './kit/browser.ts'
import { Loudspeaker } from './kit/fifo.ts'
import { artefact } from './kit/folder.ts'
import { BOX, Stage } from './kit/stage.ts'
import { nameOn, recognised, timeAt, waysToStand } from './kit/tiles.ts'
import { level } from './kit/tone.ts'
import { tvPicture } from './kit/tv.ts'

if (!hasChromium) console.warn('no Chromium here, so no call is tried: install chromium, or set CHROMIUM')
describe.skipIf(!hasChromium)('the box and two pages in a call', () => {
  let stage: Stage
  let people: Person[]
  beforeAll(async () => {
    stage = await Stage.open()
    people = await stage.call(2, { fps: 15 })
  })
  afterAll(async () => {
    for (const one of people ?? []) await one.page.screenshot({ path: artefact('call', `${one.role.name}.png`) })
    await stage?.[Symbol.asyncDispose]()
  })
  const who = (name: string): Person => {
    const found = people.find((one) => one.role.name === name)
    if (!found) throw new Error(`${name} is not here`)
    return found
  }
  const [ada, ben] = [CAST[0], CAST[1]]

  test.for([
    { here: ada, there: BOX },
    { here: ada, there: ben },
    { here: ben, there: BOX },
    { here: ben, there: ada },
  ])('$here.name sees $there.name move', async ({ here: viewer, there: shown }) => {
    const { times, band } = await who(viewer.name).watch(shown.name, 8)
    expect(new Set(times).size, 'different times read off the picture').toBeGreaterThanOrEqual(8)
    const steps = times.slice(1).map((time, i) => barcode.age(times[i] ?? 0, time))
    expect(steps.filter((step) => step > 2 ** 31)).toEqual([])
    expect(nameOn(band, [BOX, ada, ben])).toBe(shown.name)
  })

  test('the TV shows both move, each in the place where the layout puts the tile', async () => {
    const times: Record<string, Set<number>> = { [ada.name]: new Set(), [ben.name]: new Set() }
    const all = [ada.name, ben.name, BOX.name].sort()
    let whole = 0
    for (let i = 0; i < 30 && whole < 4; i++) {
      const picture = await tvPicture(stage.box.origin, artefact('call', 'tv.jpg'))
      const status = await stage.box.status()
      if (recognised(picture, status, [BOX, ada, ben]).join() === all.join()) whole++
      for (const places of waysToStand(status))
        for (const name of [ada.name, ben.name]) {
          const time = places[name] ? timeAt(picture, places[name]) : null
          if (time !== null) times[name]?.add(time)
        }
    }
    expect(whole, 'pictures of the TV with everybody in their place').toBe(4)
    for (const name of [ada.name, ben.name]) expect(times[name]?.size, `pictures of ${name} that could be read`).toBeGreaterThan(2)
  })

  test.for([
    { here: ada, there: BOX },
    { here: ada, there: ben },
    { here: ben, there: BOX },
    { here: ben, there: ada },
  ])('$here.name hears the tone of $there.name and no tone of nobody', async ({ here: listener, there: heard }) => {
    const page = who(listener.name)
    const nobody = CAST[5].hz
    const levels = async () => {
      const last = (await page.hear(await page.soundOf(heard.name), 500, 200, [heard.hz, nobody])).at(-1)
      return { tone: last?.db[heard.hz] ?? -120, nobody: last?.db[nobody] ?? 0 }
    }
    await expect
      .poll(levels, { timeout: 20_000 })
      .toSatisfy(({ tone, nobody }: { tone: number; nobody: number }) => tone > -45 && tone - nobody > 25, 'the tone alone is heard')
  })

  test('the loudspeaker of the box plays the tones of both, mixed', async () => {
    const alone = () => {
      const sound = stage.speaker.last(500)
      const nobody = level(sound, Loudspeaker.rate, CAST[5].hz)
      return [ada, ben].filter(({ hz }) => {
        const tone = level(sound, Loudspeaker.rate, hz)
        return tone > -45 && tone - nobody > 25
      })
    }
    await expect.poll(alone, { timeout: 20_000 }).toEqual([ada, ben])
  })

  test('both ends of a link show the same four emoji', async () => {
    const { people: known } = await stage.box.status()
    for (const one of people) {
      const ours = known.find(({ name }) => name === one.role.name)?.emoji ?? []
      expect(ours).toHaveLength(4)
      const shown = one.page.locator(`[data-testid="tile"][data-name="${BOX.name}"] [data-testid="emoji"]`)
      expect(await shown.getAttribute('data-emoji')).toBe(ours.join(' '))
    }
  })

  test('the command line tells who is in the call', async () => {
    const { people: known } = (await stage.box.parlor('status')) as { people: Array<{ name: string; state: string }> }
    expect(known.map(({ name, state }) => [name, state])).toEqual([
      [ada.name, 'live'],
      [ben.name, 'live'],
    ])
  })

  test('muting the box silences it at the other end, and unmuting brings it back', async () => {
    const page = who(ada.name)
    const sound = await page.soundOf(BOX.name)
    const loudness = async () => (await page.hear(sound, 1200, 200, [BOX.hz])).at(-1)?.db[BOX.hz] ?? 0
    await stage.box.parlor('mute')
    await page.page.locator(`[data-testid="tile"][data-name="${BOX.name}"][data-muted="true"]`).waitFor()
    await expect.poll(loudness, { timeout: 10_000 }).toBeLessThan(-60)
    await stage.box.parlor('unmute')
    await expect.poll(loudness, { timeout: 10_000 }).toBeGreaterThan(-45)
  })

  test('a shared screen is seen on the TV', async () => {
    const page = who(ben.name)
    await page.press('share')
    const shared = async () => {
      const picture = await tvPicture(stage.box.origin, artefact('call', 'tv-share.jpg'))
      const place = waysToStand(await stage.box.status())[0]?.share
      return place ? timeAt(picture, place) : null
    }
    await expect.poll(shared, { timeout: 20_000, interval: 500 }).not.toBeNull()
    await page.press('share')
  })

  test('somebody who leaves is gone from the TV and from the other page, and nobody else is', async () => {
    await who(ben.name).press('leave')
    await who(ada.name).losesSightOf(ben.name)
    await expect.poll(async () => (await stage.box.status()).people.map(({ name }) => name), { timeout: 10_000 }).toEqual([ada.name])
    expect(new Set((await who(ada.name).watch(BOX.name, 5)).times).size).toBeGreaterThanOrEqual(5)
  })
})
