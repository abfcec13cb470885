// floor.ts — the version floor inside RAUC: floor.ts MANIFEST RELEASE ends well when what the manifest brings is not older than what
// the release file says that runs. RAUC calls it (image/rauc/floor) when dm-verity already holds the bundle fast, so that nobody can give
// another one between our look and the installation.
import { readText } from '../disk.ts'
import { releaseIn } from '../release.ts'
import { compareVersions, isVersion } from './version.ts'

/** Why a bundle may not come after what runs, in a sentence; null: it may. */
export function whyBelow(manifest: string, runs: string): string | null {
  const version = /^version=(.*)$/m.exec(manifest)?.[1]?.trim() ?? ''
  if (!isVersion(version)) return 'the bundle does not say its version'
  return compareVersions(version, runs) < 0 ? `${version} is older than ${runs}, which runs` : null
}

if (import.meta.main) {
  const [manifest = '', release = ''] = process.argv.slice(2)
  const runs = releaseIn(await readText(release))
  const why = runs ? whyBelow((await readText(manifest)) ?? '', runs.version) : `${release} does not say what runs`
  if (why) process.stderr.write(`parlor: ${why}\n`)
  process.exitCode = why ? 1 : 0
}
