// lab.slow.test.ts — the routers of the laboratory are what they are called, as seen by somebody else's eyes (RFC 5780, turnutils_natdiscovery).
import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cable, whyNoBadCables } from './cable.ts'
import { Lab, SERVER, SERVER_TOO } from './lab.ts'
import { hasLab } from './may.ts'
import { NATS, type Nat } from './nat.ts'
import { addNamespace, inside, ip, listening, nameOf, removeNamespace, run, tidy } from './netns.ts'
import { Coturn, makeCertificate } from './server.ts'

const DISCOVERY = '/usr/bin/turnutils_natdiscovery'
const execute = promisify(execFile)

/** What discovery says of a home: mapping and filtering; null without an answer. */
async function seenAs(namespace: string, address: string): Promise<string | null> {
  const args = ['netns', 'exec', namespace, 'timeout', '20', DISCOVERY, '-m', '-f', '-L', address, SERVER]
  const { stdout } = await execute('ip', args).catch((error: { stdout: string }) => error)
  const kinds = [...stdout.matchAll(/(Endpoint Independent|Address and Port Dependent|Address Dependent) (Mapping|Filtering)!/g)]
  return kinds.length === 0 ? null : kinds.map(([, how, what]) => `${how} ${what}`).join(', ')
}

const reaches = (namespace: string, port: number): Promise<boolean> =>
  execute('ip', ['netns', 'exec', namespace, 'timeout', '1', 'bash', '-c', `echo > /dev/tcp/${SERVER}/${port}`]).then(
    () => true,
    () => false,
  )

const HARD = 'Address and Port Dependent Filtering'
const EASY = 'Endpoint Independent Mapping'
const IS: Readonly<Record<Nat, string | null>> = {
  open: `${EASY}, Endpoint Independent Filtering`,
  'full cone': `${EASY}, Endpoint Independent Filtering`,
  restricted: `${EASY}, Address Dependent Filtering`,
  'port restricted': `${EASY}, ${HARD}`,
  symmetric: `Address and Port Dependent Mapping, ${HARD}`,
  carrier: `${EASY}, ${HARD}`,
  'carrier symmetric': `Address and Port Dependent Mapping, ${HARD}`,
  'udp blocked': null,
  'tcp 443': null,
}

describe.skipIf(!hasLab || !existsSync(DISCOVERY))('the laboratory', () => {
  let lab: Lab
  let coturn: Coturn
  beforeAll(async () => {
    lab = new Lab()
    coturn = new Coturn(lab.server, makeCertificate(), ['-L', SERVER_TOO, '--alt-listening-port=3479'])
    await coturn.start()
  })
  afterAll(async () => {
    await coturn?.kill()
    lab?.[Symbol.dispose]()
  })

  test('has a router of every kind', async () => {
    const seen = await Promise.all(
      NATS.map(async (nat) => {
        const { namespace, address } = lab.home(nat)
        // Some say it twice, once with and once without a NAT in between: the last word of each is the right one.
        const words = [...new Set((await seenAs(namespace, address))?.split(', ') ?? [])].join(', ')
        return [nat, words === '' ? null : words] as const
      }),
    )
    expect(Object.fromEntries(seen)).toEqual(IS)
  })

  test('has walls that let through what they should and nothing else', async () => {
    const [blocked, tcp] = [lab.home('udp blocked'), lab.home('tcp 443')]
    expect(await Promise.all([reaches(blocked.namespace, 3478), reaches(blocked.namespace, 443)])).toEqual([true, true])
    expect(await Promise.all([reaches(tcp.namespace, 3478), reaches(tcp.namespace, 443)])).toEqual([false, true])
  })

  test('leaves nothing of a home that has gone', () => {
    const before = run('ip', ['netns', 'list'])
    using home = lab.home('carrier')
    expect(run('ip', ['netns', 'list'])).toContain(home.namespace)
    home[Symbol.dispose]()
    expect(run('ip', ['netns', 'list'])).toBe(before)
  })

  test('removes what a test left behind that was killed', () => {
    const { pid } = process
    const orphan = nameOf('orphan').replace(String(pid), '4194305') // beyond the highest process id
    addNamespace(orphan)
    tidy()
    expect(run('ip', ['netns', 'list'])).not.toContain(orphan)
  })

  test.skipIf(whyNoBadCables() !== null)('has cables with delay and loss', async () => {
    const [a, b] = [nameOf('one'), nameOf('two')]
    addNamespace(a)
    addNamespace(b)
    const line = cable(a, 'eth0', b, 'eth0', { delay: 40, loss: 30 })
    try {
      ip(['addr add 10.0.0.1/24 dev eth0'], a)
      ip(['addr add 10.0.0.2/24 dev eth0'], b)
      const echo = spawn('ip', ['netns', 'exec', b, process.execPath, '-e', ECHO], { stdio: 'ignore' })
      await listening(b, 'sport = :7')
      const trips = JSON.parse(inside(a, process.execPath, ['-e', ASK])) as number[]
      echo.kill()
      expect(trips.length).toBeGreaterThan(10)
      expect(trips.length).toBeLessThan(90)
      expect(Math.min(...trips)).toBeGreaterThanOrEqual(80)
    } finally {
      line[Symbol.dispose]()
      removeNamespace(a)
      removeNamespace(b)
    }
  })
})

const ECHO = `const s = require('node:dgram').createSocket('udp4'); s.on('message', (m, f) => s.send(m, f.port, f.address)); s.bind(7)`
/** Asks a hundred times and prints how many milliseconds each answer took. */
const ASK = `const s = require('node:dgram').createSocket('udp4'); const trips = []
s.on('message', (m) => trips.push(performance.now() - Number(m)))
for (let i = 0; i < 100; i++) setTimeout(() => s.send(String(performance.now()), 7, '10.0.0.2'), 10 * i)
setTimeout(() => { console.log(JSON.stringify(trips)); s.close() }, 2000)`
