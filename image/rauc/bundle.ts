// bundle.ts — makes an update of two images, and signs it: a RAUC bundle whose every block dm-verity checks.
import { spawnSync } from 'node:child_process'
import { copyFileSync, linkSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isVersion } from '../../src/system/update/version.ts'
import type { Keys } from './keys.ts'

export type Making = {
  readonly board: string
  readonly version: string
  /** Images of the two partitions of a slot: ext4 and FAT. */
  readonly root: string
  readonly boot: string
  readonly keys: Keys
  /** The bundle; it must not be there yet. */
  readonly out: string
}

/** What RAUC reads of a bundle (rauc.readthedocs.io, "Manifest"). RAUC adds hashes and sizes itself. */
export const manifestOf = ({ board, version }: Pick<Making, 'board' | 'version'>): string =>
  `[update]
compatible=parlor-${board}
version=${version}

[bundle]
format=verity

[image.rootfs]
filename=root.ext4

[image.boot]
filename=boot.vfat
`

/** @throws Error with what RAUC said */
export function makeBundle({ root, boot, keys, out, ...what }: Making): void {
  if (!isVersion(what.version)) throw new Error(`"${what.version}" is no version: 0.5.0, or 0.5.0-rc.1`)
  const folder = mkdtempSync(`${out}.`)
  try {
    place(root, join(folder, 'root.ext4'))
    place(boot, join(folder, 'boot.vfat'))
    writeFileSync(join(folder, 'manifest.raucm'), manifestOf(what))
    // zstd: half the time of gzip to read on a small board.
    const args = ['bundle', `--cert=${keys.certificate}`, `--key=${keys.key}`, '--mksquashfs-args=-comp zstd -no-progress', folder, out]
    const { status, stderr, error } = spawnSync('rauc', args, { encoding: 'utf8' })
    if (status !== 0) throw new Error(error ? `rauc cannot be started: ${error.message}` : stderr.trim().split('\n').at(-1))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Without a copy where both are on one disk. */
function place(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch {
    copyFileSync(from, to)
  }
}
