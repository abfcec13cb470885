// parts.ts — what rpi-image-gen needs of this checkout to make the same card (image/rpi-image-gen): the compiled packages, and what image/root
// is given. Put into a folder, as a person builds the card there on another machine, perhaps as another user.
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { filesUnder, ROOT, run } from '../hw/virtual/cache.ts'
import { PARLOR } from '../hw/virtual/parts.ts'
import { sectorFor } from '../src/system/slots/autoboot.ts'
import { commandLine } from '../src/system/slots/line.ts'
import { arm64 } from './arm64.ts'
import { DISK } from './layout.ts'
import { keysOf } from './rauc/keys.ts'
import { aboutRoot, cmdlineTemplate, epoch } from './recipe.ts'

/** Fills `folder`, which is emptied before. */
export async function partsFor(folder: string, channel: 'development' | 'release', version: string): Promise<void> {
  const { libraries } = await arm64(null).pieces()
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const { extra } = aboutRoot('arm64', channel, version, filesUnder(PARLOR), folder)
  copyFileSync((await keysOf(channel)).certificate, join(extra, 'etc/rauc/keyring.pem'))
  mkdirSync(join(folder, 'libraries'))
  await run('cp', ['-r', join(libraries, 'opt'), join(folder, 'libraries')])
  writeFileSync(join(folder, 'epoch'), `${epoch()}\n`)
  writeFileSync(join(folder, 'cmdline.txt'), commandLine(cmdlineTemplate('arm64'), DISK, 'A'))
  writeFileSync(join(folder, 'autoboot.txt'), sectorFor('A'))
}

/** Where image/rpi-image-gen looks for them. */
export const PARTS = join(ROOT, 'image/rpi-image-gen/parts')
