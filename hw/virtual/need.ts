// need.ts — what a build needs of this machine: Debian packages, installed when they are missing, and its processor only when nobody else wants it.
import { execFileSync } from 'node:child_process'
import { run, say } from './cache.ts'

/** Builds are long, and a call on the same machine shall not suffer from them. */
export const quietly = (program: string, args: readonly string[]) => run('chrt', ['-i', '0', program, ...args])

/** Debian packages of this machine that a build needs; installed, and said so, when they are missing. */
export async function need(...packages: readonly string[]): Promise<void> {
  const there = (name: string) => {
    try {
      return /^Status: .* installed$/m.test(execFileSync('dpkg-query', ['-s', name], { encoding: 'utf8', stdio: 'pipe' }))
    } catch {
      return false
    }
  }
  const missing = packages.filter((name) => !there(name))
  if (missing.length === 0) return
  say(`installing ${missing.join(' ')}`)
  await run('apt-get', ['update', '-qq'])
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
}
