// list.ts — the signed list of updates: read as from a stranger, believed when the certificate of this card says so, and what of it is newer.
import { createPublicKey, verify, X509Certificate } from 'node:crypto'
import { Fault, Refusal } from '../../lib/fault.ts'
import { LONGEST_LIST, sealedUpdatesIn, type UpdateList, type UpdateRelease, updateListIn } from '../../wire/updates.ts'
import type { Release } from '../release.ts'
import { addressOf } from './address.ts'
import { readSmall } from './fetch.ts'
import { compareVersions, isVersion } from './version.ts'

/** Certificates that may sign updates of this card, PEM. */
export const KEYRING = '/etc/rauc/keyring.pem'

/** An update that this card could have. */
export type Offer = Pick<UpdateRelease, 'version' | 'sha256' | 'size' | 'notes'> & { readonly url: string }

/**
 * Reads and believes a list.
 * @throws Refusal 'update-unreadable' or 'update-unsigned'; Fault 'updates-away' when it cannot be had
 */
export async function readList(from: URL, keyring: string, signal: AbortSignal): Promise<UpdateList> {
  return believedList(await readSmall(from, LONGEST_LIST, signal), keyring)
}

/** @param text as it came  @param keyring PEM, one certificate or more  @throws Refusal 'update-unreadable', 'update-unsigned' */
export function believedList(text: string, keyring: string): UpdateList {
  const sealed = sealedUpdatesIn(text)
  if (!sealed) throw new Refusal('update-unreadable', 'what is at the address of updates is no list of updates')
  const signature = Buffer.from(sealed.signature, 'base64')
  const signed = Buffer.from(sealed.signed)
  if (!certificatesIn(keyring).some((key) => verify('sha256', signed, key, signature)))
    throw new Refusal('update-unsigned', 'the list of updates is not signed by who may update this box')
  const list = updateListIn(sealed.signed)
  if (!list) throw new Refusal('update-unreadable', 'the list of updates needs a newer Parlor than this one')
  return list
}

function certificatesIn(pem: string) {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  const keys = found.map((each) => createPublicKey(new X509Certificate(each).publicKey.export({ type: 'spki', format: 'pem' })))
  if (keys.length === 0) throw new Fault('disk-fault', `there is no certificate in ${KEYRING}`)
  return keys
}

/** The newest of a list that is newer than what runs, for this board and channel; null: there is none. @param from where the list was */
export function offerIn(list: UpdateList, from: URL, { version, board, channel }: Release): Offer | null {
  if (list.channel !== channel) return null
  const newer = list.releases
    .filter((each) => each.board === board && isVersion(each.version) && compareVersions(each.version, version) > 0)
    .sort((a, b) => compareVersions(b.version, a.version))[0]
  if (!newer) return null
  const { version: offered, sha256, size, notes, url } = newer
  return { version: offered, sha256, size, notes, url: addressOf(url, from).href }
}
