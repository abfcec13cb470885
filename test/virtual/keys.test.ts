// keys.test.ts — every kind of key on real devices, and the TV over CEC, seen from the TV's side.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { plugTv } from './kit/cec.ts'
import { bootVirtualPi, type Running, type VirtualPi, whyNot } from './kit/pi.ts'

const GUEST = '/opt/parlor/test/virtual/guest'
const RULES = '/etc/udev/rules.d/71-parlor-keys.rules'
const node = (program: string): string => `cd /opt/parlor && here=$PWD && . scripts/env && exec node ${GUEST}/${program}`
const LETTERS = '30,44'
const OK = 352
const POWER = 116

describe.skipIf(whyNot !== null)('keys and the TV', () => {
  let pi: VirtualPi
  beforeAll(async () => {
    const guest = ['keys.ts', 'keyboard.ts'].map((name) => [`${GUEST}/${name}`, readFileSync(new URL(`guest/${name}`, import.meta.url))])
    pi = await bootVirtualPi({
      name: 'keys',
      // The daemon would take the devices that are tried here.
      args: ['systemd.mask=parlor.service'],
      files: {
        ...Object.fromEntries(guest),
        [RULES]: readFileSync(new URL('../../hw/keys/71-parlor-keys.rules', import.meta.url)),
        '/etc/rc_keymaps/parlor.toml': readFileSync(new URL('../../hw/keys/parlor.toml', import.meta.url)),
      },
    })
  }, 300_000)
  afterAll(async () => {
    await pi?.[Symbol.asyncDispose]()
  })
  const box = async (): Promise<Running> => {
    const running = pi.start(node('keys.ts'))
    await running.says(/a CEC adapter is in use/)
    return running
  }
  /** All keys that were heard, without what was said in between. */
  const heard = (ear: Running): string[] => ear.out.split('\n').filter((line) => /^(input|tv) /.test(line))
  const hears = (ear: Running, ...keys: string[]): Promise<void> =>
    expect.poll(() => heard(ear), { timeout: 60_000 }).toEqual(keys.flatMap((key) => [`${key} down`, `${key} up`]))

  test('the TV is woken, shows us, its remote gives OK and BACK, and at the end it is in standby again', async () => {
    await plugTv(pi)
    await using tv = pi.start('exec stdbuf -oL cec-follower -d /dev/cec0 -v')
    await using wire = pi.start('exec stdbuf -oL cec-ctl -d /dev/cec0 -M')
    await wire.says(/Initial Event/)
    await using ear = await box()
    await ear.says(/state .*"answers":true,"power":"on"/)

    // It is off before somebody rings.
    ear.write('standby\n')
    await wire.says(/STANDBY/)
    await ear.says(/"power":"standby"/)
    const remote = (key: string) => pi.must(`cec-ctl -d /dev/cec0 -t 4 ${key} && cec-ctl -d /dev/cec0 -t 4 --user-control-released`)

    ear.write('wake\n')
    await wire.says(/IMAGE_VIEW_ON[\s\S]*ACTIVE_SOURCE[\s\S]*phys-addr: 1\.0\.0\.0/)
    await ear.says(/"power":"standby"[\s\S]*"power":"on","shows":"us"/, 30_000)

    await remote('--user-control-pressed ui-cmd=select')
    await hears(ear, 'tv ok')
    await remote('--user-control-pressed ui-cmd=back')
    // Each key came once: not by the input layer as well.
    await hears(ear, 'tv ok', 'tv back')

    const before = wire.out.length
    ear.write('back\n')
    await expect.poll(() => wire.out.slice(before), { timeout: 15_000 }).toMatch(/Playback Device 1 to TV .*STANDBY/)
    await expect
      .poll(() => pi.must('cec-ctl -d /dev/cec1 -t 0 --give-device-power-status'), { timeout: 15_000, interval: 500 })
      .toMatch(/pwr-state: standby/)
    await tv.stop()
  })

  test('a TV that showed its own programme is told that we have nothing more to show', async () => {
    await plugTv(pi)
    await using tv = pi.start('exec stdbuf -oL cec-follower -d /dev/cec0')
    await using wire = pi.start('exec stdbuf -oL cec-ctl -d /dev/cec0 -M')
    await wire.says(/Initial Event/)
    await using ear = await box()
    await ear.says(/"answers":true,"power":"on"/)
    ear.write('wake\n')
    await ear.says(/"shows":"us"/)
    ear.write('back\n')
    await wire.says(/INACTIVE_SOURCE/)
    await ear.says(/"shows":"us"[\s\S]*"shows":(null|"another")/)
    expect(wire.out).not.toMatch(/STANDBY/)
    await tv.stop()
  })

  test('a TV that does not answer holds nobody up', async () => {
    await pi.must('cec-ctl -d /dev/cec0 --clear --skip-info')
    await using ear = await box()
    ear.write('wake\n')
    await ear.says(/"answers":false/)
    ear.write('back\nend\n')
    await ear.says(/^ended$/m)
  })

  test('infrared: what a remote sends comes as keys, by the table of hw/keys', async () => {
    const rc = (await pi.must('grep -l "DRV_NAME=rc-loopback" /sys/class/rc/*/uevent')).split('/')[4]
    await using ear = await box()
    // The table comes late, as after a slow start: a receiver without one has no keys.
    await pi.must(`ir-keytable -s ${rc} -c -w /etc/rc_keymaps/parlor.toml`)
    await ear.says(/listening to a device with keys rc-core loopback/)
    await pi.must('ir-ctl -d /dev/lirc0 -S nec:0x40')
    await hears(ear, 'input ok')
    await pi.must('ir-ctl -d /dev/lirc0 -S nec:0x19')
    await hears(ear, 'input ok', 'input back')
  })

  test('a remote on Bluetooth or USB that comes and goes, ten times', async () => {
    await using ear = await box()
    for (let n = 1; n <= 10; n++) {
      await using remote = pi.start(node(`keyboard.ts remote-${n} ${OK},${POWER}`))
      await ear.says(new RegExp(`listening to a device with keys remote-${n} `))
      remote.write(`${OK}\n`)
      await hears(ear, ...Array<string>(n).fill('input ok'))
      remote.write('')
      await ear.says(new RegExp(`let go remote-${n} `))
    }
  })

  test('a remote is ours alone and its POWER is no switch of the machine; a keyboard is everybody’s', async () => {
    await using ear = await box()
    await using remote = pi.start(node(`keyboard.ts black-remote ${OK},${POWER}`))
    await using keyboard = pi.start(node(`keyboard.ts keyboard 28,${LETTERS}`))
    await ear.says(/keys black-remote/)
    await ear.says(/keys keyboard/)
    await pi.must('udevadm settle')
    const path = (name: string): string => new RegExp(`keys ${name} (/dev/input/\\S+)`).exec(ear.out)?.[1] ?? ''
    expect(await pi.must(`udevadm info ${path('black-remote')}`)).not.toMatch(/CURRENT_TAGS=.*power-switch/)
    await using other = pi.start(`exec stdbuf -oL evtest ${path('keyboard')}`)
    await other.says(/Testing/)
    keyboard.write('28\n')
    await other.says(/KEY_ENTER\), value 1/)
    await hears(ear, 'input ok')
    expect((await pi.run(`evtest --grab ${path('black-remote')} < /dev/null & sleep 1; kill $!`)).out).toMatch(/grabbed by another process/)
    remote.write(`${POWER}\n`)
    await hears(ear, 'input ok', 'input power')
  })
})
