// places.ts — what a factory reset empties, and what it leaves. Pure.
//
// On a card everything that people have brought is on two partitions, and everything on them goes but what is named: what somebody puts there
// later is gone by itself. Elsewhere, where scripts/install put Parlor on a machine that is somebody's, only what is Parlor's goes.
import { ID } from '../../core/id.ts'

/** A folder that stays and is emptied. */
export type Place = {
  readonly folder: string
  /** all: what is not kept goes. programs: only folders that are called as programs of a broadcast are; a disk of somebody's may hold other things. */
  readonly what: 'all' | 'programs'
  /** Names in it that stay; a/b: of the folder a only b. */
  readonly keeps: readonly string[]
  /** Names in it that are emptied and stay: other folders look into them (bind mounts). */
  readonly empties: boolean
}

/** Where it is written down that the box is to be emptied, what is emptied, and what comes then. */
export type Ground = { readonly mark: string; readonly places: readonly Place[]; readonly after: 'restart' | 'nothing' }

/** `lost+found` belongs to the file system. The state of the two slots says which of them starts, and the clock is nobody's. */
const STATE_KEEPS = ['lost+found', 'update', 'rauc', 'systemd/timesync']

/** @param state the mounted partition STATE, and @param media MEDIA of a card */
export const cardGround = (state = '/state', media = '/media/parlor'): Ground => ({
  mark: `${state}/reset`,
  places: [
    { folder: media, what: 'all', keeps: ['lost+found'], empties: false },
    { folder: state, what: 'all', keeps: [...STATE_KEEPS, 'reset'], empties: true },
  ],
  after: 'restart',
})

/**
 * @param root of the machine  @param recordings the folder that the setting live.folder names; empty: they lie with the rest
 */
export const installedGround = (root: string, recordings: string): Ground => ({
  mark: `${root}/var/lib/parlor-reset`,
  places: [
    ...(recordings === '' ? [] : [{ folder: recordings, what: 'programs' as const, keeps: [], empties: false }]),
    { folder: `${root}/var/lib/parlor`, what: 'all', keeps: [], empties: false },
    // How the box is set is in /var/lib/parlor too; the file of the settings is its owner's, with the passwords that they wrote there.
    { folder: `${root}/etc/parlor`, what: 'all', keeps: [], empties: false },
  ],
  after: 'nothing',
})

/** What stays of a folder that is emptied. */
export const inner = ({ folder, keeps }: Place, name: string): Place => ({
  folder: `${folder}/${name}`,
  what: 'all',
  keeps: keeps.flatMap((kept) => (kept.startsWith(`${name}/`) ? [kept.slice(name.length + 1)] : [])),
  empties: false,
})

/** Of the names in a place those that go. */
export const goers = ({ what, keeps }: Place, names: readonly string[]): string[] =>
  names.filter((name) => !keeps.includes(name) && (what === 'all' || ID.test(name)))
