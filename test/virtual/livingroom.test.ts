// livingroom.test.ts — what people in the room do with a box as it is installed, on the virtual Pi: they press its button, look at its
// light, take the TV's remote; the caller is a real Chromium. Every step is seen from the devices: the TV's end of the CEC wire, the pin of
// the light, the caller's picture.
import { readFileSync, writeFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CAST, hasChromium, openBrowser, type Person, person, THRIFTY } from '../e2e/kit/browser.ts'
import { artefact } from '../e2e/kit/folder.ts'
import { plugTv } from './kit/cec.ts'
import { Parlord, RELAY_FILES } from './kit/parlord.ts'
import { bootVirtualPi, type Running, type VirtualPi, whyNot } from './kit/pi.ts'
import { boxWith, NO_SOUND, NO_TV, SMALL_PICTURES } from './kit/settings.ts'

const BOX = 'Living room'
const PINS = `[hardware]
button = "GPIO17"
led = "GPIO27"
`
const HEADER = '/sys/devices/platform/gpio-sim.0/gpiochip0'
/** An emulated board on a busy machine is no Pi: what is waited for may come late. */
const LATE = { timeout: 120_000, interval: 300 }
const KEYS = '71-parlor-keys.rules'
const US = 'phys-addr: 1.0.0.0'

