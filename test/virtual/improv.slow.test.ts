// improv.slow.test.ts — a card gets its Wi-Fi by Bluetooth: a real bluetoothd with two adapters that hear each other (btvirt), a real radio with a network in the
// air (mac80211_hwsim, wpa_supplicant), the daemon as it is shipped, with its user, its sandbox and the card's rules for D-Bus.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { resultBytes } from '../../src/wire/improv.ts'
import { bootVirtualPi, type Running, type VirtualPi, whyNot } from './kit/pi.ts'
import { boxWith, NO_SOUND, NO_TV, SMALL_PICTURES } from './kit/settings.ts'

const PHONE = '/opt/parlor/test/virtual/guest/improv.ts'
const HOME = { ssid: 'Home', password: 'correct horse' }
/** A network in the air, on the second radio, in a namespace of its own. */
const AIR = `
set -e
nmcli device set wlan1 managed no
ip netns add home
iw phy phy1 set netns name home
cat > /run/home.conf <<END
network={
  ssid="${HOME.ssid}"
  mode=2
  frequency=2437
  key_mgmt=WPA-PSK
  psk="${HOME.password}"
}
END
ip -n home link set lo up
ip netns exec home wpa_supplicant -B -i wlan1 -D nl80211 -c /run/home.conf -P /run/home.pid > /run/home.log
ip -n home address add 192.168.77.1/24 dev wlan1
ip netns exec home dnsmasq --conf-file=/dev/null --user=root --interface=wlan1 --bind-interfaces --port=0 \\
  --dhcp-range=192.168.77.10,192.168.77.99 --dhcp-leasefile=/run/home.leases --pid-file=/run/home.dns
`

const string = (text: string): number[] => [text.length, ...Buffer.from(text)]
/** The strings of a result, behind the length of the first. */
const textOf = (said: string): string => Buffer.from(said.slice('result '.length), 'hex').subarray(3, -1).toString('latin1')
const packet = (command: number, ...data: number[]): string => {
  const bytes = [command, data.length, ...data]
  return Buffer.from([...bytes, bytes.reduce((sum, byte) => sum + byte, 0) & 255]).toString('hex')
}

describe.skipIf(whyNot !== null)('a card that is set up by Bluetooth', { timeout: 240_000 }, () => {
  let pi: VirtualPi
  let phone: Running
  beforeAll(async () => {
    pi = await bootVirtualPi({
      name: 'improv',
      card: true,
      // No cable; and Parlor begins when everything is in the air.
      args: ['mac80211_hwsim.radios=2', 'rig.address='],
      files: {
        ...boxWith('[box]\nname = "Kitchen"\n', SMALL_PICTURES, NO_SOUND, NO_TV),
        '/etc/systemd/system/parlor.service.d/air.conf': '[Unit]\nConditionPathExists=/run/air\n',
        [PHONE]: readFileSync(new URL('guest/improv.ts', import.meta.url)),
      },
    })
    await pi.must(AIR)
    // They come and go with this program.
    pi.start('exec btvirt -l2')
    await pi.must('touch /run/air && systemctl start parlor.service')
    await pi.must('until systemctl is-active -q bluetooth && busctl --list tree org.bluez | grep -q hci1; do sleep 0.2; done', 60_000)
  }, 300_000)
  afterAll(async () => {
    await pi?.[Symbol.asyncDispose]()
  })
  /** Waits for a line of the phone's after what was read of it. */
  let read = 0
  const says = async (what: RegExp, patience = 60_000): Promise<string> => {
    const found = await phone.says(new RegExp(`(?<![\\s\\S])[\\s\\S]{${read},}?^(${what.source})$`, 'm'), patience)
    read = found[0].length
    return found[1] ?? ''
  }
  const asks = (line: string): void => phone.write(`${line}\n`)

  test('is found by a phone while the TV shows the own Wi-Fi, and takes nothing before OK was pressed', async () => {
    phone = pi.start(`cd /opt/parlor && here=$PWD && . scripts/env && exec node ${PHONE} hci1`)
    asks('find')
    await says(/found Parlor Kitchen/, 120_000)
    await says(/advertised 010700000000/)
    asks('connect')
    await says(/connected/)
    asks('read state')
    await says(/state 01/)
    asks('read capabilities')
    await says(/capabilities 07/)
    asks(`write ${packet(1, ...string(HOME.ssid), ...string(HOME.password))}`)
    await says(/error 04/)
    asks(`write ${packet(3)}`)
    const version = (await pi.must('. /etc/parlor-release; printf %s "$VERSION"')).trim()
    const info = resultBytes('info', ['Parlor', version, 'virtual', 'Kitchen'])
    await says(new RegExp(`result ${Buffer.from(info).toString('hex')}`))
  })

  test('says that a password is wrong, joins with the right one, and lets the phone go', async () => {
    await pi.must('parlor key ok')
    await says(/state 02/)
    asks(`write ${packet(4)}`)
    expect(textOf(await says(/result 04[0-9a-f]+/))).toMatch(/^Home.-\d+.WPA2/)
    asks(`write ${packet(1, ...string(HOME.ssid), ...string('wrong horse'))}`)
    await says(/state 03/)
    await says(/error 03/, 120_000)
    await says(/state 02/)
    asks(`write ${packet(1, ...string(HOME.ssid), ...string(HOME.password))}`)
    await says(/state 03/)
    await says(/state 04/, 120_000)
    expect(textOf(await says(/result 01[0-9a-f]+/))).toMatch(/^https:\/\/192\.168\.77\.\d+:8443\/remote$/)
    expect(await pi.must('nmcli -t -f GENERAL.CONNECTION,IP4.ADDRESS device show wlan0')).toMatch(/192\.168\.77\./)
    await says(/disconnected/)
    expect(await pi.must('grep -rlE "LinkKey|LongTermKey" /state/bluetooth || true')).toBe('')
    const log = await pi.must('journalctl -b -u parlor -u parlor-steward -o cat')
    expect(log).toMatch(/why: "password"/)
    expect(log).not.toMatch(/correct horse|wrong horse/)
  })

  test('is the only one but root whom bluetoothd obeys, and for that alone', async () => {
    const asUser = async (user: string, call: string) => {
      const { ok, err } = await pi.run(`setpriv --reuid=${user} --clear-groups busctl --system call org.bluez ${call}`)
      return ok ? 'done' : /Access ?[Dd]enied|rejected/.test(err) ? 'refused' : err
    }
    const list = '/ org.freedesktop.DBus.ObjectManager GetManagedObjects'
    const search = '/org/bluez/hci0 org.bluez.Adapter1 StartDiscovery'
    expect(await asUser('parlor', list)).toBe('done')
    expect(await asUser('parlor', search)).toBe('refused')
    expect(await asUser('parlor-media', list)).toBe('refused')
  })
})
