// main.ts — scripts/release: key, build, sign, index. See the script for what each does.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { makeBundle } from './bundle.ts'
import { CHANNELS, type Channel, folderOf, keysOf, makeKeys } from './keys.ts'
import { entryOf, lastList, listAfter, type Notes, sealList } from './list.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    channel: { type: 'string', default: 'development' },
    board: { type: 'string' },
    version: { type: 'string' },
    root: { type: 'string' },
    boot: { type: 'string' },
    notes: { type: 'string' },
    out: { type: 'string', default: 'dist/release' },
  },
})
const [order = 'help', ...files] = positionals
const ROOT = join(import.meta.dirname, '../..')
const say = (text: string): void => void process.stdout.write(`${text}\n`)
const needed = (name: 'board' | 'root' | 'boot'): string => values[name] ?? fail(`say --${name}`)
function fail(sentence: string): never {
  throw new Error(sentence)
}

function channel(): Channel {
  return CHANNELS.find((each) => each === values.channel) ?? fail(`there is no channel "${values.channel}": ${CHANNELS.join(' or ')}`)
}

async function key(): Promise<void> {
  const keys = await makeKeys(folderOf('release'), 'Parlor release')
  say(
    `made ${keys.key} and ${keys.certificate}\nKeep a copy of both where nobody else reads it: who has the key can update every box that knows it.`,
  )
}

/** The images of a card, made where they are missing, and the bundle of them. */
async function build(): Promise<void> {
  const { BOARDS } = await import('../board.ts')
  const { card } = await import('../recipe.ts')
  const board =
    BOARDS[files[0] ?? 'virtual'] ?? fail(`there is no board "${files[0]}" that is made here: ${Object.keys(BOARDS).join(', ')}`)
  const wishes = { channel: channel(), version: values.version ?? versionHere() }
  await signed(board.name, wishes.version, await card(board, wishes))
}

const sign = (): Promise<void> => signed(needed('board'), values.version ?? versionHere(), { root: needed('root'), boot: needed('boot') })

async function signed(board: string, version: string, images: { readonly root: string; readonly boot: string }): Promise<void> {
  mkdirSync(values.out, { recursive: true })
  const out = join(values.out, `parlor-${board}-${version}.raucb`)
  if (existsSync(out)) fail(`${out} is there already`)
  makeBundle({ board, version, root: images.root, boot: images.boot, keys: await keysOf(channel()), out })
  say(`made ${out}`)
}

async function index(): Promise<void> {
  const keys = await keysOf(channel())
  const notes: Notes = values.notes ? JSON.parse(readFileSync(values.notes, 'utf8')) : { en: '', de: '' }
  const path = join(values.out, 'updates.json')
  const entries = files.map((file) => entryOf(file, aboutOf(file, keys.certificate), notes))
  const list = listAfter(lastList(path), channel(), entries)
  mkdirSync(values.out, { recursive: true })
  writeFileSync(path, sealList(list, readFileSync(keys.key, 'utf8')))
  say(`wrote ${path}: number ${list.number}, with ${list.releases.length} updates. Put it and the bundles into one folder of a web server.`)
}

/** What a bundle says of itself, once its signature is ours. */
function aboutOf(file: string, certificate: string): { board: string; version: string } {
  const { status, stdout, stderr } = spawnSync('rauc', ['info', `--keyring=${certificate}`, '--output-format=json', file], {
    encoding: 'utf8',
  })
  if (status !== 0) fail(`${file}: ${stderr.trim().split('\n').at(-1)}`)
  const { compatible, version } = JSON.parse(stdout) as { compatible: string; version: string }
  return { board: compatible.replace(/^parlor-/, ''), version }
}

const versionHere = (): string => (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version

const ORDERS: Readonly<Record<string, () => Promise<void>>> = { key, build, sign, index }
try {
  await (ORDERS[order] ?? (() => fail(`there is no order "${order}"; the beginning of scripts/release lists them`)))()
} catch (error) {
  process.stderr.write(`release: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
