// whip.slow.test.ts — another program publishes into the room: with its token it is one more person for everybody, seen and heard; without, nothing.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CAST, hasChromium, type Person, person } from './kit/browser.ts'
import { Stage } from './kit/stage.ts'
import { connection, publish } from './kit/whep.ts'

describe.skipIf(!hasChromium)('a publisher', () => {
  const [, camera] = CAST
  const NAME = 'Stage camera'
  let stage: Stage
  let guest: Person
  let publisher: Person
  let [endpoint, token] = ['', '']
  beforeAll(async () => {
    stage = await Stage.open()
    const [ada] = await stage.call(1, { fps: 15 })
    if (!ada) throw new Error('nobody came')
    guest = ada
    publisher = await person(stage.browser, camera, { fps: 15 })
    await publisher.page.goto(stage.box.origin)
    const made = (await stage.box.parlor('whip', 'add', NAME)) as { token: string; addresses: string[] }
    token = made.token
    endpoint = `${stage.box.origin}${new URL(made.addresses[0] ?? '').pathname}`
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
    const sound = await guest.soundOf(NAME)
    const clear = async () => {
      const heard = (await guest.hear(sound, 700, 350, [camera.hz, 6100])).at(-1)?.db ?? {}
      return (heard[camera.hz] ?? -200) - (heard[6100] ?? 0)
    }
    await expect.poll(clear, { timeout: 30_000, interval: 200 }).toBeGreaterThan(20)
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
