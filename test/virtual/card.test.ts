// card.test.ts — the card as it is flashed, in a virtual Pi: it starts from its own partitions, nothing of its system can be written, it takes the
// space that the card has, and is the same box after its power was cut. A real Chromium calls it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CAST, hasChromium, openBrowser, type Person, person, THRIFTY } from '../e2e/kit/browser.ts'
import { artefact } from '../e2e/kit/folder.ts'
import { bootVirtualPi, type VirtualPi, whyNot } from './kit/pi.ts'
import { boxWith, NO_SOUND, NO_TV, SMALL_PICTURES } from './kit/settings.ts'

const NAME = 'Living room'
/** Of who calls it: beside two other boards on a busy machine a page takes half a minute to come. */
const PATIENCE = 150_000
const KEPT = ['/var/lib/parlor/identity', '/var/lib/parlor/room', '/etc/machine-id']

describe.skipIf(whyNot !== null)('a card', { timeout: 500_000 }, () => {
  let pi: VirtualPi
  beforeAll(async () => {
    pi = await bootVirtualPi({
      name: 'card',
      card: true,
      files: boxWith('[camera]\nsource = "test"\n', SMALL_PICTURES.replace('[camera]\n', ''), NO_SOUND, NO_TV),
    })
  })
  afterAll(async () => {
    await pi?.[Symbol.asyncDispose]()
  })

  const kept = () => Promise.all(KEPT.map((path) => pi.file(path)))

  test('starts from its own partitions: Parlor is ready, and nothing has failed', async () => {
    console.log(`up after ${(pi.bootTook / 1000).toFixed(1)} s`)
    expect(await pi.must('systemctl --failed --plain --no-legend')).toBe('')
    expect(pi.state).toBe('running')
    expect(await pi.must('systemctl is-active parlor parlor-media NetworkManager')).toBe('active\nactive\nactive\n')
    expect(await pi.file('/proc/cmdline')).toMatch(/root=PARTUUID=[0-9a-f]{8}-05 .*parlor\.slot=A/)
    expect(await pi.file('/etc/parlor-release')).toMatch(/^VERSION=\d.*\nBOARD=virtual\nCHANNEL=development\nBUILT=/)
  })

  test('has a system that cannot be written, and three places that can', async () => {
    const all = [
      '/',
      '/etc',
      '/usr',
      '/opt/parlor',
      '/var',
      '/var/lib',
      '/boot',
      '/root',
      '/home',
      '/state',
      '/var/lib/parlor',
      '/media/parlor',
      '/tmp',
    ]
    const can = await pi.must(`for d in ${all.join(' ')}; do touch $d/.try 2>/dev/null && { echo $d; rm $d/.try; }; done; true`)
    expect(can.trim().split('\n')).toEqual(['/state', '/var/lib/parlor', '/media/parlor', '/tmp'])
    expect(await pi.must('findmnt -no OPTIONS /')).toMatch(/^ro\b/)
  })

  test('keeps recordings on a partition that reaches to the end of the card', async () => {
    const [card = 0, start = 0, length = 0] = (await pi.must('cd /sys/class/block; cat ubda/size ubda8/start ubda8/size'))
      .trim()
      .split('\n')
      .map(Number)
    expect(card - start - length).toBeLessThan(4096)
    const size = Number(await pi.must('stat -f -c "%b" /media/parlor')) * 8
    expect(size).toBeGreaterThan(length * 0.95)
    expect(await pi.must('stat -c "%U %a" /media/parlor; ls /media/parlor')).toMatch(/^parlor 755\n/)
  })

  describe.skipIf(!hasChromium)('called from a browser', () => {
    let browser: Browser
    let ada: Person
    beforeAll(async () => {
      browser = await openBrowser(pi.namespace)
      ada = await person(browser, CAST[0], THRIFTY)
      ada.page.setDefaultTimeout(PATIENCE)
    })
    afterAll(() => browser?.close())

    test('is joined by its link, and seen moving', async () => {
      await pi.must('parlor join')
      const { here } = JSON.parse(await pi.must('parlor --json link')) as { here: string }
      await ada.join(`https://${pi.address}:8443/r#${here.split('#')[1]}`)
      await ada.sees(NAME, 'live', PATIENCE)
      const frames = () =>
        ada.page.evaluate((selector) => {
          const video = document.querySelector(selector)
          return video instanceof HTMLVideoElement ? video.getVideoPlaybackQuality().totalVideoFrames : 0
        }, ada.videoOf(NAME))
      const before = await frames()
      await expect.poll(frames, { timeout: PATIENCE, interval: 500 }).toBeGreaterThan(before + 20)
      await ada.page.screenshot({ path: artefact('virtual', 'card-call.png') })
    })
  })

  test('is the same box after its power was cut', async () => {
    await pi.must('echo a recording > /media/parlor/kept; sync')
    const before = await kept()
    await pi.kill()
    await pi.boot()
    expect(await pi.must('systemctl --failed --plain --no-legend')).toBe('')
    expect(await kept()).toEqual(before)
    expect(await pi.file('/media/parlor/kept')).toBe('a recording\n')
    expect(await pi.must('journalctl -b -q -u parlor-grow -o cat')).not.toMatch(/mke2fs|resize/)
  })

  test('when it is switched off, its network stays until Parlor has said goodbye', async () => {
    const drop = '/run/systemd/system/NetworkManager.service.d'
    await pi.must(`mkdir -p ${drop}; until systemctl is-active -q parlor.service; do sleep 1; done`, 120_000)
    await pi.write(`${drop}/tells.conf`, '[Service]\nExecStop=/bin/sh -c "systemctl is-active parlor.service > /host/parlor-then"\n')
    await pi.must('systemctl daemon-reload')
    await pi.halt()
    expect(readFileSync(join(pi.share, 'parlor-then'), 'utf8')).toBe('inactive\n')
  })
})
