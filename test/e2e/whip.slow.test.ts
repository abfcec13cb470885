// whip.slow.test.ts — another program publishes into the room: with its token it is one more person for everybody, seen and heard; without, nothing.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CAST, hasChromium, type Person, person } from './kit/browser.ts'
import type { Stage } from './kit/stage.ts'
import { connection, publish } from './kit/whep.ts'
import { openToPublisher, toneHeard } from './kit/whip.ts'

describe.skipIf(!hasChromium)('a publisher', () => {
  const [, camera] = CAST
  const NAME = 'Stage camera'
  let stage: Stage
  let guest: Person
  let publisher: Person
  let [endpoint, token] = ['', '']
  beforeAll(async () => {
    ;({ stage, guest, endpoint, token } = await openToPublisher(NAME))
    publisher = await person(stage.browser, camera, { fps: 15 })
    await publisher.page.goto(stage.box.origin)
  })
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]()
  })

  test('without a token, or with another, is refused', async () => {
    const without = await fetch(endpoint, { method: 'POST', headers: { 'content-type': 'application/sdp' }, body: 'v=0\r\n' })
    expect([without.status, without.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="WHIP"'])
    expect(await publish(publisher.page, endpoint, `${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`)).toMatchObject({
      status: 401,
    })
  })

  test('with its token is a person of that name, whose pictures and sound arrive', async () => {
    expect(await publish(publisher.page, endpoint, token)).toMatchObject({ status: 201, sentence: '', trickled: 204 })
    await guest.sees(NAME, 'live')
    const { times, band } = await guest.watch(NAME, 10)
    expect(new Set(times).size).toBeGreaterThanOrEqual(10)
    const wanted = (camera.colour.match(/[0-9a-f]{2}/g) ?? []).map((hex) => Number.parseInt(hex, 16))
    for (const [i, value] of wanted.entries()) expect(Math.abs((band[i] ?? 0) - value)).toBeLessThan(60)
    await expect.poll(await toneHeard(guest, NAME, camera.hz), { timeout: 30_000, interval: 200 }).toBeGreaterThan(20)
    const { people } = await stage.box.status()
    expect(people.map(({ name, state }) => `${name} ${state}`)).toContain(`${NAME} live`)
    expect(await stage.box.parlor('whip')).toMatchObject({ publishers: [{ name: NAME, publishing: true }] })
  })

  test('whose token is taken back is gone, and everybody sees that', async () => {
    await stage.box.parlor('whip', 'remove', NAME)
    await guest.losesSightOf(NAME)
    await expect.poll(() => connection(publisher.page), { timeout: 20_000 }).not.toBe('connected')
    expect(await publish(publisher.page, endpoint, token)).toMatchObject({ status: 401 })
  })
})
