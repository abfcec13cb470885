// onward.slow.test.ts — a whole box sends its broadcast on to a server of somebody else, which falls and comes back; and shows again what was said.
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PushSeen } from '../../src/app/pushes.ts'
import { endAll, freePort, lacks, nginx, take } from '../media/push/receivers.ts'
import { Box } from './kit/box.ts'
import { hasChromium, openBrowser } from './kit/browser.ts'
import { artefact } from './kit/folder.ts'

if (lacks) console.warn(`SKIPPED: a box that sends its broadcast on was not tried, for there is no ${lacks} here (scripts/setup --test)`)

const KEY = 'SECRET-KEY-4711'

describe.skipIf(lacks !== null)('a box that is live', { timeout: 180_000 }, () => {
  let box: Box
  let browser: Browser | undefined
  let port: number
  let server: ReturnType<typeof nginx>
  beforeAll(async () => {
    port = await freePort('tcp')
    server = nginx(port)
    box = await Box.start({ PARLOR_SOUND__MICROPHONE: 'test' })
  })
  afterAll(async () => {
    await browser?.close()
    await box?.[Symbol.asyncDispose]()
    endAll()
  })
  const seen = async () => (await box.status()).pushes[0]
  const address = () => `rtmp://127.0.0.1:${port}/live/${KEY}`
  const playlist = async () => {
    const { link } = (await box.parlor('live', 'on')) as { link: string }
    const answer = await fetch(`${box.origin}/live/${new URL(link).pathname.split('/').at(-1)}/v0.m3u8`)
    return Number(/#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(await answer.text())?.[1] ?? -1)
  }

  test('sends its broadcast where its owner said, and nowhere before; its key is told to nobody', async () => {
    const told = (await box.parlor('push', address())) as PushSeen[]
    expect(told).toEqual([{ to: `rtmp://127.0.0.1:${port}/live/…`, is: 'resting', said: null }])
    expect(server.log()).not.toContain('publish')
    await box.parlor('live', 'on')
    await expect.poll(async () => (await seen())?.is).toBe('sending')
    const got = await take(address(), 4).result
    expect(got.pictures, got.said).toBeGreaterThan(60)
    expect(got.loudness, got.said).toBeGreaterThan(-60)
    expect(JSON.stringify([await box.status(), box.lines, box.other])).not.toContain(KEY)
    const kept = join(box.data, 'settings.json')
    expect(readFileSync(kept, 'utf8')).toContain(KEY)
    expect(statSync(kept).mode & 0o077).toBe(0)
  })

  test('is there again when the other server was killed, while its own viewers notice nothing', async () => {
    const before = await playlist()
    await server.kill()
    await expect.poll(async () => (await seen())?.is).toBe('waiting')
    expect((await box.status()).notices.join(' ')).toContain('The broadcast does not reach rtmp://127.0.0.1')
    await expect.poll(playlist).toBeGreaterThanOrEqual(before)
    server = nginx(port)
    await expect.poll(async () => (await seen())?.is).toBe('sending')
    expect((await take(address(), 3).result).pictures).toBeGreaterThan(45)
    expect((await box.status()).live).not.toBeNull()
  })

  test('shows again what was said, at the press of a key, and goes back to the call by BACK', async () => {
    await box.parlor('key', 'rewind')
    await expect.poll(async () => (await box.status()).actual.replay).toBe(1)
    await new Promise((done) => setTimeout(done, 3000))
    const { file } = (await box.parlor('tv', artefact('onward', 'tv.jpg'))) as { file: string }
    expect(statSync(file).size).toBeGreaterThan(10_000)
    await box.parlor('key', 'back')
    await expect.poll(async () => (await box.status()).actual.replay).toBe(0)
    expect((await box.status()).inCall).toBe(true)
    expect(await seen()).toMatchObject({ is: 'sending' })
  })

  test.skipIf(!hasChromium)('is told by a phone where else its broadcast goes, and says there how it goes', async () => {
    browser = await openBrowser()
    const phone = await browser.newPage({ viewport: { width: 390, height: 844 }, locale: 'en-GB' })
    const { link } = (await box.parlor('pair')) as { link: string }
    await phone.goto(`${box.origin}/remote${new URL(link).hash}`)
    await phone.getByTestId('name').fill('Anna’s phone')
    await phone.getByTestId('pair-by-qr').click()
    await phone.getByTestId('paired-ok').click()
    // Until the TV has said for long enough that a phone was paired, keys are about that.
    await box.parlor('pair', 'no')
    await phone.getByTestId('pushes').locator('summary').click()
    await phone.locator('[data-testid="push"][data-is="sending"]').waitFor()
    await phone.getByTestId('push-address').fill('file:///etc/passwd')
    await phone.getByTestId('add-push').click()
    await phone.getByText('it begins with rtmp://, rtmps:// or srt://').waitFor()
    await phone.getByTestId('push-address').fill(`srt://127.0.0.1:${await freePort('udp')}?passphrase=${KEY}`)
    await phone.getByTestId('add-push').click()
    await phone.locator('[data-testid="push"][data-is="waiting"]').waitFor()
    expect(await phone.getByTestId('pushes').textContent()).toContain('it does not answer')
    await phone.getByTestId('pushes').screenshot({ path: artefact('onward', 'phone.png') })
    expect(await phone.content()).not.toContain(KEY)
    await phone.getByTestId('remove-push').last().click()
    await phone.locator('[data-testid="push"][data-is="waiting"]').waitFor({ state: 'detached' })
    expect((await box.status()).pushes).toHaveLength(1)
  })

  test('ends the push with the broadcast, and shows nothing again that nobody keeps', async () => {
    await box.parlor('live', 'off')
    await expect.poll(async () => (await seen())?.is).toBe('resting')
    await expect.poll(() => server.log()).toMatch(/deleteStream|disconnect/)
    await box.parlor('key', 'rewind')
    await expect.poll(async () => (await box.status()).notices.join(' ')).toContain('otherwise nothing is kept')
    expect((await box.status()).actual.replay).toBe(0)
    expect((await box.status()).inCall).toBe(true)
    writeFileSync(artefact('onward', 'log.txt'), box.lines.map((line) => JSON.stringify(line)).join('\n'))
  })
})
