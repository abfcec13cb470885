import { expect, test } from 'vitest'
import { exposition, metricsText, type Numbers } from '../../src/control/metrics.ts'
import { ProcessNumbers } from '../../src/control/metrics-process.ts'
import { BOX, OTHER } from './view.ts'

type Sample = { name: string; labels: Record<string, string>; value: number }
type Read = { help: string; type: string; samples: Sample[] }

/**
 * Reads text exposition format 0.0.4 as strictly as Prometheus' own checker, and throws at what it would find fault with:
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
function read(text: string): Map<string, Read> {
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line has no end')
  const found = new Map<string, Read>()
  const series = new Set<string>()
  let open = ''
  for (const line of text.split('\n').slice(0, -1)) {
    const help = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line)
    const type = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped)$/.exec(line)
    const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{.*\})? (NaN|[+-]Inf|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.exec(line)
    if (help) {
      const [, name = '', words = ''] = help
      if (found.has(name)) throw new Error(`a second family ${name}`)
      if (!/^(?:[^\\]|\\[\\n])*$/.test(words)) throw new Error(`a broken escape: ${line}`)
      found.set(name, { help: words, type: '', samples: [] })
      open = name
    } else if (type) {
      const family = found.get(type[1] ?? '')
      if (!family || type[1] !== open || family.type !== '' || family.samples.length > 0) throw new Error(`out of order: ${line}`)
      family.type = type[2] ?? ''
      if (family.type === 'counter' && !open.endsWith('_total')) throw new Error(`a counter without _total: ${open}`)
      if (family.type !== 'counter' && open.endsWith('_total')) throw new Error(`_total that is no counter: ${open}`)
    } else if (sample) {
      const [, name = '', labels = '', value = ''] = sample
      const family = found.get(name)
      if (!family || name !== open || family.type === '') throw new Error(`out of order: ${line}`)
      if (series.has(name + labels)) throw new Error(`twice: ${line}`)
      series.add(name + labels)
      family.samples.push({ name, labels: labelsIn(labels), value: Number(value.replace('Inf', 'Infinity')) })
    } else throw new Error(`not a line: ${JSON.stringify(line)}`)
  }
  return found
}

function labelsIn(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  let rest = text === '' ? '' : text.slice(1, -1)
  while (rest !== '') {
    const [all = '', name = '', value = ''] = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\["\\n])*)"(?:,|$)/.exec(rest) ?? []
    if (all === '' || name in labels) throw new Error(`not labels: ${rest}`)
    labels[name] = value.replace(/\\(.)/g, (_escape, each: string) => (each === 'n' ? '\n' : each))
    rest = rest.slice(all.length)
  }
  return labels
}

const quiet: Numbers = {
  version: '0.1.0',
  uptime: 12.5,
  memory: { rss: 1e8, heap: 3e7 },
  timers: 12,
  lag: { median: 0.1, p99: 2, longest: 40 },
  inCall: false,
  muted: false,
  shutter: 'open',
  people: 0,
  missed: 0,
  notices: 0,
  phones: 0,
  links: [],
  workers: [],
  refused: {},
  packets: {},
  broker: { clients: 0, retained: 0, rooms: 0 },
  homeUp: null,
}
const busy: Numbers = {
  ...quiet,
  inCall: true,
  shutter: 'shut',
  people: 2,
  links: [
    { peer: BOX, state: 'live', rtt: 12.5, lost: 0.01, heard: 1.5e6, sent: 1.2e6 },
    { peer: OTHER, state: 'arriving', rtt: null, lost: null, heard: null, sent: null },
  ],
  workers: [{ name: 'camera', runs: true, restarts: 3 }],
  refused: { call: { 'not a letter': 7 }, broker: { 'a message too long': 1 } },
  packets: { camera: 123456789, 'links in': 5 },
  homeUp: false,
}

test('the page reads as Prometheus wants it, with help, type and each series once', () => {
  for (const numbers of [quiet, busy]) {
    const families = read(metricsText(numbers))
    expect(families.size).toBeGreaterThan(14)
    for (const [name, { samples }] of families) {
      expect(name).toMatch(/^parlor_[a-z_]+$/)
      expect(samples).not.toEqual([])
      for (const { value } of samples) expect(Number.isFinite(value)).toBe(true)
    }
  }
})

test('units are base units, links are told apart and not named', () => {
  const families = read(metricsText(busy))
  const of = (name: string) => families.get(`parlor_${name}`)?.samples.map(({ labels, value }) => [labels, value])
  expect(of('link_rtt_seconds')).toEqual([[{ peer: BOX.slice(0, 8) }, 0.0125]])
  expect(of('link_state')).toHaveLength(2)
  expect(of('loop_lag_seconds')?.map(([, value]) => value)).toEqual([0.0001, 0.002, 0.04])
  expect(of('worker_restarts_total')).toEqual([[{ worker: 'camera' }, 3]])
  expect(of('refused_total')).toEqual([
    [{ part: 'call', why: 'not a letter' }, 7],
    [{ part: 'broker', why: 'a message too long' }, 1],
  ])
  expect(of('home_broker_up')).toEqual([[{}, 0]])
  expect(of('shutter_shut')).toEqual([[{}, 1]])
  expect(metricsText(busy)).not.toContain(BOX)
})

test('what is not there is left out', () => {
  const families = read(metricsText(quiet))
  for (const name of ['link_rtt_seconds', 'home_broker_up', 'refused_total', 'packets_total', 'worker_runs'])
    expect(families.has(`parlor_${name}`)).toBe(false)
})

test('strange texts and numbers come back as they went in', () => {
  const odd = ['"', '\\', '\n', '\\n', 'a"b\\c\nd', '{x="y"} 1', 'ü 🙂', '']
  const samples = odd.map((why, i) => ({ labels: { why, part: 'x' }, value: i }))
  const back = read(exposition([{ name: 'odd_total', type: 'counter', help: 'a \\ and a\nline', samples }])).get('parlor_odd_total')
  expect(back?.samples.map(({ labels }) => labels.why)).toEqual(odd)
  expect(back?.help).toBe('a \\\\ and a\\nline')
  const values = [0, -0, 1e-9, 1e21, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  const text = exposition([
    { name: 'x', type: 'gauge', help: 'x', samples: values.map((value, i) => ({ labels: { i: String(i) }, value })) },
  ])
  expect(
    read(text)
      .get('parlor_x')
      ?.samples.map(({ value }) => value),
  ).toEqual(values.map((value) => value + 0))
})

test('two links of one peer do not void the page', () => {
  const links = [0.1, 0.2].map((lost) => ({ peer: BOX, state: 'live', rtt: 1, lost, heard: 1, sent: 1 }))
  expect(read(metricsText({ ...busy, links })).get('parlor_link_lost_ratio')?.samples).toHaveLength(1)
})

test('the reader of these tests finds faults', () => {
  const bad = [
    'x 1\n',
    '# TYPE x gauge\nx 1\n',
    '# HELP x y\nx 1\n',
    '# HELP x y\n# TYPE x gauge\nx 1',
    '# HELP x y\n# TYPE x gauge\nx 1\nx 2\n',
    '# HELP x y\n# TYPE x counter\nx 1\n',
    '# HELP x y\n# TYPE x gauge\nx{a="b} 1\n',
    '# HELP x y\n# TYPE x gauge\nx{a="\\q"} 1\n',
    '# HELP x y\n# TYPE x gauge\nx one\n',
    '# HELP x y\n# TYPE x gauge\n# HELP z y\n# TYPE z gauge\nx 1\n',
  ]
  for (const text of bad) expect(() => read(text), text).toThrow()
})

test('the process knows its own numbers, and the lag is counted from reading to reading', async () => {
  const numbers = new ProcessNumbers().open()
  const first = numbers.read()
  expect(first.memory.rss).toBeGreaterThan(1e6)
  expect(first.timers).toBeGreaterThanOrEqual(0)
  expect(first.uptime).toBeGreaterThan(0)
  expect(Object.values(first.lag).every((each) => each >= 0 && Number.isFinite(each))).toBe(true)
  numbers.close()
})