describe.skipIf(whyNot !== null || !hasChromium)('people in the living room', { timeout: 400_000 }, () => {
  const [ada] = CAST
  let pi: VirtualPi
  let parlord: Parlord
  let browser: Browser
  let caller: Person
  /** The TV, and everything that is said on its wire. */
  let tv: Running
  let wire: Running
  beforeAll(async () => {
    // What camera and TV show is another test's: the TV is here what is at the other end of the CEC wire.
    pi = await bootVirtualPi({ name: 'livingroom', files: { ...boxWith(PINS, SMALL_PICTURES, NO_SOUND, NO_TV), ...RELAY_FILES } })
    parlord = await Parlord.reach(pi)
    await plugTv(pi)
    tv = pi.start('exec stdbuf -oL cec-follower -d /dev/cec0')
    wire = pi.start('exec stdbuf -oL cec-ctl -d /dev/cec0 -M')
    await wire.says(/Initial Event/)
    browser = await openBrowser(pi.namespace)
    caller = await person(browser, ada, THRIFTY)
    caller.page.setDefaultTimeout(LATE.timeout)
  })
  afterAll(async () => {
    if (wire) writeFileSync(artefact('virtual', 'livingroom.cec.log'), wire.out)
    await browser?.close()
    await wire?.[Symbol.asyncDispose]()
    await tv?.[Symbol.asyncDispose]()
    await parlord?.[Symbol.asyncDispose]()
    await pi?.[Symbol.asyncDispose]()
  })

  const pull = (way: 'pull-down' | 'pull-up') => pi.write(`${HEADER}/sim_gpio17/pull`, way)
  const pause = (ms: number) => new Promise((done) => setTimeout(done, ms))
  /** A finger on the button, for less than a long press. */
  const pressButton = async (): Promise<void> => {
    await pull('pull-down')
    await pause(120)
    await pull('pull-up')
  }
  /** Keys of the TV's remote, one after the other, as the TV hands them on. */
  const pressRemote = (...keys: string[]) => {
    const words = keys.map((key) => `--user-control-pressed ui-cmd=${key} --user-control-released`)
    return pi.must(`cec-ctl -d /dev/cec0 -t 4 --skip-info ${words.join(' ')}`)
  }
  /** The light, looked at for a while: the share of looks in which it was lit. */
  const light = async (looks: number): Promise<number> => {
    let lit = 0
    for (let n = 0; n < looks; n++) {
      if ((await pi.file(`${HEADER}/sim_gpio27/value`)).trim() === '1') lit++
      await pause(20)
    }
    return lit / looks
  }
  const isSteady = () => expect.poll(() => light(60), LATE).toBe(1)
  /** A glint now and then: alive, and nearly dark. */
  const glints = async (): Promise<void> => {
    await expect.poll(() => light(60), LATE).toBeLessThan(0.5)
    await expect.poll(() => light(1), { ...LATE, interval: 5 }).toBe(1)
  }
  const power = () => pi.must('cec-ctl -d /dev/cec1 -t 0 --give-device-power-status')
  const tvIs = (state: 'on' | 'standby') => expect.poll(power, { ...LATE, interval: 1000 }).toContain(`pwr-state: ${state} `)
  /** What is said on the wire from here on. */
  const talk = () => {
    const from = wire.out.length
    return {
      get said() {
        return wire.out.slice(from)
      },
    }
  }
  const inCall = () =>
    parlord.until('in its call', ({ inCall, actual }) => inCall && actual.camera === 'open' && actual.tv === 'on' && actual.set === 'woken')
  const atRest = () => parlord.until('at rest', ({ inCall, actual }) => !inCall && actual.camera === 'closed' && actual.set === 'as it was')
  const calls = async (): Promise<void> => {
    const { here } = (await parlord.ask('link')) as { here: string }
    await caller.join(`https://${pi.address}:8443/r#${here.split('#')[1]}`)
    await caller.sees(BOX, 'live', 90_000)
  }
  /** BACK asks on the TV whether to leave, and changes nothing; BACK again, while it asks, leaves. */
  const hangUp = async (): Promise<void> => {
    await pressRemote('back')
    await pause(1000)
    expect((await parlord.status()).wanted.inCall).toBe(true)
    await pressRemote('back', 'back')
    await parlord.until('left', ({ wanted }) => !wanted.inCall)
  }

  test('is installed with its keys for itself: POWER of a remote is no switch of the machine', async () => {
    const rules = readFileSync(new URL(`../../hw/keys/${KEYS}`, import.meta.url), 'utf8')
    expect(await pi.file(`/etc/udev/rules.d/${KEYS}`)).toBe(rules)
    expect(await pi.must('udevadm info --export-db | grep CURRENT_TAGS=.*power-switch || true')).toBe('')
  })

  test('a sleeping TV: the button joins the call and wakes it with our picture; BACK twice leaves, and it sleeps again', async () => {
    await pi.must('cec-ctl -d /dev/cec1 -t 0 --standby')
    await tvIs('standby')
    await glints()
    const heard = talk()
    await pressButton()
    await inCall()
    expect(heard.said).toMatch(/IMAGE_VIEW_ON|TEXT_VIEW_ON/)
    await expect.poll(() => heard.said, LATE).toMatch(new RegExp(`ACTIVE_SOURCE[\\s\\S]*${US}`))
    await tvIs('on')
    await isSteady()
    await calls()
    await caller.page.screenshot({ path: artefact('virtual', 'livingroom.png') })

    const later = talk()
    await hangUp()
    await caller.losesSightOf(BOX, 60_000)
    await atRest()
    await expect.poll(() => later.said, LATE).toMatch(/Playback Device 1 to TV .*STANDBY/)
    await tvIs('standby')
    await glints()
    // The caller is still in the room: who hung up is not rung by those they have just left.
    await pause(3000)
    expect((await parlord.status()).actual).toMatchObject({ set: 'as it was', camera: 'closed' })
    await tvIs('standby')
    await caller.leave()
  })

  test('a TV that was on: it is given our picture for the call, and its own back; it is not switched off', async () => {
    await pi.must('cec-ctl -d /dev/cec1 -t 0 --image-view-on')
    await tvIs('on')
    const heard = talk()
    await pressButton()
    await inCall()
    await expect.poll(() => heard.said, LATE).toMatch(new RegExp(`ACTIVE_SOURCE[\\s\\S]*${US}`))
    await hangUp()
    await atRest()
    await expect.poll(() => heard.said, LATE).toMatch(/INACTIVE_SOURCE/)
    expect(heard.said).not.toMatch(/STANDBY/)
    await tvIs('on')
  })

  test('somebody rings: the TV wakes and the light flickers, the button answers, and the caller is seen and heard of', async () => {
    await pi.must('cec-ctl -d /dev/cec1 -t 0 --standby')
    await tvIs('standby')
    const { here } = (await parlord.ask('link')) as { here: string }
    await caller.join(`https://${pi.address}:8443/r#${here.split('#')[1]}`)
    await parlord.until('it rings', ({ actual }) => actual.ringing?.name === ada.name && actual.set === 'woken')
    await tvIs('on')
    await expect.poll(() => light(60).then((share) => share > 0.2 && share < 0.8), LATE).toBe(true)
    await pressButton()
    await inCall()
    await caller.sees(BOX, 'live', 90_000)
    await isSteady()
    await hangUp()
    await atRest()
    await tvIs('standby')
  })
})
