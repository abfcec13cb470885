// The list of ports and what is made from it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Config } from '../../../src/core/config.ts'
import { CALL_PORTS, PORTS, rangeText } from '../../../src/system/firewall/ports.ts'
import { developmentText, firewallText, portsPage } from '../../../src/system/firewall/rules.ts'

const ROOT = join(import.meta.dirname, '../../..')
const file = (path: string) => readFileSync(join(ROOT, path), 'utf8')

describe('the list of ports', () => {
  test('has those on which the pages are served by default', () => {
    const { web } = Config.parse({})
    const always = PORTS.filter(({ protocol, when }) => protocol === 'tcp' && when === 'always').map(({ from }) => from)
    expect(always).toEqual([web.http, web.https])
  })

  test('names each port once for each protocol and occasion', () => {
    const names = PORTS.map((port) => `${port.protocol} ${rangeText(port)} ${port.when}`)
    expect(new Set(names).size).toBe(names.length)
  })

  test('keeps ranges out of those ports that the kernel gives to anybody who asks out', () => {
    for (const { from, to } of PORTS) if (from !== to) expect(to).toBeLessThan(32_768)
  })

  test('gives calls the range that the card sets', () => {
    expect(file('image/files/etc/systemd/system/parlor.service.d/60-card.conf')).toContain(`PARLOR_CALL__PORTS=${rangeText(CALL_PORTS)}\n`)
  })
})

describe('the firewall of the card', () => {
  test('is the one made from the list', () => {
    expect(file('image/files/etc/nftables.conf')).toBe(firewallText())
    expect(file('image/development/etc/nftables.d/development.nft')).toBe(developmentText())
    expect(file('docs/ports.md')).toBe(portsPage())
  })

  test('drops what it does not name, coming in and passing through', () => {
    expect(firewallText().match(/policy drop;/g)).toHaveLength(2)
    expect(firewallText()).not.toMatch(/policy accept/)
  })

  test('opens nothing else, and ssh on no shipped card', () => {
    const opened = [...firewallText().matchAll(/(tcp|udp) dport ([\d-]+)/g)].map(([, protocol, port]) => `${protocol} ${port}`)
    const listed = PORTS.filter(({ when }) => when !== 'development').map((port) => `${port.protocol} ${rangeText(port)}`)
    expect(opened.sort()).toEqual(listed.sort())
    expect(opened).not.toContain('tcp 22')
    expect(developmentText()).toContain('tcp dport 22 accept')
  })
})
