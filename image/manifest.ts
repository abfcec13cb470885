// manifest.ts — what a tree is, in lines that are the same for the same tree, wherever and in whatever order it was written: so that two
// builds can be compared, and what differs has a name.
import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

/** Path within the tree -> kind, rights, owner, date (s) and content of what is there. */
export type Manifest = ReadonlyMap<string, string>

export function manifestOf(root: string): Manifest {
  const found = new Map<string, string>()
  const walk = (path: string): void => {
    const at = join(root, path)
    const is = lstatSync(at)
    const about = `${(is.mode & 0o7777).toString(8)} ${is.uid}:${is.gid} ${Math.floor(is.mtimeMs / 1000)}`
    if (is.isSymbolicLink()) found.set(path, `link ${is.uid}:${is.gid} ${Math.floor(is.mtimeMs / 1000)} ${readlinkSync(at)}`)
    else if (is.isFile()) found.set(path, `file ${about} ${is.size} ${createHash('sha256').update(readFileSync(at)).digest('hex')}`)
    else if (is.isDirectory()) {
      found.set(path, `folder ${about}`)
      for (const name of readdirSync(at).sort()) walk(`${path}/${name}`)
    } else found.set(path, `other ${about} ${is.mode & 0o170000} ${is.rdev}`)
  }
  for (const name of readdirSync(root).sort()) walk(`/${name}`)
  return found
}

/** One hash for all of it, hex. */
export function hashOf(manifest: Manifest): string {
  const hash = createHash('sha256')
  for (const [path, line] of manifest) hash.update(`${path}\0${line}\n`)
  return hash.digest('hex')
}

/** What two trees do not have in common, a line each. */
export function differences(one: Manifest, other: Manifest): string[] {
  const paths = [...new Set([...one.keys(), ...other.keys()])].sort()
  return paths.flatMap((path) => {
    const [a, b] = [one.get(path), other.get(path)]
    return a === b ? [] : [`${path}: ${a ?? 'is not there'} | ${b ?? 'is not there'}`]
  })
}
