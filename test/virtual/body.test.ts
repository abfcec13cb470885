// body.test.ts — Parlor's ears and hands on real device nodes: a button that bounces, the lamp, the privacy switch, the camera, the watchdog.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bootVirtualPi, type Running, type VirtualPi, whyNot } from './kit/pi.ts'

const GUEST = '/opt/parlor/test/virtual/guest'
const KNOBS = '/sys/devices/platform/gpio-sim.0/gpiochip0'
const node = (program: string): string => `cd /opt/parlor && here=$PWD && . scripts/env && exec node ${GUEST}/${program}`

describe.skipIf(whyNot !== null)('the body of the box', () => {
  let pi: VirtualPi
  beforeAll(async () => {
    pi = await bootVirtualPi({
      name: 'body',
      // The daemon would take the devices that are tried here.
      args: ['systemd.mask=parlor.service'],
      files: Object.fromEntries(
        ['listen.ts', 'press.ts'].map((name) => [`${GUEST}/${name}`, readFileSync(new URL(`guest/${name}`, import.meta.url))]),
      ),
    })
  }, 300_000)
  afterAll(async () => {
    await pi?.[Symbol.asyncDispose]()
  })
  const listen = (what: string): Running => pi.start(node(`listen.ts ${what}`))
  const finger = (pressed: boolean) => pi.write(`${KNOBS}/sim_gpio17/pull`, pressed ? 'pull-down' : 'pull-up')
  const lamp = () => pi.file(`${KNOBS}/sim_gpio27/value`)

  test('the board is known, with all that is built into it', async () => {
    const said = (await pi.must(node('listen.ts board'))).split('\n')
    console.log(said.join('\n'))
    for (const line of [
      /^Board: virtual Pi/,
      /^Cameras: vivid \(\/dev\/video\d+\)$/,
      /^H\.264 is encoded in hardware: 245,760 macroblocks a second \(\/dev\/video\d+\)/,
      /^TV: \S+ connected/,
      /^TV remote over HDMI \(CEC\): \/dev\/cec0, \/dev\/cec1$/,
      /^Sound: .*plays, records/,
      /^Pins: pinctrl-bcm2711 \(28 lines from \d+\)$/,
      /^Infrared: .*\/dev\/lirc0/,
      /^Watchdog: Software Watchdog \(\/dev\/watchdog0\)$/,
    ])
      expect(said).toContainEqual(expect.stringMatching(line))
  })

  test('a thousand presses of a worn button: none lost, none doubled', async () => {
    const result = JSON.parse(await pi.must(node(`press.ts 1000 ${KNOBS}/sim_gpio17/pull GPIO17`), 280_000)) as Record<string, number>
    console.log('presses:', result)
    expect(result).toMatchObject({ presses: 1000, on: 1000, off: 1000, doubled: 0, lost: 0 })
    expect(result.edges).toBeGreaterThan(5000)
  }, 300_000)

  test('the lamp follows the state of the box, and is dark at the end', async () => {
    await using led = listen('lamp GPIO27')
    await led.says(/fact there/)
    expect(await lamp()).toBe('0\n')
    const becomes = (level: string) => expect.poll(lamp, { timeout: 20_000, interval: 20 }).toBe(`${level}\n`)
    led.write('in call\n')
    await becomes('1')
    led.write('muted\n')
    await becomes('0')
    await becomes('1')
    await becomes('0')
    led.write('in call\n')
    await becomes('1')
    await led.stop()
    expect(await lamp()).toBe('0\n')
  })

  /** Waits until exactly these lines were said. */
  const hears = (running: Running, lines: readonly string[]) =>
    expect.poll(() => running.out.trim().split('\n'), { timeout: 20_000 }).toEqual(lines)
  const header = (live: boolean) => pi.write('/sys/kernel/config/gpio-sim/header/live', live ? '1' : '0')

  test('the privacy switch is heard; without its line the box is shut', async () => {
    await finger(true)
    await using shutter = listen('shutter GPIO17')
    await hears(shutter, ['at first shut', 'open'])
    await finger(false)
    await hears(shutter, ['at first shut', 'open', 'shut'])
    await finger(true)
    await hears(shutter, ['at first shut', 'open', 'shut', 'open'])
    await header(false)
    await hears(shutter, ['at first shut', 'open', 'shut', 'open', 'shut'])
    await header(true)
    await finger(true)
    await hears(shutter, ['at first shut', 'open', 'shut', 'open', 'shut', 'open'])
  })

  test('a button whose line goes and comes back is a button again, and the listener lives', async () => {
    await finger(false)
    await using button = listen('button GPIO17')
    await hears(button, ['fact there', 'off'])
    await header(false)
    const gone = ['fact there', 'off', 'fact missing: gone', 'fact missing: no header']
    await hears(button, gone)
    await header(true)
    await finger(true)
    await hears(button, [...gone, 'fact there', 'on'])
    await finger(false)
    await hears(button, [...gone, 'fact there', 'on', 'off'])
  })

  test('the camera is listed with what it can; pulled out it went, plugged in it came, twenty times', async () => {
    await using cameras = listen('cameras')
    await cameras.says(/came \/dev\/video0 vivid, \d+ formats/)
    const times = (what: RegExp, count: number) => expect.poll(() => cameras.out.match(what)?.length ?? 0, { timeout: 20_000 }).toBe(count)
    for (let round = 1; round <= 20; round++) {
      await pi.write('/sys/bus/platform/drivers/vivid/unbind', 'vivid.0')
      await times(/^went \/dev\/video\d+ vivid/gm, round)
      await pi.write('/sys/bus/platform/drivers/vivid/bind', 'vivid.0')
      await times(/^(came|known) \/dev\/video\d+ vivid, \d+ formats/gm, round + 1)
    }
    expect(cameras.out).not.toContain('error')
  }, 240_000)

  test('the watchdog: stopped in good order it lets the machine live; unfed it bites', async () => {
    const bites = () => readFileSync(pi.console, 'utf8').includes('softdog: Initiating system reboot')
    {
      await using calm = listen('dog 4')
      await calm.says(/(fed\n){3}/)
      await calm.stop()
      expect(calm.out).toContain('ended')
    }
    // Nothing may happen now, for longer than the dog's patience.
    await pi.must('sleep 6')
    expect(bites()).toBe(false)
    const dog = listen('dog 4')
    dog.ended.catch(() => {}) // the machine goes from under it
    await dog.says(/(fed\n){3}/)
    dog.write('the picture stands still\n')
    await dog.says(/not fed/)
    await expect.poll(bites, { timeout: 30_000 }).toBe(true)
    // A chip cuts the power of a hung board for a moment. User-Mode Linux restarts from inside its interrupt instead, and may hang in
    // that; so what the chip would do is done here.
    await pi.kill()
    await pi.boot()
    expect(await pi.must('systemctl --failed --plain --no-legend')).toBe('')
  }, 240_000)
})
