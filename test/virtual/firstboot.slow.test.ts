// firstboot.slow.test.ts — the first start of a card, on radios that are programs (mac80211_hwsim): Imager's files, then a box that knows no network:
// a phone joins its access point, chooses a network with a wrong and with the right password, and is paired. The home router and the phone are
// namespaces in the same machine, each with a radio of its own; the box has NetworkManager and wpa_supplicant as it is shipped.
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Parlord, RELAY_FILES } from './kit/parlord.ts'
import { bootVirtualPi, type VirtualPi, whyNot } from './kit/pi.ts'
import { boxWith, NO_SOUND, NO_TV } from './kit/settings.ts'

const HOME = { ssid: 'Zu Hause: 5;G', password: 'correct horse' }
const PHONE = '/opt/parlor/test/virtual/kit/phone.ts'
const POINT = '/run/NetworkManager/system-connections/parlor-point.nmconnection'
const GO = '/run/now-parlor'
const SECRET = 'battery staple'

const USER_DATA = `#cloud-config
hostname: kueche
timezone: Europe/Berlin
keyboard:
  layout: "de"
users:
- name: anna
  passwd: $5$x
runcmd:
  - [ sh, -c, "touch /state/ran" ]
`
const NETWORK_CONFIG = `network:
  version: 2
  wifis:
    wlan0:
      regulatory-domain: "DE"
      access-points:
        "Elsewhere":
          password: "${SECRET}"
`

/** A radio of wpa_supplicant in a namespace of its own. mode 2: it is an access point. */
const supplicant = (ssid: string, password: string, mode: 0 | 2): string =>
  `network={\n ssid=${Buffer.from(ssid).toString('hex')}\n psk="${password}"\n key_mgmt=WPA-PSK\n proto=RSN\n pairwise=CCMP\n mode=${mode}\n${mode === 2 ? ' frequency=2437\n' : ''}}\n`

