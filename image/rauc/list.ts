// list.ts — the list of updates that boxes read, signed by the key that signs the bundles (src/wire/updates.ts says how it looks).
import { createHash, sign } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { sealedUpdatesIn, UPDATES, type UpdateList, type UpdateRelease, updateListIn } from '../../src/wire/updates.ts'

/** What is new, in the two languages of the box. */
export type Notes = UpdateRelease['notes']

/** @param about what `rauc info` says of the bundle */
export function entryOf(bundle: string, about: { readonly board: string; readonly version: string }, notes: Notes): UpdateRelease {
  const sha256 = createHash('sha256').update(readFileSync(bundle)).digest('hex')
  return { ...about, url: basename(bundle), sha256, size: statSync(bundle).size, notes }
}

/** One list more, with the number behind that of the last: a version of a board that is in it again takes the place of the old one. */
export function listAfter(last: UpdateList | null, channel: UpdateList['channel'], entries: readonly UpdateRelease[]): UpdateList {
  const stays = (last?.releases ?? []).filter((old) => !entries.some((each) => each.version === old.version && each.board === old.board))
  return { number: (last?.number ?? 0) + 1, channel, releases: [...stays, ...entries] }
}

/** @param key PEM */
export function sealList(list: UpdateList, key: string): string {
  const signed = JSON.stringify(list)
  if (!updateListIn(signed)) throw new Error('this would be no list of updates that a box understands: look at its notes and addresses')
  const signature = sign('sha256', Buffer.from(signed), key).toString('base64')
  return `${JSON.stringify({ parlor: UPDATES, signed, signature })}\n`
}

/** The list in a file that we have signed before; null: there is no such file. @throws Error when it is something else */
export function lastList(path: string): UpdateList | null {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return null
  }
  const sealed = sealedUpdatesIn(text)
  const list = sealed && updateListIn(sealed.signed)
  if (!list) throw new Error(`${path} is no list of updates`)
  return list
}
