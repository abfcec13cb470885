// firstrun.test.ts — scripts/run, as somebody types it: prints the links and a QR code, and the box can be called at once.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CAST, hasChromium, openBrowser, person } from './kit/browser.ts'
import { ROOT, temporaryFolder } from './kit/folder.ts'

test('scripts/run prints the links and a QR code, and a browser that opens the link is in a call with the box', async () => {
  const data = temporaryFolder('box')
  const settings = {
    PARLOR_DATA: data,
    PARLOR_WEB__HTTP: '0',
    PARLOR_WEB__HTTPS: '0',
    PARLOR_CAMERA__SOURCE: 'test',
    PARLOR_SOUND__MICROPHONE: 'none',
    PARLOR_SOUND__SPEAKER: 'none',
    PARLOR_TV__OUTPUT: 'none',
  }
  const child = spawn(join(ROOT, 'scripts/run'), [], {
    env: { ...process.env, ...settings },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  child.stdout.on('data', (bytes: Buffer) => (text += bytes))
  child.stderr.on('data', (bytes: Buffer) => (text += bytes))
  const end = () => {
    try {
      if (child.pid) process.kill(-child.pid, 'SIGTERM')
    } catch {
      // It has ended already.
    }
  }
  process.once('exit', end)
  try {
    const link = () => /http:\/\/localhost:\d+\/r#[0-9A-Z-]+/.exec(text)?.[0]
    await expect.poll(link, { timeout: 90_000, message: `what scripts/run said: ${text}` }).toBeDefined()
    await expect.poll(() => /[▀▄█ ]{20,}/.test(text), { timeout: 5000 }).toBe(true)
    expect(text).toMatch(/http:\/\/localhost:\d+\/tv/)
    if (!hasChromium) return
    const browser = await openBrowser()
    try {
      const ada = await person(browser, CAST[0])
      await ada.join(link() ?? '')
      await ada.page.locator('[data-testid="tile"][data-state="live"] video').first().waitFor({ timeout: 30_000 })
    } finally {
      await browser.close()
    }
  } finally {
    const gone = new Promise((done) => child.once('close', done))
    end()
    await gone
  }
})
