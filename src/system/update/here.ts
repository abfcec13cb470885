// here.ts — updates as they are on this machine: what the card is, whom it believes, and the folder where bundles wait.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '../../lib/fault.ts'
import { seconds } from '../../lib/unit.ts'
import { ensureDir, readText, remove } from '../disk.ts'
import { RELEASE_FILE, type Release, releaseIn } from '../release.ts'
import { addressOf } from './address.ts'
import { type Bundle, examine, RAUC_CONF } from './bundle.ts'
import { fetchBundle } from './fetch.ts'
import { KEYRING, type Offer, readList } from './list.ts'

/** Where a card says what it is. Other places are for tests. */
export type Places = { readonly release: string; readonly keyring: string; readonly conf: string }
export const PLACES: Places = { release: RELEASE_FILE, keyring: KEYRING, conf: RAUC_CONF }

/** What this card is; null: none of ours. */
export const releaseHere = async (places: Places = PLACES): Promise<Release | null> => releaseIn(await readText(places.release))

/** A bundle, measured by what this card is. @throws as examine() in bundle.ts, Fault 'no-slots' where there is no such card */
export async function examineHere(path: string, signal: AbortSignal, places: Places = PLACES): Promise<Bundle> {
  const release = await releaseHere(places)
  if (!release) throw new Fault('no-slots', 'this machine was not started from a card of ours')
  return examine(path, { board: release.board, runs: release.version, conf: places.conf }, signal)
}

/** @param folder where bundles wait; made when it is needed */
export const worldHere = (folder: string, places: Places = PLACES) => ({
  address: (text: string): URL => addressOf(text),
  list: async (from: URL, signal: AbortSignal) =>
    readList(from, (await readText(places.keyring)) ?? '', AbortSignal.any([signal, AbortSignal.timeout(LIST_MS)])),
  fetch: async (offer: Offer, onProgress: (percent: number) => void, signal: AbortSignal): Promise<string> => {
    await ensureDir(folder)
    const path = join(folder, `${offer.sha256}.raucb`)
    await tidy(folder, offer.sha256)
    await fetchBundle(offer, { path, onProgress }, signal)
    return path
  },
  examine: (path: string, signal: AbortSignal) => examineHere(path, signal, places),
  tidy: () => tidy(folder, null),
})
const LIST_MS = seconds(60)

/** Nothing stays of what was fetched before, but what belongs to one bundle. */
async function tidy(folder: string, but: string | null): Promise<void> {
  const names = await readdir(folder).catch((): string[] => [])
  const old = names.filter((name) => /^[0-9a-f]{64}\.raucb(\.part)?$/.test(name) && (but === null || !name.startsWith(but)))
  await Promise.all(old.map((name) => remove(join(folder, name))))
}
