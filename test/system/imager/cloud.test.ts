import { describe, expect, it } from 'vitest'
import { wishesIn } from '../../../src/system/imager/cloud.ts'
import { treeIn } from '../../../src/system/imager/yaml.ts'
import { isHostName, isZone } from '../../../src/system/naming.ts'
import { isName, isPassword } from '../../../src/system/network/words.ts'

/** As Imager 2.0 writes them for a box with everything set. */
const USER_DATA = `#cloud-config
hostname: wohnzimmer
manage_etc_hosts: true
packages:
- avahi-daemon
apt:
  conf: |
    Acquire {
      Check-Date "false";
    };
timezone: Europe/Berlin
keyboard:
  model: pc105
  layout: "de"
enable_ssh: true
users:
- name: anna
  groups: users,adm,dialout,audio,netdev,video,plugdev,cdrom,games,input,gpio,spi,i2c,render,sudo
  shell: /bin/bash
  lock_passwd: false
  passwd: $5$fTJhf4Yh$Pwm6hXwZPjJ5/8sDBxN4XVHqhHCZ8wbxpUxa.hpJIfC
  ssh_authorized_keys:
    - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA anna@laptop
  sudo: ALL=(ALL) NOPASSWD:ALL
ssh_pwauth: true
rpi:
  interfaces:
    i2c: true
runcmd:
  - [ sh, -c, "touch /tmp/you-ran-me" ]
`
const KEY = '5b1f4b2a'.repeat(8)
const NETWORK = `network:
  version: 2
  wifis:
    wlan0:
      dhcp4: true
      regulatory-domain: "DE"
      access-points:
        "FRITZ!Box 7590 \\"oben\\"":
          hidden: true
          password: "${KEY}"
      optional: true
`

describe("Imager's files", () => {
  it('give name, time zone, language, country and Wi-Fi; all else is named and has no effect', () => {
    expect(wishesIn(USER_DATA, NETWORK, null)).toEqual({
      name: 'wohnzimmer',
      zone: 'Europe/Berlin',
      language: 'de',
      country: 'DE',
      networks: [{ ssid: 'FRITZ!Box 7590 "oben"', password: KEY, hidden: true }],
      ignored: ['packages', 'apt', 'enable_ssh', 'users', 'ssh_pwauth', 'rpi', 'runcmd'],
      odd: [],
    })
  })

  it('name the country in the words of the kernel where they know no network', () => {
    const { country, networks } = wishesIn('hostname: box\n', null, 'console=tty1 cfg80211.ieee80211_regdom=GB ds=nocloud\n')
    expect({ country, networks }).toEqual({ country: 'GB', networks: [] })
  })

  it('may be written by hand: a longer form, numbers that are texts, an open network, a locale', () => {
    const net = `version: 2
wifis:
  wlan0:
    access-points:
      cafe: {}
      012345:
        auth: { key-management: psk, password: 00000000 }
  wlan1:
    access-points: { "Office": { auth: { key-management: eap, password: x } } }
`
    const { networks, odd, language, name } = wishesIn('hostname: Box.home.example\nlocale: fr_FR.UTF-8\n', net, null)
    expect(networks).toEqual([
      { ssid: 'cafe', password: null, hidden: false },
      { ssid: '012345', password: '00000000', hidden: false },
    ])
    expect({ odd, language, name }).toEqual({ odd: ['access-points'], language: 'fr', name: 'box' })
  })

  it('are taken as far as they can be, and what cannot is named', () => {
    const { name, zone, odd } = wishesIn('hostname: "rm -rf /"\ntimezone: ../../etc/shadow\n', 'wifis: [', null)
    expect({ name, zone }).toEqual({ name: null, zone: null })
    expect([...odd].sort()).toEqual(['hostname', 'network-config', 'timezone'])
  })

  it('with a backslash in a name that Imager left as it was mean that backslash', () => {
    const net = 'network:\n  wifis:\n    wlan0:\n      access-points:\n        "my\\quiet":\n          password: "12345678"\n'
    expect(wishesIn(null, net, null).networks).toEqual([{ ssid: 'my\\quiet', password: '12345678', hidden: false }])
  })
})

describe('YAML from a stranger', () => {
  it('has no anchors, tags, second documents, double keys, keys that are tables', () => {
    for (const text of [
      'a: &x 1\nb: *x',
      'a: !!js/function x',
      'a: !secret x',
      'a: 1\n---\nb: 2',
      'a: 1\na: 2',
      '? {a: 1}\n: 2',
      '['.repeat(500),
    ])
      expect(treeIn(text)).toBeNull()
    expect(treeIn(`${'a'.repeat(70_000)}`)).toBeNull()
    expect(treeIn(`${'- '.repeat(5000)}a`)).toBeNull()
  })

  it('cannot reach the ancestors of an object', () => {
    const read = treeIn('__proto__: { polluted: yes }\nconstructor: x')
    expect(Object.keys(read?.is ?? {})).toEqual(['__proto__', 'constructor'])
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    expect(wishesIn('__proto__: { hostname: evil }\n', null, null).name).toBeNull()
  })

  it('gives only what fits, however it was damaged, and takes no time', () => {
    let seed = 11
    const dice = (below: number): number => {
      seed = (seed * 1103515245 + 12345) & 0x7fffffff
      return (seed >> 8) % below
    }
    const bits = [
      '"',
      "'",
      ':',
      '\n',
      '  ',
      '- ',
      '{',
      '}',
      '[',
      '&a ',
      '*a',
      '!!x ',
      '#',
      '|',
      '\\',
      '\u0000',
      '\ud800',
      '---\n',
      '<<: ',
      'é',
      '%',
      '? ',
    ]
    const damaged = (text: string): string => {
      let out = text
      for (let i = dice(8); i >= 0; i--) {
        const at = dice(out.length + 1)
        out = out.slice(0, at) + (dice(3) === 0 ? '' : (bits[dice(bits.length)] ?? '')) + out.slice(at + dice(6))
      }
      return out
    }
    for (let round = 0; round < 400; round++) {
      const { name, zone, language, country, networks, ignored } = wishesIn(
        damaged(USER_DATA),
        damaged(NETWORK),
        damaged('cfg80211.ieee80211_regdom=DE'),
      )
      expect(name === null || isHostName(name)).toBe(true)
      expect(zone === null || isZone(zone)).toBe(true)
      expect(language === null || /^[a-z]{2}$/.test(language)).toBe(true)
      expect(country === null || /^[A-Z]{2}$/.test(country)).toBe(true)
      for (const { ssid, password } of networks) expect(isName(ssid) && (password === null || isPassword(password))).toBe(true)
      expect(ignored.length <= 30 && ignored.every((key) => key.length <= 40)).toBe(true)
    }
  })
})
