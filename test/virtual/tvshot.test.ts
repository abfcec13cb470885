// tvshot.test.ts — the TV of the virtual Pi: what is shown on it is read back pixel by pixel, and it can be turned off and on.
import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { artefact } from '../e2e/kit/folder.ts'
import { bootVirtualPi, type VirtualPi, whyNot } from './kit/pi.ts'

const TVSHOT = '/usr/local/lib/rig/tvshot'
/** Colours as videotestsrc makes them, BGRx in the order of memory. */
const show = (pattern: string, colour = 0): string =>
  `gst-launch-1.0 -q videotestsrc is-live=true pattern=${pattern} foreground-color=${0xff000000 + colour} ! video/x-raw,format=BGRx,width=1280,height=720,framerate=10/1 ! kmssink driver-name=vkms force-modesetting=true`

describe.skipIf(whyNot !== null)('the TV of the virtual Pi', () => {
  let pi: VirtualPi
  let status = ''
  beforeAll(async () => {
    pi = await bootVirtualPi({ name: 'tvshot', memory: 512, args: ['systemd.mask=parlor.service'] })
    status = (await pi.must('ls -d /sys/class/drm/card*-Virtual-1')).trim()
    status += '/status'
  })
  afterAll(async () => {
    await pi?.[Symbol.asyncDispose]()
  })
  const state = async () => JSON.parse(await pi.must(`${TVSHOT} state`)) as { connector: string; status: string; mode: unknown }
  const shot = async (): Promise<Buffer> => {
    await pi.must(`${TVSHOT} >/tmp/tv.ppm`)
    const ppm = await pi.bytes('/tmp/tv.ppm')
    const head = 'P6\n1280 720\n255\n'
    expect(ppm.subarray(0, head.length).toString()).toBe(head)
    return ppm.subarray(head.length)
  }
  /** The picture, as soon as its first pixel has this colour: a mode may be set before anything new is shown in it. */
  const shown = async (...colour: number[]): Promise<Buffer> => {
    await playing()
    let rgb: Buffer = Buffer.alloc(0)
    const first = async () => {
      rgb = await shot()
      return [...rgb.subarray(0, 3)]
    }
    await expect.poll(first, { timeout: 30_000 }).toEqual(colour)
    return rgb
  }
  const playing = () => expect.poll(state, { timeout: 30_000 }).toMatchObject({ mode: { width: 1280, height: 720 } })

  test('is read back exactly, while kmssink drives it', async () => {
    const kmssink = pi.start(show('solid-color', 0x2a6ef0))
    const rgb = await shown(0x2a, 0x6e, 0xf0)
    expect(rgb.length).toBe(1280 * 720 * 3)
    expect(rgb.equals(Buffer.alloc(rgb.length, Buffer.from([0x2a, 0x6e, 0xf0])))).toBe(true)
    await kmssink.stop(2)
  })

  test('shows each part of a picture in its place', async () => {
    await using _ = pi.start(show('smpte100'))
    const rgb = await shown(255, 255, 255)
    const at = (x: number, y: number): number[] => [...rgb.subarray((y * 1280 + x) * 3, (y * 1280 + x) * 3 + 3)]
    expect([91, 274, 457, 640, 823, 1006, 1189].map((x) => at(x, 100))).toEqual([
      [255, 255, 255],
      [255, 255, 0],
      [0, 255, 255],
      [0, 255, 0],
      [255, 0, 255],
      [255, 0, 0],
      [0, 0, 255],
    ])
    const header = Buffer.from('P6\n1280 720\n255\n')
    writeFileSync(artefact('virtual', 'tv.ppm'), Buffer.concat([header, rgb]))
  })

  test('is turned off and on: the state says so, what plays is not disturbed, udev hears what it is told', async () => {
    await using kmssink = pi.start(show('solid-color', 0x40c080))
    await shown(0x40, 0xc0, 0x80)
    await using udev = pi.start('exec udevadm monitor --kernel --property --subsystem-match=drm')
    await udev.says(/KERNEL - the kernel uevent/)
    await pi.write(status, 'off')
    expect(await state()).toMatchObject({ connector: 'Virtual-1', status: 'disconnected' })
    await pi.write('/sys/class/drm/card0/uevent', 'change')
    await udev.says(/ACTION=change[\s\S]*SUBSYSTEM=drm[\s\S]*DEVNAME=\/dev\/dri\/card0/)
    // Nothing but what was asked for: the kernel says nothing of a connector that is forced.
    expect(udev.out.match(/^ACTION=/gm)).toHaveLength(1)
    expect([...(await shot()).subarray(0, 3)]).toEqual([0x40, 0xc0, 0x80])
    expect(kmssink.err).toBe('')
    await pi.write(status, 'detect')
    expect((await state()).status).toBe('connected')
  })

  test('nothing can begin on it while it is off', async () => {
    await pi.write(status, 'off')
    const { ok, err } = await pi.run(show('black'))
    await pi.write(status, 'detect')
    expect(ok).toBe(false)
    expect(err).toMatch(/kmssink/)
  })

  test('a card that is none is refused with a sentence', async () => {
    const { code, err } = await pi.run(`${TVSHOT} /dev/null`)
    expect(code).toBe(1)
    expect(err).toMatch(/^tvshot: \/dev\/null: /)
  })
})
