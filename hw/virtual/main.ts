// main.ts — scripts/virtual-pi: build, run, shell, test. See the script for what each does.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROOT, say } from './cache.ts'
import { Lan } from './lan.ts'
import { Machine } from './machine.ts'
import { parts, whyNoVirtualPi } from './parts.ts'

const [order = 'help', ...words] = process.argv.slice(2)

async function boot(args: readonly string[]): Promise<number> {
  const made = await parts()
  const folder = mkdtempSync(join(tmpdir(), 'parlor-virtual-pi-'))
  using lan = new Lan()
  const socket = lan.socket()
  say(`it is ${socket.address} in the network namespace ${lan.namespace}; files in ${folder}/share are its /host`)
  const machine = new Machine({ parts: made, folder, memory: 1024, socket, args, console: 'terminal' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void machine.kill())
  const code = await machine.gone
  rmSync(folder, { recursive: true, force: true })
  return code ?? 0
}

async function main(): Promise<number> {
  if (!['build', 'run', 'shell', 'test'].includes(order)) {
    process.stderr.write('virtual-pi build | run [ARG...] | shell [ARG...] | test [NAME...]\n')
    return 2
  }
  const why = whyNoVirtualPi()
  if (why) {
    say(`there can be no virtual Pi here: ${why}`)
    return 1
  }
  if (order === 'run') return boot(['systemd.show_status=1', ...words])
  if (order === 'shell') return boot(['systemd.wants=console-getty.service', 'loglevel=3', ...words])
  const began = performance.now()
  const { disk } = await parts()
  say(`ready after ${((performance.now() - began) / 1000).toFixed(1)} s: ${disk}`)
  if (order === 'build') return 0
  const names = words.length === 0 ? ['test/virtual'] : words.map((name) => `test/virtual/${name}`)
  return spawnSync('vitest', ['run', '--project', 'virtual', ...names], { cwd: ROOT, stdio: 'inherit' }).status ?? 1
}

process.exitCode = await main()
