// main.ts — scripts/image: build, publish, parts, again, test, run. See the script for what each does.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ROOT, say } from '../hw/virtual/cache.ts'
import { Lan } from '../hw/virtual/lan.ts'
import { Machine } from '../hw/virtual/machine.ts'
import { whyNoVirtualPi } from '../hw/virtual/parts.ts'
import { madeAgain } from './again.ts'
import { arm64, firmwareIsMissing } from './arm64.ts'
import { BOARDS, type Board } from './board.ts'
import { PARTS, partsFor } from './parts.ts'
import { publish } from './publish.ts'
import { card, versionHere, type Wishes } from './recipe.ts'
import { cardParts } from './virtual.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string' },
    version: { type: 'string' },
    channel: { type: 'string', default: 'development' },
    url: { type: 'string' },
    'raspberrypi-key': { type: 'string' },
    whole: { type: 'boolean', default: false },
    'without-firmware': { type: 'boolean', default: false },
  },
})
const [order = 'help', ...words] = positionals

function wishes(): Wishes {
  const { channel, version } = values
  if (channel !== 'development' && channel !== 'release') throw new Error(`there is no channel "${channel}": development or release`)
  return { channel, ...(version ? { version } : {}) }
}

/** The board that was asked for; a number is what to end with: why there is none is said. */
function boardAsked(): Board | number {
  const key = values['raspberrypi-key']
  const board = words[0] === 'arm64' ? arm64(key ?? null) : BOARDS[words[0] ?? 'virtual']
  if (!board) {
    say(`there is no board "${words[0]}": ${Object.keys(BOARDS).join(', ')}, arm64`)
    return 2
  }
  if (board.name === 'arm64' && !key && !values['without-firmware']) {
    say(firmwareIsMissing())
    return 1
  }
  return board
}

async function build(): Promise<number> {
  const board = boardAsked()
  if (typeof board === 'number') return board
  const began = performance.now()
  const { image, root, boot, version } = await card(board, wishes())
  say(`ready after ${((performance.now() - began) / 1000).toFixed(1)} s: ${image}`)
  if (values.out === undefined) return 0
  mkdirSync(values.out, { recursive: true })
  for (const [from, to] of [
    [image, `parlor-${board.name}-${version}.img`],
    [root, `parlor-${board.name}-${version}.root.ext4`],
    [boot, `parlor-${board.name}-${version}.boot.vfat`],
  ] as const)
    copyFileSync(from, join(values.out, to))
  return 0
}

async function published(): Promise<number> {
  const board = boardAsked()
  if (typeof board === 'number') return board
  if (values.url === undefined) {
    say('say where people will fetch it: --url https://HOST/FOLDER/')
    return 2
  }
  const made = await card(board, wishes())
  const { name, architecture } = board
  const folder = values.out ?? join(ROOT, 'artefacts/card')
  const starts = architecture === 'arm64' && !values['without-firmware']
  for (const file of await publish({ board: name, architecture, card: made, base: values.url, folder, starts })) say(file)
  return 0
}

async function again(): Promise<number> {
  const board = boardAsked()
  if (typeof board === 'number') return board
  const { differ, files } = await madeAgain(await card(board, wishes()), board.name, values.whole)
  for (const line of files) say(line)
  say(differ.length === 0 ? 'it is the same' : `made again, these are not the same: ${differ.join(', ')}`)
  return differ.length === 0 ? 0 : 1
}

async function parts(): Promise<number> {
  const { channel = 'development', version = versionHere() } = wishes()
  const folder = values.out ?? PARTS
  await partsFor(folder, channel, version)
  say(`ready: ${folder}`)
  return 0
}

async function boot(): Promise<number> {
  const parts = await cardParts(wishes())
  const folder = mkdtempSync(join(tmpdir(), 'parlor-card-'))
  using lan = new Lan()
  const socket = lan.socket()
  say(`it is ${socket.address} in the network namespace ${lan.namespace}; its changes of the card are in ${folder} until it ends`)
  const machine = new Machine({ parts, folder, memory: 1024, socket, args: ['systemd.show_status=1', ...words], console: 'terminal' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void machine.kill())
  const code = await machine.gone
  rmSync(folder, { recursive: true, force: true })
  return code ?? 0
}

async function test(): Promise<number> {
  await cardParts()
  const all = ['card', 'closed', 'reset', 'slots', 'firstboot', 'improv', 'update', 'again', 'arm64'].map((name) => `test/virtual/${name}`)
  const names = words.length === 0 ? all : words
  const env = { ...process.env, PARLOR_TEST_WHOLE: '1' } // who asks for these tests wants the slow ones, too
  return spawnSync('vitest', ['run', '--project', 'virtual', ...names], { cwd: ROOT, stdio: 'inherit', env }).status ?? 1
}

async function main(): Promise<number> {
  if (order === 'build' && words[0] !== undefined && words[0] !== 'virtual') return build()
  if (order === 'parts') return parts()
  if (order === 'publish') return published()
  if (order === 'again') return again()
  const orders = { build, run: boot, test }
  const act = orders[order as keyof typeof orders]
  if (!act) {
    process.stderr.write(
      'image build [BOARD] [--out FOLDER] | publish BOARD --url URL | parts | again [BOARD] [--whole] | test [NAME...] | run [ARG...]; --help says more\n',
    )
    return 2
  }
  const why = whyNoVirtualPi()
  if (why) {
    say(`there can be no virtual Pi here: ${why}`)
    return 1
  }
  return act()
}

process.exitCode = await main()
