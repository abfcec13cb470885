// recipe.ts — makes a card, each part once and kept (hw/virtual/cache.ts): Debian's packages, the root with Parlor in it, the boot partition,
// and the whole card. Which parts there are for which board says board.ts, what is where on the card layout.ts.
import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { filesUnder, keyOf, ROOT, run, say, slot } from '../hw/virtual/cache.ts'
import { need, quietly } from '../hw/virtual/need.ts'
import { debianPart, PARLOR, packagesIn, setupPackages } from '../hw/virtual/parts.ts'
import { sectorFor } from '../src/system/slots/autoboot.ts'
import { commandLine } from '../src/system/slots/line.ts'
import type { Board, Pieces } from './board.ts'
import { DISK, genimage, SIZE } from './layout.ts'
import { systemConf } from './rauc/conf.ts'
import { keysOf } from './rauc/keys.ts'

export type Card = {
  /** The whole card, to be written to one. */
  readonly image: string
  /** What an update brings: the root file system, and the boot partition (128 MB, without the command line of a slot). */
  readonly root: string
  readonly boot: string
  readonly version: string
}

const HERE = 'image'
const at = (...path: string[]) => join(ROOT, HERE, ...path)
/** Of the recipe: what goes into no file of the card by itself, but says how they are made. */
const RECIPE = ['root', 'close', 'files', 'development', 'rauc/conf.ts', 'rauc/system.conf.in', 'recipe.ts', 'layout.ts', 'board.ts']
const ROOTFS = ['hw/virtual/rootfs', 'hw/virtual/rig']

/** The day that the files of a card bear, and behind which its clock never goes, where SOURCE_DATE_EPOCH does not say: releases do. */
const DAY = '2026-11-01T00:00:00Z'

/** Seconds since 1970. */
export function epoch(): number {
  const said = Number(process.env.SOURCE_DATE_EPOCH)
  return Number.isInteger(said) && said > 0 ? said : Date.parse(DAY) / 1000
}

