// rules.ts — the list of ports as rules for nftables, and as a page for people. Pure; scripts/docs.ts writes both.
import { PORTS, type Port, rangeText } from './ports.ts'

const MADE = 'Made by scripts/docs.ts from src/system/firewall/ports.ts; do not edit.'

const ruleOf = ({ protocol, only, what, ...port }: Port): string =>
  `${protocol} dport ${rangeText(port)}${only === undefined ? '' : ` ${protocol} sport ${only}`} accept comment "${what}"`

const rules = (...when: ReadonlyArray<Port['when']>): string[] => PORTS.filter((port) => when.includes(port.when)).map(ruleOf)

/** image/files/etc/nftables.conf. */
export const firewallText = (): string =>
  `${[
    '#!/usr/sbin/nft -f',
    `# nftables.conf — who may knock at this box. ${MADE}`,
    '# Only our own table is put anew: others (NetworkManager has one while it is an access point) stay.',
    'table inet parlor',
    'delete table inet parlor',
    'table inet parlor {',
    '  # Interfaces on which the box itself is the access point for its set-up; empty but for those minutes.',
    '  set points { type ifname; }',
    '',
    '  chain point {',
    ...rules('point').map((rule) => `    ${rule}`),
    '  }',
    '',
    '  chain in {',
    '    type filter hook input priority filter; policy drop;',
    '    # Our own processes with each other: daemon and workers, over 127.0.0.1.',
    '    iifname "lo" accept',
    '    # Answers to what was asked from in here, and errors about it; what belongs to nothing is dropped.',
    '    ct state vmap { established : accept, related : accept, invalid : drop }',
    '    # Whether we are there. More of it than that is somebody’s game.',
    '    icmp type echo-request limit rate 20/second accept',
    '    icmpv6 type echo-request limit rate 20/second accept',
    '    # Without these there is no IPv6 at all (RFC 4890, 4.4.1): routers, neighbours, and groups of multicast, from this link alone.',
    '    icmpv6 type { nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit 255 accept',
    '    icmpv6 type { mld-listener-query, mld-listener-report, mld2-listener-report } ip6 saddr fe80::/10 accept',
    '    # The same for IPv4: a switch that asks who is in a group forgets who does not answer.',
    '    meta l4proto igmp accept',
    ...rules('always', 'calls', 'setting', 'answer').map((rule) => `    ${rule}`),
    '    iifname @points jump point',
    '  }',
    '',
    '  # The box passes on nothing, also not for the phone on its access point.',
    '  chain through {',
    '    type filter hook forward priority filter; policy drop;',
    '  }',
    '}',
    '# What an image for developers opens beyond that (ssh).',
    'include "/etc/nftables.d/*.nft"',
  ].join('\n')}\n`

/** What a development card has as /etc/nftables.d/development.nft. */
export const developmentText = (): string =>
  `${[
    `# development.nft — what a card for developers opens more. ${MADE}`,
    ...rules('development').map((rule) => `add rule inet parlor in ${rule}`),
  ].join('\n')}\n`

const WHEN: Readonly<Record<Port['when'], string>> = {
  always: 'always',
  calls: 'for calls',
  setting: 'where a setting says so',
  answer: 'for answers only',
  point: 'only on the access point of the set-up',
  development: 'on no shipped card',
}

/** docs/ports.md. */
export const portsPage = (): string =>
  `${[
    '# Ports',
    '',
    `<!-- ${MADE} -->`,
    '',
    'What others on the network reach of a box that runs from our card. Everything else is dropped without an answer, and nothing is passed',
    'on to anybody. The box answers `ping`. On a machine of your own, where `scripts/install` put Parlor, its firewall is yours: these are the',
    'ports to let in, and the setting `call.ports` names those of calls (`30000-30999` on a card).',
    '',
    '| port | what answers | open | why |',
    '|---|---|---|---|',
    ...PORTS.map((port) => `| ${rangeText(port)}/${port.protocol} | ${port.what} | ${WHEN[port.when]} | ${port.why} |`),
    '',
    'Outward the box asks for what it needs: names, time, the other end of a call, and the servers that its settings name.',
    '',
    'By Bluetooth LE phones reach one service, Improv, and only while the TV shows the own Wi-Fi of the set-up ([first-boot.md](first-boot.md)).',
  ].join('\n')}\n`
