// ring.test.ts — two boxes on two machines: one calls the other by its contact card, and the other's people decide.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Ended } from '../../src/wire/contact.ts'
import { Box, type BoxSettings } from './kit/box.ts'
import { artefact } from './kit/folder.ts'
import { Cable, whyNoNamespaces } from './kit/net.ts'

const BOUND = { timeout: 15_000, interval: 100 }
const named = (name: string): BoxSettings => ({ PARLOR_BOX__NAME: name })

const why = whyNoNamespaces()
if (why) console.warn(`no network namespaces here, so no box rings another: ${why}`)
describe.skipIf(why !== null)('two boxes on two machines', () => {
  let cable: Cable
  let ours: Box
  let theirs: Box
  beforeAll(async () => {
    cable = new Cable()
    ;[ours, theirs] = await Promise.all([
      Box.start(named('Kitchen'), { join: false }),
      Box.start(named('Grandma'), { join: false, namespace: cable.namespace }),
    ])
    const { card } = (await theirs.parlor('contacts')) as { card: string }
    expect(card).toContain(cable.there)
    await ours.parlor('contacts', 'add', card)
    const own = ((await ours.parlor('contacts')) as { card: string }).card
    await theirs.parlor('contacts', 'add', own.replace(/\/\/[^:]+/, `//${cable.here}`).replace('Kitchen', 'The%20kids'))
  })
  afterAll(async () => {
    await Promise.all([ours?.stop(), theirs?.stop()])
    cable?.[Symbol.dispose]()
  })

  const ringing = async () => (await theirs.status()).actual.ringing?.name ?? null
  const told = async () => (await ours.status()).notices.join(' ')
  const lastCall = async () => ((await theirs.parlor('calls')) as Ended[])[0]
  /** Rings, and waits until it is heard there. */
  const ring = async () => {
    await ours.parlor('call', 'Grandma')
    await expect.poll(ringing, BOUND).toBe('The kids')
  }
  /** Both at rest again. */
  const rest = async () => {
    for (const box of [ours, theirs]) await box.exit()
    await expect.poll(ringing, BOUND).toBeNull()
  }

  test('each sees that the other is there, and nobody rings by looking', async () => {
    expect(await ours.parlor('contacts', 'there')).toMatchObject([{ name: 'Grandma', there: true }])
    expect(await theirs.parlor('contacts', 'there')).toMatchObject([{ name: 'The kids', there: true }])
    expect(await ringing()).toBeNull()
    expect(await lastCall()).toBeUndefined()
    await theirs.enter()
    // Long enough for the answer not to be fresh any more: it is asked anew, and given from within the call.
    await new Promise((done) => setTimeout(done, 16_000))
    expect(await ours.parlor('contacts', 'there')).toMatchObject([{ there: true }])
    await rest()
    await ours.parlor('key', 'menu')
    await ours.parlor('key', 'down')
    await ours.parlor('key', 'ok')
    await ours.parlor('tv', artefact('ring', 'tv-contacts.jpg'))
    for (let i = 0; i < 2; i++) await ours.parlor('key', 'back')
  })

  test('the other one rings, by the name under which it knows us, and opens neither camera nor microphone for it', async () => {
    await ring()
    await expect.poll(told, BOUND).toContain("It rings at Grandma's.")
    await expect.poll(async () => (await theirs.status()).actual.set, BOUND).toBe('woken')
    expect((await theirs.status()).actual).toMatchObject({ camera: 'closed', hears: false })
    await theirs.parlor('tv', artefact('ring', 'tv-ringing.jpg'))
  })

  test('when it is answered, both see each other; when we hang up, its TV set is put back', async () => {
    await theirs.parlor('answer')
    const live = async (box: Box) => (await box.status()).people.map(({ name, state }) => `${name} ${state}`)
    await expect.poll(() => live(ours), BOUND).toEqual(['Grandma live'])
    await expect.poll(() => live(theirs), BOUND).toEqual(['The kids live'])
    expect((await theirs.status()).actual).toMatchObject({ camera: 'open', hears: true })
    await theirs.parlor('tv', artefact('ring', 'tv-answered.jpg'))
    expect(await lastCall()).toMatchObject({ what: 'answered', name: 'The kids' })
    await rest()
    await expect.poll(async () => (await theirs.status()).actual.set, BOUND).toBe('as it was')
  })

  test('when it is declined, we are told and go', async () => {
    await ring()
    await theirs.parlor('decline')
    await expect.poll(told, BOUND).toContain('Grandma cannot come to the door now.')
    await expect.poll(async () => (await ours.status()).wanted.inCall, BOUND).toBe(false)
    expect(await lastCall()).toMatchObject({ what: 'declined', name: 'The kids' })
    await rest()
  })

  test('when nobody answers, the call is noted as missed', async () => {
    await ring()
    await new Promise((done) => setTimeout(done, 1500)) // who only looks in has not called
    await rest()
    await theirs.parlor('tv', artefact('ring', 'tv-missed.jpg'))
    expect(await lastCall()).toMatchObject({ what: 'missed', name: 'The kids', seen: false })
    expect(await lastCall()).toMatchObject({ seen: true })
  })

  test('when it is in another call, we are told and it is not disturbed', async () => {
    await theirs.parlor('join', '0000-0000-0000-0000-0000-0000-00')
    await expect.poll(async () => (await theirs.status()).inCall, BOUND).toBe(true)
    await ours.parlor('call', 'Grandma')
    await expect.poll(told, BOUND).toContain('Grandma is in another call.')
    await expect.poll(async () => (await ours.status()).wanted.inCall, BOUND).toBe(false)
    expect((await theirs.status()).people).toEqual([])
    await rest()
    expect(await lastCall()).toMatchObject({ what: 'missed' })
  })

  test('when its people want quiet, we are told and its TV stays as it is', async () => {
    await theirs.parlor('quiet', 'on')
    await ours.parlor('call', 'Grandma')
    await expect.poll(told, BOUND).toContain('Grandma does not want to be disturbed now.')
    expect((await theirs.status()).actual).toMatchObject({ set: 'as it was', sound: 'closed' })
    await rest()
    await theirs.parlor('quiet', 'off')
  })

  test('when we are on its list, it answers by itself after ten seconds that everybody sees', async () => {
    await theirs.parlor('contacts', 'trust', 'The kids')
    await ring()
    await theirs.parlor('tv', artefact('ring', 'tv-countdown.jpg'))
    expect((await theirs.status()).inCall).toBe(false)
    await expect.poll(async () => (await theirs.status()).people.map(({ name }) => name), BOUND).toEqual(['The kids'])
    expect(await lastCall()).toMatchObject({ what: 'answered by itself', name: 'The kids' })
    await rest()
  })

  test('a call by sound opens no camera and leaves the TV set as it is, until somebody asks for the picture', async () => {
    await theirs.parlor('contacts', 'distrust', 'The kids')
    await ours.parlor('call', 'Grandma', '--phone')
    await expect.poll(ringing, BOUND).toBe('The kids')
    await theirs.parlor('answer')
    await expect.poll(async () => (await ours.status()).people.map(({ state }) => state), BOUND).toEqual(['live'])
    expect((await ours.status()).actual).toMatchObject({ camera: 'closed', set: 'as it was', sound: 'open' })
    await ours.parlor('camera', 'on')
    await expect.poll(async () => (await ours.status()).actual, BOUND).toMatchObject({ camera: 'open', set: 'woken' })
    await rest()
  })
})