export const versionHere = (): string => (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version

export type Wishes = {
  /** 'release': known to updates of the release channel alone, no ssh. */
  readonly channel?: 'development' | 'release'
  /** Another than that of package.json. */
  readonly version?: string
}

/** The card of a board, made where it is missing. */
export async function card(board: Board, wishes: Wishes = {}): Promise<Card> {
  const { channel = 'development', version = versionHere() } = wishes
  if (!existsSync(join(ROOT, 'dist/pages'))) throw new Error('the pages are not built; run scripts/setup first')
  const pieces = await board.pieces() // first: for another processor's board, this machine learns to run its programs
  const debian = await debianPart(`card-debian-${board.name}`, board.architecture, [
    ...packagesIn('image/packages'),
    ...packagesIn(`image/boards/${board.name}/packages`),
    ...(await setupPackages('runtime')),
  ])
  const keyring = readFileSync((await keysOf(channel)).certificate, 'utf8')
  const parlor = filesUnder(PARLOR)
  const recipe = filesUnder([...RECIPE.map((name) => `${HERE}/${name}`), `${HERE}/boards/${board.name}`, ...ROOTFS])
  const words = [debian, pieces.libraries, ...pieces.root, ...pieces.boot, keyring, channel, version, `${epoch()}`]
  const made = await slot(`card-${board.name}`, keyOf([...parlor, ...recipe], ...words), async (folder) => {
    await need('e2fsprogs', 'dosfstools', 'mtools', 'genimage', 'fdisk')
    const work = join(folder, 'work')
    mkdirSync(work)
    await rootImage({ board, pieces, debian, keyring, parlor, channel, version, folder })
    await bootImages(board, pieces, folder)
    await quietly('genimage', [
      ...['--config', written(join(work, 'genimage.cfg'), genimage('card.img', 'boot-b.vfat'))],
      ...['--inputpath', folder, '--outputpath', folder, '--rootpath', join(work, 'none'), '--tmppath', join(work, 'tmp')],
    ])
    await run('rm', ['-rf', work, join(folder, 'layer'), join(folder, 'selector.vfat'), join(folder, 'state.ext4')])
    await run('rm', ['-f', join(folder, 'boot-a.vfat'), join(folder, 'boot-b.vfat')])
    const image = join(folder, 'card.img')
    if (board.cardSize) truncateSync(image, board.cardSize * 2 ** 20)
    say(`the root has ${(statSync(join(folder, 'root.ext4')).size / 2 ** 20).toFixed(0)} MB`)
  })
  return { image: join(made, 'card.img'), root: join(made, 'root.ext4'), boot: join(made, 'boot.vfat'), version }
}

function written(path: string, text: string): string {
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
  return path
}

type Making = {
  readonly board: Board
  readonly pieces: Pieces
  readonly debian: string
  /** The certificate whose updates it takes. */
  readonly keyring: string
  readonly parlor: readonly string[]
  readonly channel: string
  readonly version: string
  readonly folder: string
}

/** FOLDER/root.ext4 */
async function rootImage({ board, pieces, debian, keyring, parlor, channel, version, folder }: Making): Promise<void> {
  const { list, extra } = aboutRoot(board.name, channel, version, parlor, join(folder, 'work'))
  written(join(extra, 'etc/rauc/keyring.pem'), keyring)
  const lower = `${pieces.libraries}:${join(debian, 'tree')}`
  const about = [ROOT, list, extra, String(epoch()), channel, join(folder, 'root.ext4')]
  await quietly(join(ROOT, 'hw/virtual/rootfs/overlay'), [
    ...[join(folder, 'layer'), lower, at('root'), ...about],
    ...[at('boards', board.name, 'root'), ...pieces.root],
  ])
}

/** What image/root is given of Parlor: the list of its files, and a folder of files that say which card this is. Written into `folder`. */
export function aboutRoot(
  board: string,
  channel: string,
  version: string,
  parlor: readonly string[],
  folder: string,
): { list: string; extra: string } {
  const extra = join(folder, 'extra')
  const built = new Date(epoch() * 1000).toISOString()
  written(join(extra, 'etc/parlor-release'), `VERSION=${version}\nBOARD=${board}\nCHANNEL=${channel}\nBUILT=${built}\n`)
  written(join(extra, 'etc/rauc/system.conf'), systemConf({ board, disk: DISK, parlor: '/opt/parlor' }))
  return { extra, list: written(join(folder, 'list'), `${parlor.map((file) => relative(ROOT, file)).join('\n')}\n`) }
}

/** A board's command line, with places for what differs from slot to slot (layout.ts). */
export const cmdlineTemplate = (board: string): string => readFileSync(at('boards', board, 'cmdline.in'), 'utf8')

/** FOLDER/boot.vfat, and the images that only the card as a whole is made of. */
async function bootImages(board: Board, pieces: Pieces, folder: string): Promise<void> {
  const boot = join(folder, 'work/boot')
  mkdirSync(boot)
  await quietly(at('boards', board.name, 'boot'), [boot, ...pieces.boot])
  const selector = join(folder, 'work/selector')
  mkdirSync(selector)
  if (existsSync(join(boot, 'selector'))) await run('sh', ['-c', 'mv "$1"/selector/* "$2"/ && rmdir "$1"/selector', 'sh', boot, selector])
  await fat(join(folder, 'boot.vfat'), 'BOOT', SIZE.boot, boot)

  const ofSlotA = join(folder, 'boot-a.vfat')
  copyFileSync(join(folder, 'boot.vfat'), ofSlotA)
  const line = written(join(folder, 'work/cmdline.txt'), commandLine(readFileSync(join(boot, 'cmdline.in'), 'utf8'), DISK, 'A'))
  await intoFat(ofSlotA, [line])
  await fat(join(folder, 'boot-b.vfat'), 'BOOT_B', SIZE.boot, null)

  writeFileSync(join(selector, 'autoboot.txt'), sectorFor('A'))
  await fat(join(folder, 'selector.vfat'), 'SELECTOR', SIZE.selector, selector)

  const state = join(folder, 'state.ext4')
  const uuid = `${DISK}-0000-4000-8000-000000000007`
  writeFileSync(state, '')
  truncateSync(state, SIZE.state * 2 ** 20)
  await ageless('mke2fs', ['-q', '-t', 'ext4', '-b', '4096', '-m', '0', '-L', 'STATE', '-U', uuid, '-E', `hash_seed=${uuid}`, state])
}

/** A program that asks for the date is given that of the card. */
const ageless = (program: string, args: readonly string[]) =>
  run(program, args, {
    env: { ...process.env, SOURCE_DATE_EPOCH: `${epoch()}`, E2FSPROGS_FAKE_TIME: `${epoch()}`, MTOOLS_SKIP_CHECK: '1' },
  })

async function fat(image: string, label: string, megabytes: number, from: string | null): Promise<void> {
  writeFileSync(image, '')
  truncateSync(image, megabytes * 2 ** 20)
  await ageless('mkfs.vfat', ['-F', '32', '-s', megabytes > 64 ? '2' : '1', '-n', label, '-i', DISK, '--invariant', image])
  if (!from) return
  const files = filesUnder([relative(ROOT, from)])
  for (const folder of [...new Set(files.map((file) => relative(from, dirname(file))))].sort()) {
    if (folder !== '') await ageless('mmd', ['-i', image, `::/${folder}`])
    await intoFat(
      image,
      files.filter((file) => relative(from, dirname(file)) === folder),
      folder,
    )
  }
}

async function intoFat(image: string, files: readonly string[], folder = ''): Promise<void> {
  if (files.length === 0) return
  await run('touch', ['-d', `@${epoch()}`, ...files])
  await ageless('mcopy', ['-m', '-o', '-i', image, ...files, `::/${folder}`])
}
