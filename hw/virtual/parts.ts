// parts.ts — what a virtual Pi is made of, each part made once and kept (cache.ts): kernel, modules, agent, Debian, the npm packages with
// their addons, and the disk, which is all of it with Parlor's sources. A change of Parlor's sources makes only the disk anew (15 s).
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { filesUnder, keyOf, ROOT, run, say, slot } from './cache.ts'
import { need, quietly } from './need.ts'

const HERE = 'hw/virtual'
const at = (...path: string[]) => join(ROOT, HERE, ...path)

/** What the disk holds of the checkout, in /opt/parlor. */
export const PARLOR = [
  'src',
  'scripts',
  'systemd',
  'image/rauc/floor',
  'native',
  'patches',
  'dist/pages',
  'hw/keys',
  'package.json',
  'package-lock.json',
  'vite.config.ts',
  'LICENSE',
]

export type Parts = {
  /** Null: it lies on the disk, and the firmware finds it there (firmware.ts). */
  readonly kernel: string | null
  readonly start: string
  readonly disk: string
}

/** Why no virtual Pi can be built or run on this machine; null when it can. */
export function whyNoVirtualPi(): string | null {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return `it is made for Linux on x86-64, this is ${process.platform} on ${process.arch}`
  if (process.getuid?.() !== 0) return 'it needs root (for its own network, and to make its disk)'
  // What a build needs of Debian's packages it installs by itself, a compiler too (need); elsewhere there is nothing to install it with.
  const missing = ['apt-get', 'dpkg-query', 'chrt', 'flock', 'setpriv', 'ip'].filter((program) => !isHere(program))
  if (missing.length > 0) return `it is made with Debian's tools, and there is no ${missing.join(', ')} here`
  const name = `parlor-try-${process.pid}`
  try {
    execFileSync('ip', ['netns', 'add', name], { stdio: 'pipe' })
    execFileSync('ip', ['-n', name, 'tuntap', 'add', 'tap0', 'mode', 'tap'], { stdio: 'pipe' })
    return null
  } catch (error) {
    return `there are no network namespaces or no TAP here: ${error instanceof Error ? error.message.trim() : error}`
  } finally {
    try {
      execFileSync('ip', ['netns', 'del', name], { stdio: 'pipe' })
    } catch {
      // It was never made; the reason is told above.
    }
  }
}

function isHere(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0
}

/** Everything, made where it is missing. */
export async function parts(): Promise<Parts> {
  const kernel = await kernelPart()
  const rig = await rigPart(kernel)
  const debian = await benchDebian()
  const libraries = await librariesPart(debian)
  return { kernel: join(kernel, 'linux'), start: join(rig, 'start'), disk: join(await diskPart(debian, libraries, rig), 'disk.img') }
}

export async function kernelPart(): Promise<string> {
  const recipe = filesUnder([`${HERE}/kernel`])
  return slot('kernel', keyOf(recipe, sourceVersion()), async (folder) => {
    await need('flex', 'bison', 'bc', 'gcc', 'make', 'xz-utils')
    say('compiling the kernel takes ten minutes of CPU')
    await quietly(at('kernel/build'), [folder])
  })
}

/** The version of Debian's kernel source. */
function sourceVersion(): string {
  const ask = () =>
    /Candidate: (\S+)/.exec(execFileSync('apt-cache', ['policy', 'linux-source-6.1'], { encoding: 'utf8' }))?.[1] ?? '(none)'
  const version = ask()
  if (version !== '(none)') return version
  execFileSync('apt-get', ['update', '-qq'], { stdio: 'inherit' })
  return ask()
}

/** VIRTUAL_PI_WITHOUT=vh264enc,tvshot: while one is being worked on and does not compile, the rest of the bench can be used. */
const isWanted = (name: string) => existsSync(at(name)) && !(process.env.VIRTUAL_PI_WITHOUT ?? '').split(',').includes(name)

/** The agent, what starts the kernel, our modules and our tools: a folder with `agent`, `start` and `files/`. */
export async function rigPart(kernel: string): Promise<string> {
  const modules = ['vh264enc'].filter(isWanted)
  const tools = ['tvshot'].filter(isWanted)
  const sources = filesUnder([`${HERE}/rig/agent.c`, `${HERE}/rig/start.c`, ...[...modules, ...tools].map((name) => `${HERE}/${name}`)])
  return slot('rig', keyOf(sources, kernel), async (folder) => {
    await need('gcc', 'make', 'libc6-dev', 'linux-libc-dev', 'libdrm-dev')
    const files = join(folder, 'files')
    mkdirSync(files)
    for (const name of ['agent', 'start']) await quietly('gcc', ['-O2', '-Wall', '-static', '-o', join(folder, name), at(`rig/${name}.c`)])
    for (const name of modules) {
      const build = copyOf(name, folder)
      await quietly('make', ['-s', '-C', join(kernel, 'tree'), 'ARCH=um', `M=${build}`, 'modules'])
      copyFileSync(join(build, `${name}.ko`), join(files, `${name}.ko`))
    }
    for (const name of tools) {
      const build = copyOf(name, folder)
      await quietly('make', ['-s', '-C', build, 'LDFLAGS=-static'])
      copyFileSync(join(build, name), join(files, name))
    }
    await run('rm', ['-rf', join(folder, 'work')])
  })
}

