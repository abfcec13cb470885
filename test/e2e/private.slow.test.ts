// private.slow.test.ts — a private broadcast of a real box: seen by who has its whole link, at the box and by way of a relay that has no key, and by nobody else;
// nothing of it in that relay's memory, on the box's disk or at any address.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { watchKey } from '../../src/wire/watch-key.ts'
import { parseWatchLink } from '../../src/wire/watch-link.ts'
import { Box } from './kit/box.ts'
import { hasChromium, openBrowser } from './kit/browser.ts'
import { artefact, ROOT } from './kit/folder.ts'
import { heldBy } from './kit/memory.ts'

const moves = async (page: Page): Promise<number> => {
  const at = () => page.evaluate(() => document.querySelector('video')?.currentTime ?? 0)
  const before = await at()
  await page.waitForTimeout(1000)
  return (await at()) - before
}
const plays = (page: Page) => expect.poll(() => moves(page), { timeout: 60_000 }).toBeGreaterThan(0.3)
const says = async (page: Page, name: string, text: string): Promise<void> => {
  if (await page.getByTestId('chat-name').isVisible()) await page.getByTestId('chat-name').fill(name)
  await page.getByTestId('chat-text').fill(text)
  await page.getByTestId('send').click()
}
const hears = (page: Page, text: string) => page.getByTestId('message').filter({ hasText: text }).waitFor({ timeout: 30_000 })

/** All that a page asks for, and what goes over its sockets. */
function listen(page: Page, said: string[]): void {
  page.on('request', (request) => said.push(request.url(), JSON.stringify(request.headers()), request.postData() ?? ''))
  page.on('websocket', (socket) => {
    said.push(socket.url())
    socket.on('framesent', ({ payload }) => said.push(String(payload)))
    socket.on('framereceived', ({ payload }) => said.push(String(payload)))
  })
}

