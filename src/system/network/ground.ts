// ground.ts — what nm.ts stands on, on a real machine: nmcli, and the two folders of profiles.
import { randomBytes, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { namesIn, readText, remove, writeAtomic } from '../disk.ts'
import { run } from '../process.ts'
import type { NetworkGround, ProfileFolder } from './nm.ts'

/** Where NetworkManager reads what lasts and what passes. */
const KEPT = '/etc/NetworkManager/system-connections'
const PASSING = '/run/NetworkManager/system-connections'

/** None that are taken for one another, on a TV or by a thumb. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789'

/** @param kept where the folder of what lasts may be written: on our card it lies on the partition for state, and is only shown in /etc */
export const networkGround = (kept = KEPT): NetworkGround => ({
  nmcli: (words, timeLimit, signal) => run('/usr/bin/env', ['LC_ALL=C.UTF-8', 'nmcli', ...words], { timeLimit, signal }),
  kept: folder(kept, KEPT),
  passing: folder(PASSING, PASSING),
  uuid: randomUUID,
  letters: (count) =>
    Array.from(randomBytes(4 * count), (byte) => LETTERS[byte & 31] ?? '')
      .join('')
      .slice(0, count),
})

/** @param seen where NetworkManager finds the same folder */
const folder = (path: string, seen: string): ProfileFolder => ({
  names: () => namesIn(path),
  read: (name) => readText(join(path, name)),
  write: async (name, text) => {
    await writeAtomic(join(path, name), text)
    return join(seen, name)
  },
  remove: (name) => remove(join(path, name)),
})
