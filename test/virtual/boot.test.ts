// boot.test.ts — the virtual Pi itself: it boots, has the devices of a Pi, survives a power cut, and is reached over its cable.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bootVirtualPi, type VirtualPi, whyNot } from './kit/pi.ts'

describe.skipIf(whyNot !== null)('a virtual Pi', () => {
  let pi: VirtualPi
  beforeAll(async () => {
    // The machine is tried here, not Parlor: nothing of it runs, so boots are quick.
    pi = await bootVirtualPi({ name: 'boot', args: ['systemd.mask=parlor.service', 'systemd.mask=parlor-media.service'] })
  })
  afterAll(async () => {
    await pi?.[Symbol.asyncDispose]()
  })

  test('boots, and no unit fails', async () => {
    console.log(`booted in ${(pi.bootTook / 1000).toFixed(1)} s`)
    expect(await pi.must('systemctl --failed --plain --no-legend')).toBe('')
    expect(pi.state).toBe('running')
  })

  test('has a camera that gives 720p30', async () => {
    const said = await pi.must('v4l2-ctl -d /dev/video0 --all')
    expect(said).toContain('Driver name      : vivid')
    expect(said).toMatch(/Width\/Height\s+: 1280\/720/)
    expect(said).toMatch(/30\.00 frames per second|Frames per second: 30\.000/)
  })

  test.each([
    ['a TV', '/dev/dri/card0'],
    ['the CEC adapter of the TV', '/dev/cec0'],
    ['the CEC adapter of the box', '/dev/cec1'],
    ['an infrared receiver', '/dev/lirc0'],
    ['keys', '/dev/input/event0'],
    ['a header with GPIO', '/dev/gpiochip0'],
    ['a loudspeaker', '/dev/snd/pcmC0D0p'],
    ['a microphone', '/dev/snd/pcmC0D1c'],
    ['a watchdog', '/dev/watchdog0'],
    ['any keys a test wants', '/dev/uinput'],
  ])('has %s', async (_, node) => {
    expect(await pi.run(`test -c ${node}`)).toMatchObject({ ok: true })
  })

  test('has an H.264 encoder that GStreamer finds, and a tool that sees the TV', async () => {
    expect(await pi.must('cat /sys/class/video4linux/*/name')).toContain('bcm2835-codec-encode')
    expect(await pi.run('gst-inspect-1.0 --exists v4l2h264enc')).toMatchObject({ ok: true })
    expect(await pi.run('test -x /usr/local/lib/rig/tvshot')).toMatchObject({ ok: true })
  })

  test('has a button on GPIO17 that is up until somebody presses it', async () => {
    const knob = '/sys/devices/platform/gpio-sim.0/gpiochip0/sim_gpio17'
    expect(await pi.file(`${knob}/value`)).toBe('1\n')
    await pi.write(`${knob}/pull`, 'pull-down')
    expect(await pi.file(`${knob}/value`)).toBe('0\n')
    await pi.write(`${knob}/pull`, 'pull-up')
  })

  test('is reached over its cable, and not when that is pulled', async () => {
    await using listener = pi.start('exec python3 -u -m http.server 8000 --bind 0.0.0.0 --directory /etc')
    await listener.says(/Serving HTTP/)
    const get = () =>
      promisify(execFile)('ip', ['netns', 'exec', pi.namespace, 'curl', '-s', '-m', '3', `http://${pi.address}:8000/hostname`]).then(
        ({ stdout }) => stdout,
        () => 'nothing',
      )
    expect(await get()).toBe('parlor\n')
    pi.cable.pull()
    expect(await get()).toBe('nothing')
    pi.cable.plug()
    expect(await get()).toBe('parlor\n')
  })

  test('keeps through a power cut what was written and synced, and boots again', async () => {
    await pi.write('/root/kept', 'kept')
    await pi.must('sync /root/kept')
    await pi.kill()
    expect(pi.isOn).toBe(false)
    await pi.boot()
    expect(await pi.file('/root/kept')).toBe('kept')
    expect(await pi.must('systemctl --failed --plain --no-legend')).toBe('')
  })

  test('boots again when it is told to, and goes off when it is told to', async () => {
    const before = await pi.file('/proc/sys/kernel/random/boot_id')
    const again = pi.bootsAgain()
    await pi.run('systemctl reboot').catch(() => {}) // it is gone before it can answer
    await again
    expect(await pi.file('/proc/sys/kernel/random/boot_id')).not.toBe(before)
    await pi.halt()
    expect(pi.isOn).toBe(false)
  })
})