describe.skipIf(!hasChromium)('a private broadcast', () => {
  let box: Box
  let browser: Browser
  let relay: ChildProcess
  let relaySaid = ''
  let link = ''
  let token = ''
  let at = ''
  let home = ''
  let [near, far]: (Page | undefined)[] = []
  const heard: string[] = []
  const [nearPage, farPage] = [() => near as Page, () => far as Page]
  const newPage = () => browser.newPage({ viewport: { width: 1000, height: 700 } })

  beforeAll(async () => {
    box = await Box.start({ PARLOR_CAMERA__WIDTH: '320', PARLOR_CAMERA__HEIGHT: '180', PARLOR_CAMERA__FPS: '10' })
    browser = await openBrowser()
    ;({ link, token } = (await box.parlor('live', 'on', '--private')) as { link: string; token: string })
    const { pathname, hash } = new URL(link)
    at = `${box.origin}${pathname}`
    relay = spawn(process.execPath, [join(ROOT, 'src/app/cli.ts'), 'relay', at, '0'], { stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [relay.stdout, relay.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        relaySaid += text
      })
    while (!(relaySaid.includes('On any screen') && relaySaid.includes('passes on the broadcast')))
      await new Promise((done) => setTimeout(done, 100))
    home = `http://127.0.0.1:${/:(\d+)\/w\//.exec(relaySaid.slice(relaySaid.indexOf('On any screen')))?.[1]}${pathname}`
    near = await newPage()
    far = await newPage()
    for (const page of [near, far]) listen(page, heard)
    await near.goto(`${at}${hash}`)
    await far.goto(`${home}${hash}`)
  })
  afterAll(async () => {
    relay?.kill('SIGKILL')
    await browser?.close()
    await box?.stop()
  })

  test('is seen by who has the whole link, at the box and by way of a relay of the house', async () => {
    for (const page of [nearPage(), farPage()]) {
      await plays(page)
      await page.getByTestId('private').waitFor()
      expect(await page.getByTestId('refused').count()).toBe(0)
      // It stays behind the #, for who hands the address on.
      expect(new URL(page.url()).hash).toBe(new URL(link).hash)
    }
    await farPage().screenshot({ path: artefact('private', 'relay.png') })
  })

  test('shows nothing to who has the link without its end, or that of another broadcast', async () => {
    const other = `${'0'.repeat(25)}8`
    const shows = async (address: string, why: string): Promise<void> => {
      const page = await newPage()
      await page.goto(address)
      await page.locator('[data-testid=card][data-card=locked]').waitFor({ timeout: 60_000 })
      expect((await page.getByTestId('card').textContent())?.toLowerCase()).toContain(why)
      await page.waitForTimeout(1500)
      const seen = await page.evaluate(() => {
        const video = document.querySelector('video')
        return [video?.readyState, video?.videoWidth, document.querySelector('[data-testid=message]')]
      })
      expect(seen).toEqual([0, 0, null])
      expect(await page.getByTestId('chat').count()).toBe(0)
      await page.close()
    }
    await Promise.all([
      shows(at, 'private'),
      shows(home, 'private'),
      shows(`${at}#${other}`, 'another'),
      shows(`${home}#${other}`, 'another'),
    ])
  })

  test('has a chat for those alone, carried by the relay', async () => {
    await nearPage().locator('[data-testid=chat][data-state=here]').waitFor()
    await farPage().locator('[data-testid=chat][data-state=here]').waitFor()
    await says(nearPage(), 'Nora', 'Do you hear the piano?')
    await hears(farPage(), 'Do you hear the piano?')
    await says(farPage(), 'Fred', 'Every note of it')
    await hears(nearPage(), 'Every note of it')
  })

  test('tells its key to no machine', () => {
    const { program, secret } = parseWatchLink(link)
    const key = secret && watchKey(program, secret)
    expect(heard.length).toBeGreaterThan(50)
    const all = heard.join('\n').toLowerCase()
    expect(all).toContain(program)
    for (const known of [secret, token, key?.objects, key?.chat].map((each) =>
      typeof each === 'string' ? each : Buffer.from(each ?? []).toString('hex'),
    ))
      expect(all.includes(String(known).toLowerCase())).toBe(false)
    expect(all.includes('piano')).toBe(false)
  })

  test('is refused to plain players with a sentence, and WHEP takes its token', async () => {
    for (const base of [at, home].map((address) => address.replace('/w/', '/live/')))
      for (const file of ['index.m3u8', 'v0.m3u8', 'sound.m3u8']) {
        const answer = await fetch(`${base}/${file}`)
        expect([file, answer.status, (await answer.text()).includes('private')]).toEqual([file, 403, true])
      }
    const offer = (authorization?: string) =>
      fetch(`${at}/whep`, {
        method: 'POST',
        headers: { 'content-type': 'application/sdp', ...(authorization && { authorization }) },
        body: 'v=0',
      })
    expect([(await offer()).status, (await offer(`Bearer ${'0'.repeat(64)}`)).status]).toEqual([401, 401])
    // It may come in, though this is no offer.
    expect([400, 406]).toContain((await offer(`Bearer ${token}`)).status)
  })

  test('is a film for its owner, of which nothing stands on the disk or in the relay', async () => {
    const { link: ticket } = (await box.parlor('recordings', 'download', '1')) as { link: string }
    const film = Buffer.from(await (await fetch(ticket)).arrayBuffer())
    const file = artefact('private', 'film.mp4')
    writeFileSync(file, film)
    const { stdout } = await promisify(execFile)('ffprobe', ['-v', 'error', '-count_frames', '-show_streams', '-of', 'json', file])
    const { streams } = JSON.parse(stdout) as { streams: Array<{ codec_name: string; nb_read_frames: string }> }
    expect(streams.map(({ codec_name }) => codec_name)).toEqual(['h264', 'aac'])
    expect(Number(streams[0]?.nb_read_frames)).toBeGreaterThan(100)
    // Pieces out of the middle of it, such as come but once.
    const traces = Array.from({ length: 12 }, (_, i) => film.subarray(Math.floor(((i + 4) * film.length) / 20)).subarray(0, 32)).filter(
      (bytes) => new Set(bytes).size > 20,
    )
    expect(traces.length).toBeGreaterThan(4)
    const folder = join(box.data, 'media', parseWatchLink(link).program)
    const disk = Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))))
    expect(disk.length).toBeGreaterThan(film.length)
    expect(traces.map((bytes) => disk.includes(bytes))).toEqual(traces.map(() => false))
    const { secret } = parseWatchLink(link)
    // What is sealed the relay holds, of the picture that somebody watches there: so this finds what is there.
    const sealed = Array.from({ length: 8 }, (_, i) => disk.subarray(Math.floor(((i + 8) * disk.length) / 17)).subarray(0, 32))
    const open = [...traces, Buffer.from(String(secret)), Buffer.from('Do you hear the piano?')]
    const held = heldBy(relay.pid ?? 0, [...sealed, ...open])
    expect([held.slice(0, sealed.length).includes(true), held.slice(sealed.length).includes(true)]).toEqual([true, false])
  })

  test('is shown once more on the own TV, as ever', async () => {
    await box.parlor('key', 'rewind')
    await expect.poll(async () => (await box.status()).actual.replay, { timeout: 30_000 }).toBe(1)
    await box.parlor('key', 'back')
  })

  test('says that it is over, at the box and behind the relay', async () => {
    await box.parlor('live', 'off')
    for (const page of [nearPage(), farPage()]) await page.locator('[data-testid=card][data-card=ended]').waitFor({ timeout: 60_000 })
  })
})
