// again.ts — is a card the same when it is made again? Makes it a second time in a cache of its own, and compares: the images byte by byte, and
// where the roots differ, file by file, so that it is seen which of them changes from build to build.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CACHE, ROOT } from '../hw/virtual/cache.ts'
import { differences, manifestOf } from './manifest.ts'
import { measure } from './os-list.ts'
import type { Card } from './recipe.ts'
import { rooted } from './rooted.ts'

export type Again = {
  /** Of the images of root, boot partition and whole card: which are not the same. */
  readonly differ: readonly ('root' | 'boot' | 'image')[]
  /** The files of the root that are not the same, a line each. */
  readonly files: readonly string[]
}

/** What no root is made of: not made a second time, however much is. */
const BESIDE = ['kernel', 'rig']

/**
 * @param made the card as it was made  @param board its name
 * @param whole make everything again, Debian's tree and the addons too (takes as long as the first time); else the root out of these, and the card
 */
export async function madeAgain(made: Card, board: string, whole: boolean): Promise<Again> {
  const folder = mkdtempSync(join(process.env.TMPDIR ?? tmpdir(), 'parlor-again-'))
  try {
    const cache = join(folder, 'parlor/virtual-pi')
    mkdirSync(cache, { recursive: true })
    const kept = whole ? BESIDE : readdirSync(CACHE).filter((kind) => kind !== `card-${board}`)
    // The key whose updates a development card takes is the checkout's own.
    const keys = join(CACHE, '..')
    for (const name of readdirSync(keys).filter((name) => name.startsWith('development-')))
      symlinkSync(join(keys, name), join(folder, 'parlor', name))
    for (const kind of kept) if (existsSync(join(CACHE, kind))) symlinkSync(join(CACHE, kind), join(cache, kind))
    const words = ['build', board, '--without-firmware', '--version', made.version]
    const { status } = spawnSync(process.execPath, [join(ROOT, 'image/main.ts'), ...words], {
      env: { ...process.env, XDG_CACHE_HOME: folder },
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    if (status !== 0) throw new Error(`the card could not be made again: ${status}`)
    const kind = join(cache, `card-${board}`)
    const key = readdirSync(kind).find((name) => !name.startsWith('.')) ?? ''
    const again = { image: join(kind, key, 'card.img'), root: join(kind, key, 'root.ext4'), boot: join(kind, key, 'boot.vfat') }
    const differ: Again['differ'][number][] = []
    for (const part of ['root', 'boot', 'image'] as const) {
      if ((await measure(made[part])).sha256 !== (await measure(again[part])).sha256) differ.push(part)
    }
    if (!differ.includes('root')) return { differ, files: [] }
    await using one = await rooted(made.root)
    await using other = await rooted(again.root)
    return { differ, files: differences(manifestOf(one.tree), manifestOf(other.tree)) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