describe.skipIf(whyNot !== null)('the first start of a card', { timeout: 300_000 }, () => {
  let pi: VirtualPi
  beforeAll(async () => {
    pi = await bootVirtualPi({
      name: 'firstboot',
      card: true,
      files: {
        ...boxWith('[camera]\nsource = "none"\n', NO_SOUND, NO_TV),
        ...RELAY_FILES,
        // Not before the cable is out.
        '/etc/systemd/system/parlor.service.d/wait.conf': `[Unit]\nConditionPathExists=${GO}\n`,
        [PHONE]: readFileSync(new URL('kit/phone.ts', import.meta.url)),
      },
      args: ['mac80211_hwsim.radios=3'],
    })
  }, 300_000)
  afterAll(async () => {
    await pi?.[Symbol.asyncDispose]()
  })

  test("takes what Imager left, once, and leaves no password on the card's first partition", async () => {
    const card = 'mkdir -p /run/first; mount PARTUUID=7061726c-01 /run/first'
    await pi.write('/run/user-data', USER_DATA)
    await pi.write('/run/network-config', NETWORK_CONFIG)
    await pi.must(`${card}; cp /run/user-data /run/network-config /run/first/; umount /run/first; rm /run/user-data /run/network-config`)
    await pi.must('systemctl restart parlor-firstboot && systemctl restart parlor-place')
    expect(JSON.parse(await pi.file('/run/parlor-firstboot/applied.json'))).toEqual({
      name: 'kueche',
      zone: 'Europe/Berlin',
      language: 'de',
      country: 'DE',
      networks: ['Elsewhere'],
      ignored: ['users', 'runcmd'],
      odd: [],
      failed: [],
    })
    expect(await pi.must('hostname; readlink /state/localtime; cat /state/country; cat /state/parlor/settings.json')).toMatch(
      /^kueche\n\/usr\/share\/zoneinfo\/Europe\/Berlin\nDE\n[\s\S]*"language": "de"/,
    )
    expect(await pi.must('stat -c "%U %a" /state/parlor/settings.json /state/network/*; cat /state/network/*')).toMatch(
      new RegExp(`parlor 600\\nroot 600\\n[\\s\\S]*psk=${SECRET}`),
    )
    expect(await pi.must(`${card}; cat /run/first/user-data /run/first/network-config; umount /run/first`)).not.toContain(SECRET)
    expect(await pi.must(`grep -c "${SECRET}" /dev/ubda1 || true`)).toBe('0\n')
    expect(
      await pi.must('test ! -e /state/ran && systemctl restart parlor-firstboot && test ! -e /run/first/applied.json && echo nothing'),
    ).toBe('nothing\n')
    await pi.must('rm /state/network/* /state/parlor/settings.json; nmcli connection reload')
  })

  describe('without a network', () => {
    let parlord: Parlord
    const said = (what: RegExp, since: string) => async () =>
      (await pi.must(`journalctl -u parlor -o cat --since "${since}"`)).match(what)?.[0] ?? null
    const point = async () => {
      const text = await pi.file(POINT).catch(() => '')
      const bytes = /^ssid=(.*)$/m.exec(text)?.[1]?.split(';').filter(Boolean).map(Number)
      const password = /^psk=(.*)$/m.exec(text)?.[1]
      return bytes && password ? { ssid: Buffer.from(bytes).toString(), password } : null
    }
    const until = async <T>(what: string, look: () => Promise<T | null>, patience = 120_000): Promise<T> => {
      for (const end = performance.now() + patience; performance.now() < end; await sleep(500)) {
        const seen = await look()
        if (seen) return seen
      }
      throw new Error(`it never came to this: ${what}`)
    }
    /** The phone joins a Wi-Fi, and has an address there. */
    const joins = async (ssid: string, password: string, address: string) => {
      await pi.write('/run/phone.conf', supplicant(ssid, password, 0))
      await pi.run(
        'ip netns exec phone sh -c "kill $(cat /run/phone.pid 2>/dev/null) 2>/dev/null; ip addr flush dev $(cat /run/phone.dev)"',
      )
      await pi.must('ip netns exec phone wpa_supplicant -B -i $(cat /run/phone.dev) -c /run/phone.conf -P /run/phone.pid')
      await until(`the phone is in ${ssid}`, async () =>
        (await pi.run('ip netns exec phone iw dev $(cat /run/phone.dev) link')).out.includes('Connected') ? true : null,
      )
      await pi.must(
        `ip netns exec phone ip addr add ${address}/24 dev $(cat /run/phone.dev); ip netns exec phone ip link set $(cat /run/phone.dev) up`,
      )
    }
    const phone = async (words: string) => (await pi.must(`ip netns exec phone curl -s -m 20 ${words}`)).trim()
    const state = async () =>
      JSON.parse(await phone('http://10.42.0.1/setup/state')) as { seen: Array<{ ssid: string }>; trying: unknown; failed: unknown }
    const chooses = async (password: string) => {
      await pi.write('/run/wish.json', JSON.stringify({ ssid: HOME.ssid, password, hidden: false, country: 'DE' }))
      return phone("-H 'content-type: application/json' -d @/run/wish.json http://10.42.0.1/setup/join")
    }

    beforeAll(async () => {
      // The cable is out, and the other two radios are somebody else's.
      await pi.must('nmcli device set vec0 managed no; ip addr flush dev vec0; ip link set vec0 down')
      await pi.must(
        `set -e; set -- $(cd /sys/class/net; for d in */phy80211; do echo \${d%/*}; done)
        echo $2 > /run/phone.dev; echo $3 > /run/home.dev
        for who in phone home; do ip netns add $who; ip netns exec $who ip link set lo up; iw phy $(cat /sys/class/net/$(cat /run/$who.dev)/phy80211/name) set netns name $who; done`,
      )
      await pi.write('/run/home.conf', supplicant(HOME.ssid, HOME.password, 2))
      await pi.must(
        `set -e; ip netns exec home wpa_supplicant -B -i $(cat /run/home.dev) -c /run/home.conf -P /run/home.pid
        ip netns exec home ip addr add 192.168.50.1/24 dev $(cat /run/home.dev)
        ip netns exec home dnsmasq --conf-file=/dev/null --interface=$(cat /run/home.dev) --bind-interfaces --port=0 --dhcp-range=192.168.50.10,192.168.50.90,1h --dhcp-leasefile=/run/home.leases --pid-file=/run/home-dhcp.pid`,
      )
      await pi.must(`touch ${GO}; systemctl start parlor`)
      parlord = await Parlord.reach(pi)
    }, 300_000)

    test('opens its own Wi-Fi; a phone that looks for the internet there finds the page', async () => {
      const { ssid, password } = await until('the box opens its own Wi-Fi', point)
      expect([ssid, password]).toEqual([expect.stringMatching(/^Parlor [A-Z2-9]{4}$/), expect.stringMatching(/^[a-z2-9]{12}$/)])
      await until('the access point is up', said(/own Wi-Fi is on/, '-10min'))
      await joins(ssid, password, '10.42.0.77')
      expect(
        await phone(
          '-o /dev/null -w "%{http_code} %{redirect_url}" -H "host: connectivitycheck.gstatic.com" http://10.42.0.1/generate_204',
        ),
      ).toBe('302 http://10.42.0.1/setup')
      expect(await phone('http://10.42.0.1/setup')).toContain('<title>Set up')
      expect((await state()).seen.map((seen) => seen.ssid)).toContain(HOME.ssid)
      // Nothing but the set-up and the pages: the broker of the call stays where it was, and no name leads out.
      expect((await pi.run('ip netns exec phone curl -s -m 3 http://10.42.0.1:22')).ok).toBe(false)
    })

    test('comes back with its own Wi-Fi and a reason where the password is wrong, and joins with the right one', async () => {
      const own = await point()
      expect(JSON.parse(await chooses('wrong horse'))).toEqual({ ok: true })
      await until('the wrong password is noticed', said(/"?why"?[=:] ?"?password/, '-10min'), 150_000)
      expect(await until('its own Wi-Fi is back', point)).toEqual(own)
      await joins(own?.ssid ?? '', own?.password ?? '', '10.42.0.77')
      expect(await until('the page says why', async () => (await state().catch(() => null))?.failed ?? null)).toEqual({
        ssid: HOME.ssid,
        why: 'password',
      })

      expect(JSON.parse(await chooses(HOME.password))).toEqual({ ok: true })
      await until('the TV asks for a phone', said(/how to pair a phone/, '-10min'), 150_000)
      expect(await pi.must('cat /run/home.leases')).toContain('192.168.50.')
      expect(await point()).toBeNull()
    })

    test('is paired with a phone that is in the network now', async () => {
      await joins(HOME.ssid, HOME.password, '192.168.50.5')
      const address = /192\.168\.50\.\d+/.exec(await pi.must('cat /run/home.leases'))?.[0]
      const { link } = (await parlord.ask('pair')) as { link: string }
      await using paired = pi.start(
        `cd /opt/parlor && here=$PWD && . scripts/env && ip netns exec phone node ${PHONE} ${address}:8080 '${link}'`,
      )
      await paired.says(/paired/, 60_000)
      expect(((await parlord.ask('phones')) as { phones: unknown[] }).phones).toHaveLength(1)
    })
  })
})
