// ports.ts — every port of the box that somebody else on its network may knock at: the one list. The card's firewall
// (image/files/etc/nftables.conf) and docs/ports.md are made from it by scripts/docs.ts, and a test scans a running card for more.
//
// What is not in here is dropped without an answer; answers to what the box asked itself always come in.
import { Config } from '../../core/config.ts'

export type Port = {
  readonly protocol: 'tcp' | 'udp'
  readonly from: number
  /** The last of a range; of one port the same. */
  readonly to: number
  /** What answers there. */
  readonly what: string
  /** Why it is open, and to what it is open. */
  readonly why: string
  /**
   * always: from the start on. calls: while there is one, or about to be. setting: when its setting says so. answer: nobody listens but for
   * answers. point: only on the access point that the box makes for its set-up. development: on no card that is shipped.
   */
  readonly when: 'always' | 'calls' | 'setting' | 'answer' | 'point' | 'development'
  /** Only from this port of the other side. */
  readonly only?: number
}

const { web } = Config.parse({})
const one = (port: number) => ({ from: port, to: port })

/** The range of the card's calls, as the setting call.ports wants it. Below those that the kernel gives away by itself (32768 to 60999). */
export const CALL_PORTS = { from: 30_000, to: 30_999 } as const

export const PORTS: readonly Port[] = [
  {
    ...{ protocol: 'tcp', ...one(web.http), what: 'pages (HTTP), MQTT over WebSocket', when: 'always' },
    why: 'links and QR codes lead here; what needs a camera is sent on to HTTPS. Every order is signed, every message of a call sealed.',
  },
  {
    ...{ protocol: 'tcp', ...one(web.https), what: 'pages (HTTPS), MQTT over WebSocket, broadcasts', when: 'always' },
    why: 'browsers at home join, watch and control here.',
  },
  {
    ...{ protocol: 'tcp', ...one(1883), what: 'MQTT', when: 'setting' },
    why: 'for home automation, with a password; only where the setting mqtt.port is 1883. Another port than this one is not let through on a card.',
  },
  {
    ...{ protocol: 'udp', ...CALL_PORTS, what: 'calls (ICE, DTLS, SRTP)', when: 'calls' },
    why: 'a browser that hides its address, and a peer behind a router that gives each of us another port, can only be heard first. Who has not the password of this very link is not answered (src/call/werift/guard.ts).',
  },
  {
    ...{ protocol: 'udp', ...one(5353), what: 'multicast DNS', when: 'always' },
    why: 'the box is found by its name, and boxes of a house find each other.',
  },
  {
    ...{ protocol: 'udp', ...one(68), only: 67, what: 'DHCP client', when: 'answer' },
    why: 'the home gives the box its address; the offer comes to everybody, so it is no answer that the kernel would know.',
  },
  {
    ...{ protocol: 'udp', ...one(546), only: 547, what: 'DHCPv6 client', when: 'answer' },
    why: 'the same, for IPv6.',
  },
  {
    ...{ protocol: 'udp', ...one(67), what: 'DHCP server', when: 'point' },
    why: 'the phone that sets the box up gets an address there.',
  },
  {
    ...{ protocol: 'udp', ...one(53), what: 'DNS', when: 'point' },
    why: 'every name leads the phone to the page of the set-up.',
  },
  { ...{ protocol: 'tcp', ...one(53), what: 'DNS', when: 'point' }, why: 'the same, for phones that ask so.' },
  { ...{ protocol: 'tcp', ...one(80), what: 'pages (HTTP)', when: 'point' }, why: 'where a phone looks whether there is a page to show.' },
  {
    ...{ protocol: 'tcp', ...one(22), what: 'ssh', when: 'development' },
    why: 'a development card alone has it; on others the service is masked, and the port closed.',
  },
]

/** 8080, or 30000-30999. */
export const rangeText = ({ from, to }: Pick<Port, 'from' | 'to'>): string => (from === to ? String(from) : `${from}-${to}`)