/** A copy of a folder of ours to build in, so that the checkout stays clean. */
function copyOf(name: string, folder: string): string {
  const build = join(folder, 'work', name)
  for (const file of filesUnder([`${HERE}/${name}`], /\.(o|ko|cmd|mod)$|\.mod\.c$/)) {
    const to = join(build, relative(at(name), file))
    mkdirSync(join(to, '..'), { recursive: true })
    copyFileSync(file, to)
  }
  return build
}

/** Debian packages named in a file of the checkout, one line or many, without its comments. */
export const packagesIn = (file: string): string[] =>
  readFileSync(join(ROOT, file), 'utf8')
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .flatMap((line) => line.split(/\s+/).filter(Boolean))

/**
 * A folder `tree` with Debian and these packages.
 * @param kind the name of its slot: each use has its own  @param architecture as Debian says: amd64, arm64
 */
export function debianPart(kind: string, architecture: string, packages: readonly string[]): Promise<string> {
  const wanted = [...new Set(packages)].sort()
  return slot(kind, keyOf(filesUnder([`${HERE}/rootfs/debian`]), architecture, ...wanted), async (folder) => {
    await need('mmdebstrap', 'debian-archive-keyring')
    await quietly(at('rootfs/debian'), [join(folder, 'tree'), architecture, ...wanted])
  })
}

/** What scripts/setup wants on every box. @param which 'runtime': without compilers */
export async function setupPackages(which?: 'runtime'): Promise<string[]> {
  return (await run(join(ROOT, 'scripts/setup'), ['--list', ...(which ? [which] : [])])).trim().split(/\s+/)
}

/** The Debian of the bench, with compilers. */
export async function benchDebian(): Promise<string> {
  return debianPart('debian', 'amd64', [...packagesIn(`${HERE}/rootfs/packages`), ...(await setupPackages())])
}

/** The npm packages without those for developing, compiled for this Debian. */
export async function librariesPart(debian: string): Promise<string> {
  const key = keyOf(
    filesUnder([
      'package-lock.json',
      'patches',
      'native',
      'scripts/setup',
      'scripts/env',
      `${HERE}/rootfs/libraries`,
      `${HERE}/rootfs/inside`,
      `${HERE}/rootfs/overlay`,
    ]),
    debian,
  )
  return slot('libraries', key, async (folder) => {
    const list = join(folder, 'list')
    writeFileSync(list, `${productionPackages().join('\n')}\n`)
    await quietly(at('rootfs/overlay'), [join(folder, 'layer'), join(debian, 'tree'), at('rootfs/libraries'), ROOT, list])
  })
}

type Lock = { readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly devOptional?: boolean }>> }

function productionPackages(): string[] {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Lock
  return Object.entries(packages)
    .filter(([folder, { dev, devOptional }]) => folder !== '' && !dev && !devOptional && existsSync(join(ROOT, folder)))
    .map(([folder]) => folder)
}

/** The whole disk: `disk.img`, never written by a machine that runs. */
async function diskPart(debian: string, libraries: string, rig: string): Promise<string> {
  if (!existsSync(join(ROOT, 'dist/pages'))) throw new Error('the pages are not built; run scripts/setup first')
  const parlor = filesUnder(PARLOR)
  const rigFiles = ['board', 'autologin.conf', 'parlor-rig-agent.service', 'parlor-rig-board.service', 'parlor-rig-up.service']
  const recipe = filesUnder([`${HERE}/rootfs`, ...rigFiles.map((name) => `${HERE}/rig/${name}`)])
  return slot('disk', keyOf([...parlor, ...recipe], libraries, rig), async (folder) => {
    await need('e2fsprogs')
    const list = join(folder, 'list')
    writeFileSync(list, `${parlor.map((file) => relative(ROOT, file)).join('\n')}\n`)
    const lower = `${join(libraries, 'layer')}:${join(debian, 'tree')}`
    const image = join(folder, 'disk.img')
    await quietly(at('rootfs/overlay'), [
      join(folder, 'layer'),
      lower,
      at('rootfs/image'),
      ROOT,
      list,
      image,
      join(rig, 'agent'),
      join(rig, 'files'),
    ])
    await run('rm', ['-rf', join(folder, 'layer')])
    say(`the disk has ${(statSync(image).blocks / 2048).toFixed(0)} MB`)
  })
}
