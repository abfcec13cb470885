// bundle.ts — whether a file is an update for this card: signed by who may, whole to the last byte, for this board, not older than what
// runs. Everything in the file is a stranger's until RAUC has verified its signature. Nothing is written.
//
// RAUC looks again at all of it when it installs (signature, board, dm-verity, and floor.ts for the age), on what nobody can exchange any
// more; here it is so that people are told before, and that a slot is not touched for a bundle which could never be whole.
import { type FileHandle, open } from 'node:fs/promises'
import { stripVTControlCharacters } from 'node:util'
import { Refusal } from '../../lib/fault.ts'
import { seconds } from '../../lib/unit.ts'
import { LARGEST_BUNDLE } from '../../wire/updates.ts'
import { run } from '../process.ts'
import { isWhole } from './verity.ts'
import { compareVersions, isVersion } from './version.ts'

/** What a bundle brings. */
export type Bundle = {
  readonly version: string
  /** Of the whole file, bytes. */
  readonly size: number
}

/** What it is measured by. */
export type Here = {
  readonly board: string
  /** The version that runs. */
  readonly runs: string
  /** RAUC's system.conf. */
  readonly conf: string
}

export const RAUC_CONF = '/etc/rauc/system.conf'

/**
 * Looks at a whole bundle; takes a few seconds.
 * @throws Refusal 'update-unreadable' | 'update-unsigned' | 'update-format' | 'update-damaged' | 'update-board' | 'update-older'
 */
export async function examine(path: string, { board, runs, conf }: Here, signal: AbortSignal): Promise<Bundle> {
  const file = await open(path).catch(() => null)
  if (file === null) throw new Refusal('update-unreadable', `there is no file ${path} that can be read`)
  try {
    const { size, signature } = await trailerOf(file)
    const told = await whatRaucTells(path, conf, signal)
    if (told.compatible !== `parlor-${board}`)
      throw new Refusal('update-board', `this update is for another kind of box (${told.compatible}); this one is parlor-${board}`)
    if (!isVersion(told.version)) throw new Refusal('update-older', 'this update does not say its version')
    if (compareVersions(told.version, runs) < 0)
      throw new Refusal('update-older', `this update (${told.version}) is older than what runs (${runs})`)
    if (!told.isWholeSystem) throw new Refusal('update-format', 'this update does not bring a whole system: a boot partition and a root')
    if (!(await isWhole(file, { both: size - 8 - signature, salt: told.salt, root: told.root }, signal)))
      throw new Refusal('update-damaged', 'this update is damaged: not all of it is what was signed; download it again')
    return { version: told.version, size }
  } finally {
    await file.close()
  }
}

/** A bundle ends with its signature and, in 8 bytes, how long that is. */
async function trailerOf(file: FileHandle): Promise<{ size: number; signature: number }> {
  const about = await file.stat()
  if (!about.isFile()) throw new Refusal('update-unreadable', 'an update is a file')
  const { size } = about
  if (size > LARGEST_BUNDLE) throw new Refusal('update-unreadable', 'this file is too large for an update')
  const end = Buffer.alloc(8)
  const { bytesRead } = size < MAGIC.length + 8 ? { bytesRead: 0 } : await file.read(end, 0, 8, size - 8)
  const signature = bytesRead === 8 ? Number(end.readBigUInt64BE()) : 0
  const begin = Buffer.alloc(MAGIC.length)
  await file.read(begin, 0, begin.length, 0)
  if (signature === 0 || signature > LONGEST_SIGNATURE || signature + 8 >= size || !begin.equals(MAGIC))
    throw new Refusal('update-unreadable', 'this file is no update, or not all of it is there')
  return { size, signature }
}
/** Of squashfs. */
const MAGIC = Buffer.from('hsqs')
/** RAUC's own limit for a signature with its manifest. */
const LONGEST_SIGNATURE = 64 * 1024

type Told = { version: string; compatible: string; isWholeSystem: boolean; salt: Buffer; root: Buffer }

/** What RAUC says of a bundle after it has verified the signature. */
async function whatRaucTells(path: string, conf: string, signal: AbortSignal): Promise<Told> {
  const { ok, out, err } = await run('rauc', ['--conf', conf, 'info', '--output-format=readable', path], { timeLimit: seconds(60), signal })
  signal.throwIfAborted()
  if (!ok) throw refusalOf(err)
  const of = (name: RegExp): string => name.exec(out)?.[1] ?? ''
  const images = [...stripVTControlCharacters(out).matchAll(/^\s*\[(\w+)\]$/gm)].map(([, kind]) => kind)
  const told = {
    isWholeSystem: images.includes('boot') && images.includes('rootfs'),
    compatible: of(/^Compatible:\s*'([^']{1,60})'/m),
    version: of(/^Version:\s*'([^']{1,80})'/m),
    salt: Buffer.from(of(/^\s*Verity Salt:\s*'([0-9a-f]{64})'/m), 'hex'),
    root: Buffer.from(of(/^\s*Verity Hash:\s*'([0-9a-f]{64})'/m), 'hex'),
  }
  if (told.root.length !== 32) throw new Refusal('update-format', 'this update is in a format that this box does not take')
  return told
}

/** What RAUC wrote when it would not have a bundle, as ours. */
export function refusalOf(said: string): Refusal {
  // Only of a plain bundle does RAUC want that nobody else may write it meanwhile, which it may ask for as root alone.
  if (/format '\w+' not allowed|unsupported bundle format|exclusive bundle access/i.test(said))
    return new Refusal('update-format', 'this update is in a format that this box does not take: only verity bundles are')
  if (/signature|certificate|verif/i.test(said) && !/Invalid bundle format/i.test(said))
    return new Refusal('update-unsigned', 'this update is not signed by who may update this box, or its signature is damaged')
  return new Refusal('update-unreadable', 'this file is no update, or not all of it is there')
}
