// six.real.test.ts — a house without IPv4: two relays find each other over IPv6 alone, and one reads from the other by an address that holds on their cable only.
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { whyNoNamespaces } from '../../e2e/kit/net.ts'
import { addNamespace, inside, ip, nameOf, removeNamespace, tidy } from '../../e2e/net/netns.ts'

const ROOT = join(import.meta.dirname, '../../..')
const MACHINES = ['far', 'one', 'two'] as const
const said = new Map<ChildProcess, string>()

/** A switch, and machines at it. */
function network(): void {
  tidy()
  const six = ['-qw', 'net.ipv6.conf.all.disable_ipv6=0', 'net.ipv6.conf.default.disable_ipv6=0', 'net.ipv6.conf.default.accept_dad=0']
  const hub = nameOf('hub')
  addNamespace(hub)
  inside(hub, 'sysctl', six)
  ip(['link add br0 type bridge', 'link set br0 up'], hub)
  for (const [i, what] of MACHINES.entries()) {
    const machine = nameOf(what)
    addNamespace(machine)
    inside(machine, 'sysctl', six)
    ip([`link add p${i} type veth peer name eth0 netns ${machine}`, `link set p${i} master br0 up`], hub)
    ip([`addr add fd00:77::${i + 1}/64 dev eth0 nodad`, 'link set eth0 up'], machine)
  }
}

function start(what: (typeof MACHINES)[number], script: string, ...args: string[]): ChildProcess {
  const child = spawn('ip', ['netns', 'exec', nameOf(what), process.execPath, join(ROOT, script), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  said.set(child, '')
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => said.set(child, (said.get(child) ?? '') + text))
  return child
}
const heard = (child: ChildProcess) => said.get(child) ?? ''
async function until(what: string, isSo: () => boolean): Promise<void> {
  for (let waited = 0; !isSo(); waited += 50) {
    if (waited > 30_000) throw new Error(`${what}: not in time\n${[...said.values()].join('\n---\n').slice(-4000)}`)
    await sleep(50)
  }
}

const why = whyNoNamespaces()
if (why) console.warn(`no network namespaces here, so no house without IPv4: ${why}`)
describe.skipIf(why !== null)('a house without IPv4', () => {
  beforeEach(network)
  afterEach(() => {
    for (const child of said.keys()) child.kill('SIGKILL')
    said.clear()
    for (const what of ['hub', ...MACHINES]) removeNamespace(nameOf(what))
  })

  test('reads a broadcast once: its relays find each other by their link-local addresses', async () => {
    const origin = start('far', 'test/e2e/kit/made-origin.ts', '8080', '300')
    await until('the broadcast begins', () => /made \d{4}/.test(heard(origin)))
    const link = `http://[fd00:77::1]:8080/w/${/\/w\/(\w+)/.exec(heard(origin))?.[1]}`
    const one = start('one', 'src/app/cli.ts', 'relay', link, '8090')
    await until('the first leads', () => heard(one).includes('reads the broadcast from its origin'))
    const two = start('two', 'src/app/cli.ts', 'relay', link, '8090')
    await until('one finds the other', () => heard(two).includes('reads the broadcast from another relay in the house'))
    expect(heard(two)).toMatch(/"from":"\[fe80::[0-9a-f:]+%eth0\]:8090"/)
    // Who asks the second one has what the first one has, checked.
    const asks = (what: string) => `fetch('http://[fd00:77::3]:8090${what}').then((it) => it.text()).then((it) => process.stdout.write(it))`
    const ask = (what: string) => inside(nameOf('far'), process.execPath, ['-e', asks(what)])
    const live = `/live/${/\/w\/(\w+)/.exec(link)?.[1]}`
    expect(ask(`${live}/manifest`).split('\n').length).toBeGreaterThan(1)
    expect(ask(`${live}/index.m3u8`)).toContain('v0.m3u8')
    expect(heard(two)).not.toContain('is left')
    expect(heard(two)).not.toContain('refused')
  })
})
