// disk.ts — the only file that touches files. State survives a power cut at any moment, and belongs to nobody else.
//
// A state file is written as a whole: temporary file, fsync, rename, fsync of the folder. After a power cut one finds the old
// text or the new one, never half of one. Files are 0600, folders 0700.
import { randomBytes } from 'node:crypto'
import { access, constants, mkdir, open, readdir, readFile, realpath, rename, rm, stat, symlink, unlink } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { Fault } from '../lib/fault.ts'

/** The text of a file, or null when there is none. Throws a Fault 'disk-fault' when it is there and cannot be read. */
export async function readText(path: string): Promise<string | null> {
  const bytes = await readBytes(path)
  return bytes === null ? null : new TextDecoder().decode(bytes)
}

/** The bytes of a file, or null when there is none. Throws a Fault 'disk-fault' when it is there and cannot be read. */
export async function readBytes(path: string): Promise<Uint8Array | null> {
  try {
    return await readFile(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw faultOf(error, `cannot read ${path}`)
  }
}

/**
 * Writes a whole file, so that a power cut leaves the old one or the new one. When it resolves, the new one is kept.
 * Throws a Fault 'disk-full' or 'disk-fault'; the old file is untouched then.
 */
export async function writeAtomic(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
    await syncFolder(dirname(path))
  } catch (error) {
    await unlink(temporary).catch(() => {})
    throw faultOf(error, `cannot write ${path}`)
  }
}

/** Writes blanks over all that a file holds, where it lies, and waits until they have reached the disk. */
export async function overwrite(path: string): Promise<void> {
  try {
    const file = await open(path, 'r+')
    try {
      await file.write(Buffer.alloc((await file.stat()).size, ' '), 0, undefined, 0)
      await file.sync()
    } finally {
      await file.close()
    }
  } catch (error) {
    throw faultOf(error, `cannot write over ${path}`)
  }
}

/** Makes a link, or has it lead elsewhere; a power cut leaves the old one or the new one. */
export async function lead(path: string, to: string): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  try {
    await symlink(to, temporary)
    await rename(temporary, path)
    await syncFolder(dirname(path))
  } catch (error) {
    await unlink(temporary).catch(() => {})
    throw faultOf(error, `cannot write ${path}`)
  }
}

/** Makes a folder with all above it, 0700 where it makes one. Throws a Fault when it cannot, or when it could not be written into. */
export async function ensureDir(path: string): Promise<void> {
  try {
    const first = await mkdir(path, { recursive: true, mode: 0o700 })
    if (first !== undefined) await syncFolder(dirname(first))
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw faultOf(error, `cannot use the folder ${path}`)
  }
}

/** Removes what power cuts have left of unfinished writes. Only for who holds the folder's lock. */
export async function sweep(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  await Promise.all(names.filter((name) => /\.[0-9a-f]{12}\.tmp$/.test(name)).map((name) => remove(join(folder, name))))
}

/** Removes a file; nothing happens when there is none. */
export async function remove(path: string): Promise<void> {
  try {
    await rm(path, { force: true })
  } catch (error) {
    throw faultOf(error, `cannot remove ${path}`)
  }
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** The one true path of a folder that is there, without links. */
export async function trueOf(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    throw faultOf(error, `cannot find ${path}`)
  }
}

/** All files below a folder by their path inside it, written with `/`. Empty when there is no such folder. Links are not followed. */
export async function readTree(folder: string): Promise<ReadonlyMap<string, Uint8Array>> {
  try {
    if (
      !(await stat(folder).then(
        (s) => s.isDirectory(),
        () => false,
      ))
    )
      return new Map()
    const found = await readdir(folder, { recursive: true, withFileTypes: true })
    const files = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    const read = files
      .sort()
      .map(async (file) => [file.slice(folder.length).split(sep).filter(Boolean).join('/'), await readFile(file)] as const)
    return new Map(await Promise.all(read))
  } catch (error) {
    throw faultOf(error, `cannot read the folder ${folder}`)
  }
}

/** The names in a folder; none when there is no such folder. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort()
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw faultOf(error, `cannot read the folder ${folder}`)
  }
}

/** Gives a finished file its name. Throws a Fault when it cannot; the file then is where it was. */
export async function giveName(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
    await syncFolder(dirname(to))
  } catch (error) {
    throw faultOf(error, `cannot write ${to}`)
  }
}

/** Removes a folder with all that is in it; nothing happens when there is none. */
export async function removeFolder(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true })
  } catch (error) {
    throw faultOf(error, `cannot remove ${path}`)
  }
}

/** Makes a rename last: the name stands in the folder, and the folder has its own place on the disk. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

export const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')

export function faultOf(error: unknown, what: string): Fault {
  switch (codeOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new Fault('disk-full', `${what}: the disk is full; free some space`, { cause: error })
    case 'EROFS':
      return new Fault('disk-fault', `${what}: the disk is read-only`, { cause: error })
    case 'EACCES':
    case 'EPERM':
      return new Fault('disk-fault', `${what}: this user may not; check who owns it`, { cause: error })
    default:
      return new Fault('disk-fault', `${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}
