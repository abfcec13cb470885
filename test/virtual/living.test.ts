// living.test.ts — a whole living room on the virtual Pi: a box as it is installed, with the kernel's camera, TV and sound card, in a call
// with a real Chromium beside it. What the TV shows is read back from the kernel, and tones go both ways through the sound card.
// Pictures and sound are kept in artefacts/virtual.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Status } from '../../src/app/status.ts'
import { barcode } from '../e2e/kit/barcode.ts'
import { CAST, hasChromium, openBrowser, type Person, person, THRIFTY } from '../e2e/kit/browser.ts'
import { artefact } from '../e2e/kit/folder.ts'
import { bandAt, nameOn, timeAt, waysToStand } from '../e2e/kit/tiles.ts'
import { level, mono } from '../e2e/kit/tone.ts'
import type { Picture } from '../e2e/kit/tv.ts'
import { bootVirtualPi, type VirtualPi, whyNot } from './kit/pi.ts'
import { boxWith, SLOW_TV, SMALL_PICTURES } from './kit/settings.ts'
import { showsVivid, Tv } from './kit/tv.ts'

const BOX = 'Living room'
/** The far side of the sound card: what a room would hear, and what it would say. */
const ROOM = 'plughw:Loopback,1'
const RATE = 48_000
/** An emulated board on a busy machine is no Pi: what is waited for comes late, and it comes. */
const WAIT = { timeout: 150_000, interval: 1000 }
/** To look at the TV costs the guest up to a second: who does it all the time takes the processor from the box that is looked at. */
const WAIT_FOR_TV = { timeout: 200_000, interval: 5000 }
/** The pitch of the room, far from that of everybody in the cast, Hz. */
const ROOM_HZ = 750
/** A tone that is there and one that is not, dBFS. */
const LOUD = -40
const SILENT = -60
const WAV_HEAD = 44

describe.skipIf(whyNot !== null || !hasChromium)('a living room on the virtual Pi, called from a browser', { timeout: 400_000 }, () => {
  const [ada] = CAST
  let pi: VirtualPi
  let tv: Tv
  let browser: Browser
  let caller: Person
  beforeAll(async () => {
    // Camera, TV and sound are found by themselves, as on every box.
    pi = await bootVirtualPi({ name: 'living', files: boxWith(SMALL_PICTURES, SLOW_TV) })
    tv = new Tv(pi)
    browser = await openBrowser(pi.namespace)
    caller = await person(browser, ada, { ...THRIFTY, microphone: true })
    caller.page.setDefaultTimeout(WAIT.timeout)
  })
  afterAll(async () => {
    await browser?.close()
    await pi?.[Symbol.asyncDispose]()
  })

  const parlor = async <T>(words: string): Promise<T> => {
    const text = await pi.must(`parlor --json ${words}`)
    return (text.trim() === '' ? null : JSON.parse(text)) as T
  }
  /** Null while the box does not answer. */
  const status = () => parlor<Status>('status').catch(() => null)
  const picture = async (): Promise<Picture> => {
    const shown = await tv.picture()
    if (!shown) throw new Error('the TV shows nothing')
    return shown
  }

  test('comes up with its TV, which shows its own picture before anybody has come', async () => {
    expect(await pi.must('systemctl --failed --plain --no-legend')).toBe('')
    await expect.poll(async () => (await status())?.actual.tv, WAIT).toBe('on')
    const { width, height } = await picture()
    tv.keep('living-idle.png')
    expect([width, height]).toEqual([1920, 1080])
  })

  test('shows the caller on the TV where the layout puts them: their colour and their clock, which goes on', async () => {
    await parlor('join')
    const { here } = await parlor<{ here: string }>('link')
    await caller.open(`https://${pi.address}:8443/r#${here.split('#')[1]}`)
    await caller.page.getByTestId('join').click()
    await caller.sees(BOX, 'live', WAIT.timeout)
    const place = async () => {
      const told = await status()
      return told ? waysToStand(told)[0]?.[ada.name] : undefined
    }
    await expect.poll(place, WAIT).toBeDefined()
    const where = await place()
    if (!where) throw new Error(`${ada.name} has gone from the TV`)
    const seen = async () => {
      const shown = await picture()
      return { who: nameOn(bandAt(shown, where), CAST), time: timeAt(shown, where) }
    }
    await expect.poll(seen, WAIT_FOR_TV).toMatchObject({ who: ada.name, time: expect.any(Number) })
    const { time } = await seen()
    await expect
      .poll(async () => {
        const later = (await seen()).time
        return time === null || later === null ? 0 : barcode.age(time, later)
      }, WAIT_FOR_TV)
      .toBeGreaterThan(1000)
  })

  test('shows the room itself small beside the caller: the camera of the kernel, mirrored', async () => {
    const seesIt = async (): Promise<boolean> => {
      const told = await status()
      const where = told && waysToStand(told)[0]?.[BOX]
      return where ? showsVivid(await picture(), where) : false
    }
    await expect.poll(seesIt, WAIT_FOR_TV).toBe(true)
    tv.keep('living-call.png')
  })

  test('has opened its microphone and its loudspeaker', async () => {
    await expect.poll(async () => (await status())?.actual.sound, WAIT).toBe('open')
  })

  test('what sounds in the room is heard by the caller', async () => {
    const silent = async () => (await heard()) < SILENT
    const heard = async (): Promise<number> => {
      const levels = await caller.hear(await caller.soundOf(BOX), 2000, 200, [ROOM_HZ])
      return Math.max(...levels.map(({ db }) => db[ROOM_HZ] ?? SILENT))
    }
    expect(await silent()).toBe(true)
    await using _ = pi.start(
      `exec gst-launch-1.0 -q audiotestsrc is-live=true freq=${ROOM_HZ} volume=0.3 ! audio/x-raw,rate=${RATE},channels=2 ! audioconvert ! alsasink device=${ROOM}`,
    )
    await expect.poll(heard, WAIT).toBeGreaterThan(LOUD)
    console.log(`a tone in the room, as the caller hears it: ${(await heard()).toFixed(1)} dBFS`)
  })

  test('what the caller says sounds in the room', async () => {
    const levels = async () => {
      await pi.must(`arecord -q -D ${ROOM} -f S16_LE -r ${RATE} -c 2 -d 3 /host/room.wav`)
      const wav = readFileSync(join(pi.share, 'room.wav'))
      writeFileSync(artefact('virtual', 'living-room.wav'), wav)
      const samples = mono(wav.subarray(WAV_HEAD), 2).subarray(RATE)
      return { said: level(samples, RATE, ada.hz), unsaid: level(samples, RATE, ROOM_HZ) }
    }
    await expect.poll(async () => (await levels()).said, WAIT).toBeGreaterThan(LOUD)
    const { said, unsaid } = await levels()
    console.log(`the caller's tone in the room: ${said.toFixed(1)} dBFS; the room's own, which is silent now: ${unsaid.toFixed(1)} dBFS`)
    expect(said).toBeGreaterThan(unsaid + 20)
  })
})
