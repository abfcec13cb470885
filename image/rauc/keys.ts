// keys.ts — where the keys are that sign updates. Never in the tree.
//
//   release       ~/.config/parlor/release, or PARLOR_RELEASE_KEYS: made once by `scripts/release key`, kept by who publishes
//   development   ~/.cache/parlor/development-<checkout>: made when it is first needed, one for each checkout
//
// A card holds the certificate of one channel and no other, so what is signed for development never passes on a released card.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { makeCertificate } from './certificate.ts'

export const CHANNELS = ['development', 'release'] as const
export type Channel = (typeof CHANNELS)[number]

/** Paths of PEM files. */
export type Keys = { readonly key: string; readonly certificate: string }

type Environment = Readonly<Record<string, string | undefined>>
const ROOT = join(import.meta.dirname, '../..')

/** The folder of a channel's keys, whether it is there or not. */
export function folderOf(channel: Channel, env: Environment = process.env): string {
  if (channel === 'release') return env.PARLOR_RELEASE_KEYS ?? join(env.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'parlor/release')
  const mark = createHash('sha256').update(ROOT).digest('hex').slice(0, 12)
  return join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), `parlor/development-${mark}`)
}

const keysIn = (folder: string): Keys => ({ key: join(folder, 'key.pem'), certificate: join(folder, 'certificate.pem') })

/**
 * The keys of a channel. Those for development are made when there are none.
 * @throws Error in a sentence when there is no release key
 */
export async function keysOf(channel: Channel, env: Environment = process.env): Promise<Keys> {
  const folder = folderOf(channel, env)
  const keys = keysIn(folder)
  if (existsSync(keys.key) && existsSync(keys.certificate)) return keys
  if (channel === 'release') throw new Error(`there is no release key in ${folder}; \`scripts/release key\` makes one`)
  return makeKeys(folder, 'Parlor development')
}

/**
 * Makes a key and its certificate in a folder of their own; the key is for its owner alone.
 * @throws Error in a sentence when there is one already: boxes that know it would take no update any more
 */
export async function makeKeys(folder: string, name: string): Promise<Keys> {
  const keys = keysIn(folder)
  if (existsSync(keys.key)) throw new Error(`there is a key in ${folder} already; it stays, because cards out there believe it`)
  const made = await makeCertificate(name)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  // The certificate first, and each by a rename: two who make one at once end with a pair, or with an error.
  for (const [path, text, mode] of [
    [keys.certificate, made.certificate, 0o644],
    [keys.key, made.key, 0o600],
  ] as const) {
    const half = `${path}.${process.pid}`
    writeFileSync(half, text, { mode, flag: 'wx' })
    renameSync(half, path)
  }
  return keys
}
