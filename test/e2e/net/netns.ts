// netns.ts — network namespaces by name, and nothing left of them: not after a test, and not after one that was killed.
//
// A namespace is called `plab<pid>-<what>`. Whoever opens the next ones removes those whose process is gone, with what still runs in them.
import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive } from '../../../hw/virtual/lan.ts'

export function run(program: string, args: readonly string[], input?: string): string {
  return execFileSync(program, args, { encoding: 'utf8', input, stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] })
}

/** Many commands of `ip` at once. @param namespace where; none: here */
export const ip = (lines: readonly string[], namespace?: string): string =>
  run('ip', [...(namespace ? ['-n', namespace] : []), '-batch', '-'], `${lines.join('\n')}\n`)

/** Runs a program inside a namespace to its end. */
export const inside = (namespace: string, program: string, args: readonly string[], input?: string): string =>
  run('ip', ['netns', 'exec', namespace, program, ...args], input)

const PREFIX = 'plab'
export const nameOf = (what: string): string => `${PREFIX}${process.pid}-${what}`

export function addNamespace(name: string): void {
  run('ip', ['netns', 'add', name])
  ip(['link set lo up'], name)
  // IPv6 would find addresses of its own a second or two later, and a browser takes that for a change of network.
  inside(name, 'sysctl', ['-qw', 'net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1', 'net.ipv4.ip_forward=1'])
}

const all = (): string[] =>
  run('ip', ['netns', 'list'])
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
    .filter((name) => name.startsWith(PREFIX))

const pidsIn = (name: string): number[] => run('ip', ['netns', 'pids', name]).split('\n').map(Number).filter(Boolean)

/** Removes one, and ends what runs in it. */
export function removeNamespace(name: string): void {
  if (!all().includes(name)) return
  for (const pid of pidsIn(name)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It ended by itself meanwhile.
    }
  }
  run('ip', ['netns', 'del', name])
}

/** Removes what tests left behind that were killed, and sees to it that nothing stays of ours. */
export function tidy(): void {
  for (const name of all()) {
    const pid = Number(/^plab(\d+)-/.exec(name)?.[1])
    if (!isAlive(pid)) removeNamespace(name)
  }
  if (watched) return
  watched = true
  process.once('exit', () => {
    for (const name of all()) if (name.startsWith(nameOf(''))) removeNamespace(name)
  })
}
let watched = false

/** Waits until a program listens in a namespace. @param filter as `ss` understands it, like `sport = :3478` */
export async function listening(namespace: string, filter: string, patience = 10_000): Promise<void> {
  for (let waited = 0; waited < patience; waited += 50) {
    if (inside(namespace, 'ss', ['-Hltun', filter]).trim() !== '') return
    await sleep(50)
  }
  throw new Error(`nothing listens at ${filter} in ${namespace}`)
}
