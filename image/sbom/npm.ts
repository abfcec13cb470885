// npm.ts — which npm packages a box runs with, as package-lock.json says (lockfile version 3). Pure.

export type NpmPackage = {
  readonly name: string
  readonly version: string
  /** An SPDX expression, as its author wrote it; null where they did not. */
  readonly license: string | null
  /** SHA-512 of what npm fetched, in hex; null where the lockfile has none. */
  readonly sha512: string | null
  /** `name@version` of the packages that it asks for, sorted. */
  readonly needs: readonly string[]
}

export type Lockfile = {
  readonly version: string
  readonly license?: string
  readonly packages: Readonly<Record<string, Entry>>
}

type Entry = {
  readonly version?: string
  readonly license?: string
  readonly integrity?: string
  readonly dev?: boolean
  readonly devOptional?: boolean
  readonly cpu?: string | readonly string[]
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const ENDING = 'node_modules/'

/**
 * What is installed on a box with this processor, sorted, each name and version once; and what Parlor itself asks for.
 * @param cpu as npm names it: arm64, x64
 */
export function runningPackages(lock: Lockfile, cpu: string): { packages: NpmPackage[]; roots: string[] } {
  const isThere = (folder: string): boolean => {
    const entry = lock.packages[folder]
    if (!entry || entry.dev || entry.devOptional) return false
    return entry.cpu === undefined || [entry.cpu].flat().includes(cpu)
  }
  const named = (folder: string): string => `${nameOf(folder)}@${lock.packages[folder]?.version ?? ''}`
  const needsOf = (folder: string): string[] => {
    const { dependencies, optionalDependencies } = lock.packages[folder] ?? {}
    const found = Object.keys({ ...dependencies, ...optionalDependencies }).flatMap((name) => placeOf(folder, name))
    return [...new Set(found.filter(isThere).map(named))].sort()
  }
  /** Where Node finds `name` for who lives in `folder`: beside it, or further out. */
  const placeOf = (folder: string, name: string): string[] => {
    for (let from: string | undefined = folder; from !== undefined; from = outside(from)) {
      const there = from === '' ? ENDING + name : `${from}/${ENDING}${name}`
      if (lock.packages[there]) return [there]
    }
    return []
  }
  const packages = new Map<string, NpmPackage>()
  for (const folder of Object.keys(lock.packages).filter((folder) => folder !== '' && isThere(folder))) {
    const { version = '', license = null, integrity } = lock.packages[folder] ?? {}
    const [, base64] = /^sha512-([A-Za-z0-9+/=]+)$/.exec(integrity ?? '') ?? []
    const sha512 = base64 === undefined ? null : Buffer.from(base64, 'base64').toString('hex')
    packages.set(named(folder), { name: nameOf(folder), version, license, sha512, needs: needsOf(folder) })
  }
  const sorted = [...packages.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
  return { packages: sorted, roots: needsOf('') }
}

const nameOf = (folder: string): string => folder.slice(folder.lastIndexOf(ENDING) + ENDING.length)

/** The folder that this one lives in; undefined behind the root. */
function outside(folder: string): string | undefined {
  if (folder === '') return undefined
  return folder.slice(0, Math.max(folder.lastIndexOf(ENDING) - 1, 0))
}
