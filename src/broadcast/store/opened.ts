// opened.ts — a recording as its own box reads it: what was private is opened with the key of its run, where the box still has it. The disk has it sealed.
import type { Entry } from '../../wire/manifest.ts'
import type { ObjectName, ObjectPromise } from '../../wire/object.ts'
import { unsealObject, type WatchKey } from '../../wire/watch-key.ts'
import { slotIn } from '../program/seal.ts'
import { Unsealer } from '../reading/unsealer.ts'
import type { FilmSource } from './film.ts'

/** The key of a run; null: it is open, or its key is gone. */
export type KeyOf = (run: number) => WatchKey | null

/** For films, remixes and files of tracks: each entry gives what its own objects hold. */
export const openedFilm = (source: FilmSource, keyOf: KeyOf): FilmSource => ({
  async *told(run) {
    const key = keyOf(run)
    for await (const told of source.told(run)) {
      const { entry, read } = told
      yield entry.lock === undefined ? told : { ...told, read: async (promise) => openIn(entry, promise, await read(promise), key) }
    }
  },
})

/** What an object of this entry holds; null when it is none of it, or the key does not open it. */
export function openIn(entry: Entry, { name }: ObjectPromise, bytes: Uint8Array | null, key: WatchKey | null): Uint8Array | null {
  const slot = slotIn(entry, name)
  return bytes && slot && key && key.lock === entry.lock ? unsealObject(key, slot, bytes) : null
}

/** What the TV shows once more is read from: entries of a time, then what is in them. */
export interface Kept {
  entries(from: number, to: number): AsyncIterable<{ readonly entry: Entry }>
  object(name: ObjectName): Promise<Uint8Array | null>
}
export function openedKept(kept: Kept, key: WatchKey): Kept {
  const unsealer = new Unsealer(key)
  return {
    async *entries(from, to) {
      for await (const told of kept.entries(from, to)) {
        unsealer.hear(told.entry)
        yield told
      }
    },
    object: async (name) => {
      const bytes = await kept.object(name)
      return bytes && unsealer.open(name, new Uint8Array(bytes))
    },
  }
}
