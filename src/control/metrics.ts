// metrics.ts — numbers of the box as Prometheus reads them (text exposition format 0.0.4). Pure: numbers in, text out.
//
// Units are the base ones (seconds, bytes, bits, ratios), counters only rise and end in _total. Nobody is named: a link is
// known by the first characters of its peer's id. Who may read the page, the web server decides.

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

export type LinkNumbers = {
  /** Id of the other end. */
  readonly peer: string
  readonly state: string
  /** How it goes: `direct` or `relay`; null while nobody knows. */
  readonly way?: string | null
  /** Milliseconds. */
  readonly rtt: number | null
  /** Lost of what was sent, 0 to 1. */
  readonly lost: number | null
  /** Bits a second, in and out. */
  readonly heard: number | null
  readonly sent: number | null
}

export type Numbers = {
  readonly version: string
  /** Seconds since the start. */
  readonly uptime: number
  readonly memory: { readonly rss: number; readonly heap: number }
  /** Timers that are set. */
  readonly timers: number
  /** How late the event loop ran since the last reading, milliseconds. */
  readonly lag: { readonly median: number; readonly p99: number; readonly longest: number }
  readonly inCall: boolean
  readonly muted: boolean
  readonly shutter: 'open' | 'shut'
  readonly people: number
  readonly missed: number
  readonly notices: number
  readonly phones: number
  readonly links: readonly LinkNumbers[]
  readonly workers: readonly { readonly name: string; readonly runs: boolean; readonly restarts: number }[]
  /** What was refused or dropped, by the part that did it and the reason. */
  readonly refused: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** Media packets since the start, by way, like 'camera' or 'links in'. */
  readonly packets: Readonly<Record<string, number>>
  readonly broker: { readonly clients: number; readonly retained: number; readonly rooms: number }
  /** Whether the broker of the home hears us; null: there is none. */
  readonly homeUp: boolean | null
}

type Labels = Readonly<Record<string, string>>
export type Family = {
  /** Without the prefix. */
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  readonly samples: readonly { readonly labels?: Labels; readonly value: number }[]
}

/** The page of a box. */
export const metricsText = (numbers: Numbers): string => exposition(families(numbers))

const one = (value: number) => [{ value }]
const is = (b: boolean) => one(b ? 1 : 0)
const counts = (label: string, by: Readonly<Record<string, number>>) =>
  Object.entries(by).map(([name, value]) => ({ labels: { [label]: name }, value }))

function families(n: Numbers): Family[] {
  const gauge = (name: string, help: string, samples: Family['samples']): Family => ({ name, type: 'gauge', help, samples })
  const counter = (name: string, help: string, samples: Family['samples']): Family => ({ name, type: 'counter', help, samples })
  const perLink = (name: string, help: string, of: (link: LinkNumbers) => number | null) =>
    gauge(
      name,
      help,
      n.links.flatMap((link) => {
        const value = of(link)
        return value === null ? [] : [{ labels: { peer: short(link.peer) }, value }]
      }),
    )
  const refused = Object.entries(n.refused).flatMap(([part, by]) =>
    Object.entries(by).map(([why, value]) => ({ labels: { part, why }, value })),
  )
  return [
    gauge('info', 'The version that runs', [{ labels: { version: n.version }, value: 1 }]),
    gauge('uptime_seconds', 'Since the start', one(n.uptime)),
    gauge('memory_rss_bytes', 'Memory of the daemon, without its workers', one(n.memory.rss)),
    gauge('timers', 'Timers that are set in the daemon', one(n.timers)),
    gauge('memory_heap_bytes', 'JavaScript heap in use', one(n.memory.heap)),
    gauge('loop_lag_seconds', 'How late the event loop ran since the last reading', [
      { labels: { quantile: '0.5' }, value: n.lag.median / 1000 },
      { labels: { quantile: '0.99' }, value: n.lag.p99 / 1000 },
      { labels: { quantile: '1' }, value: n.lag.longest / 1000 },
    ]),
    gauge('in_call', '1 while in a call', is(n.inCall)),
    gauge('muted', '1 while the microphone is off', is(n.muted)),
    gauge('shutter_shut', '1 while the privacy switch is shut', is(n.shutter === 'shut')),
    gauge('people', 'Others in the call', one(n.people)),
    gauge('missed_calls', 'Calls nobody answered, not yet looked at', one(n.missed)),
    gauge('notices', 'What is amiss, as the TV says it', one(n.notices)),
    gauge('phones', 'Phones that are connected as a remote', one(n.phones)),
    gauge(
      'link_state',
      'The state of each link; always 1',
      n.links.map(({ peer, state, way }) => ({ labels: { peer: short(peer), state, ...(way && { way }) }, value: 1 })),
    ),
    perLink('link_rtt_seconds', 'Round trip of each link', ({ rtt }) => (rtt === null ? null : rtt / 1000)),
    perLink('link_lost_ratio', 'What was lost of what was sent, 0 to 1', ({ lost }) => lost),
    perLink('link_heard_bits_per_second', 'Media that comes', ({ heard }) => heard),
    perLink('link_sent_bits_per_second', 'Media that goes', ({ sent }) => sent),
    gauge(
      'worker_runs',
      '1 while a media worker runs',
      n.workers.map(({ name, runs }) => ({ labels: { worker: name }, value: runs ? 1 : 0 })),
    ),
    counter(
      'worker_restarts_total',
      'Media workers that had to be started again',
      n.workers.map(({ name, restarts }) => ({ labels: { worker: name }, value: restarts })),
    ),
    counter('refused_total', 'What was refused or dropped, by part and reason', refused),
    counter('packets_total', 'Media packets', counts('way', n.packets)),
    gauge('broker_clients', 'Clients of the broker inside', one(n.broker.clients)),
    gauge('broker_retained', 'Messages that the broker inside keeps', one(n.broker.retained)),
    gauge('broker_rooms', 'Rooms that the broker inside knows', one(n.broker.rooms)),
    gauge('home_broker_up', '1 while the broker of the home hears us', n.homeUp === null ? [] : is(n.homeUp)),
  ]
}

const short = (peer: string): string => peer.slice(0, 8)

/**
 * Families as text. A family without samples is left out. Two samples of the same labels would void the whole page, so the
 * later one counts: two links of one peer, say, while it comes back.
 */
export function exposition(all: readonly Family[], prefix = 'parlor_'): string {
  return all
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, type, help, samples }) => {
      const full = prefix + name
      const series = new Map(samples.map(({ labels = {}, value }) => [labelsText(labels), numberText(value)]))
      const lines = [...series].map(([labels, value]) => `${full}${labels} ${value}\n`)
      return `# HELP ${full} ${escaped(help)}\n# TYPE ${full} ${type}\n${lines.join('')}`
    })
    .join('')
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
const escapeLabel = (text: string): string => escaped(text).replaceAll('"', '\\"')

function labelsText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`)
  return pairs.length > 0 ? `{${pairs.join(',')}}` : ''
}

const numberText = (value: number): string =>
  Number.isNaN(value) ? 'NaN' : Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf'
