// closed.test.ts — the card as it is shipped, seen from the network and from inside: what answers, who may log in, what is written where.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { need } from '../../hw/virtual/need.ts'
import { CALL_PORTS, PORTS } from '../../src/system/firewall/ports.ts'
import { bootVirtualPi, type VirtualPi, whyNot } from './kit/pi.ts'
import { boxWith, NO_SOUND, NO_TV, SMALL_PICTURES } from './kit/settings.ts'

const run = promisify(execFile)
const UNITS = ['parlor', 'parlor-media', 'parlor-failsafe', 'parlor-steward', 'parlor-reset']

describe.skipIf(whyNot !== null)('the card, closed', { timeout: 300_000 }, () => {
  let pi: VirtualPi
  beforeAll(async () => {
    await need('nmap')
    pi = await bootVirtualPi({ name: 'closed', card: true, files: boxWith(SMALL_PICTURES, NO_SOUND, NO_TV) })
    await pi.must('until systemctl is-active -q parlor.service; do sleep 1; done', 120_000)
  })
  afterAll(() => pi?.[Symbol.asyncDispose]())

  /** Ports as nmap sees them from the home network: `8080/tcp open`. */
  const scan = async (...words: string[]): Promise<string[]> => {
    const { stdout } = await run('ip', ['netns', 'exec', pi.namespace, 'nmap', '-n', '-Pn', ...words, pi.address], { timeout: 280_000 })
    return [...stdout.matchAll(/^(\d+\/(?:tcp|udp)) +(open\S*|closed|unfiltered)/gm)].map(([, port, is]) => `${port} ${is}`)
  }

  test('nmap finds the listed TCP ports and no more', async () => {
    const open = PORTS.filter(({ protocol, when }) => protocol === 'tcp' && when === 'always').map(({ from }) => `${from}/tcp open`)
    // Nobody listens there as long as the setting says so; the development card has a port for ssh, and this one no ssh.
    const idle = PORTS.filter(({ protocol, when }) => protocol === 'tcp' && (when === 'setting' || when === 'development'))
    const found = await scan('-p-', '--min-rate', '4000', '--max-retries', '2', '-T4')
    const others = found.filter((port) => !idle.some(({ from }) => port === `${from}/tcp closed`))
    expect(others.sort()).toEqual(open.sort())
  })

  test('nmap finds no UDP port that is not listed', async () => {
    // The likely ones, and the edges of the range for calls: who is dropped gives no answer at all, and who is let through to nobody says so.
    const likely = [53, 67, 68, 69, 111, 123, 137, 161, 500, 514, 546, 631, 1900, 4500, 5350, 5351, 5353, 5355, 20_000, 32_768, 50_000]
    const edges = [CALL_PORTS.from - 1, CALL_PORTS.from, CALL_PORTS.to, CALL_PORTS.to + 1]
    const found = await scan('-sU', '-p', [...likely, ...edges].join(','), '--max-retries', '2')
    const answered = found.filter((port) => !port.endsWith('open|filtered')).map((port) => Number(port.split('/')[0]))
    const listed = (port: number) => PORTS.some(({ protocol, from, to }) => protocol === 'udp' && from <= port && port <= to)
    expect(answered.filter((port) => !listed(port))).toEqual([])
    // Calls are let in to the whole range.
    expect(answered).toContain(CALL_PORTS.from)
    expect(answered).toContain(CALL_PORTS.to)
  })

  test('no port listens to the network that is not in the list', async () => {
    const tables = await pi.must('cat /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6')
    const ports = tables.split('\n').flatMap((line) => {
      const [, address = '', port = '', is = ''] = /^\s*\d+: ([0-9A-F]+):([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} ([0-9A-F]{2})/.exec(line) ?? []
      // 0A: listens; 07: a UDP socket without a peer. What is bound to loopback alone nobody reaches.
      const isLocal = /^(0100007F|0{24}01000000)$/.test(address)
      return port && !isLocal && (is === '0A' || is === '07') ? [Number.parseInt(port, 16)] : []
    })
    const listed = (port: number) => PORTS.some(({ from, to }) => from <= port && port <= to)
    expect([...new Set(ports)].filter((port) => !listed(port))).toEqual([])
  })

  test('nobody can log in: no password, no console, no ssh', async () => {
    const shadow = await pi.file('/etc/shadow')
    const passwords = shadow
      .trim()
      .split('\n')
      .map((line) => line.split(':')[1])
    expect(passwords.filter((password) => password !== '!*')).toEqual([])
    const processes = await pi.must('ps -eo comm=')
    expect(processes).not.toMatch(/^(agetty|getty|login|sshd|sulogin)$/m)
    const { out } = await pi.run(
      'for u in getty@tty1 serial-getty@ttyS0 console-getty ssh sshd debug-shell; do systemctl start $u; done 2>&1',
    )
    expect(out.match(/masked|not found/g)?.length).toBeGreaterThanOrEqual(6)
  })

  test('only root speaks to what installs: not the program that all the world speaks to', async () => {
    const ask = 'busctl call de.pengutronix.rauc / org.freedesktop.DBus.Properties Get ss de.pengutronix.rauc.Installer Compatible'
    expect(await pi.must(ask)).toContain('parlor-virtual')
    const { ok, err } = await pi.run(`runuser -u parlor -- ${ask}`)
    expect([ok, err]).toEqual([false, expect.stringMatching(/denied/i)])
  })

  test('the root cannot be written, and nothing lies on the card that is not meant to', async () => {
    expect((await pi.run('touch /etc/x /usr/x /opt/x')).ok).toBe(false)
    expect((await pi.file('/proc/swaps')).trim().split('\n')).toHaveLength(1)
    expect((await pi.run('ls /var/log/journal')).ok).toBe(false)
    expect(await pi.file('/proc/sys/kernel/core_pattern')).toBe('|/bin/false\n')
    const writable = (await pi.file('/proc/mounts')).split('\n').filter((line) => /^\/dev\/\S+ \S+ ext4 rw/.test(line))
    // The bench lays its own files over the root; the partitions that may be written are two.
    const devices = new Set(writable.map((line) => line.split(' ')[0]))
    expect(devices.size).toBe(2)
    for (const line of writable) expect(line).toMatch(/noatime/)
  })

  test('the watchdog runs from the start on, and a kernel that falls starts again', async () => {
    expect(await pi.must('systemctl show -P RuntimeWatchdogUSec')).toBe('30s\n')
    expect(await pi.must('systemctl show -P RebootWatchdogUSec')).toBe('2min\n')
    expect(await pi.file('/sys/class/watchdog/watchdog0/state')).toBe('active\n')
    expect(await pi.file('/proc/sys/kernel/panic')).toBe('10\n')
  })

  test('the clock never goes behind the day on which the card was made', async () => {
    const [made, now] = (await pi.must('stat -c %Y /usr/lib/clock-epoch; date +%s')).trim().split('\n').map(Number)
    expect(made).toBeGreaterThan(Date.UTC(2026, 9, 1) / 1000)
    expect(now).toBeGreaterThanOrEqual(made ?? Number.POSITIVE_INFINITY)
  })

  test('no job of Debian’s wakes or writes', async () => {
    const timers = (await pi.must('systemctl list-timers --no-legend --plain'))
      .split('\n')
      .flatMap((line) => /\S+\.timer/.exec(line)?.[0] ?? [])
    expect(timers.filter((timer) => !/^(systemd-tmpfiles-clean|parlor-\S+)\.timer$/.test(timer))).toEqual([])
  })

  test.each(UNITS)('%s is locked up: at most 1.5 of 10 is open to attack', async (unit) => {
    const { out } = await pi.run(`systemd-analyze security ${unit}.service --no-pager | tail -1`)
    const [, score = '10'] = /Overall exposure level for \S+: ([\d.]+)/.exec(out) ?? []
    console.log(`systemd-analyze security ${unit}: ${score}`)
    expect(Number(score)).toBeLessThanOrEqual(1.5)
  })
})
