// give.ts — a run of our own tracks as frames for who fetches it (wire/tracks-word.ts), from the place where they are on. Reads no more than it gives.

import { BLOCK, blockCount, type ObjectName } from '../../wire/object.ts'
import { blockFrame, entryFrame, noneFrame, type Place } from '../../wire/tracks-word.ts'
import type { FilmSource } from '../store/film.ts'
import { newIn } from './parcel.ts'

/** @param at where they are; null: at the beginning. Throws a Fault when the disk fails. */
export async function* framesOf(source: FilmSource, run: number, at: Place | null): AsyncGenerator<Uint8Array> {
  const seen = new Set<ObjectName>()
  for await (const { signed, entry, read } of source.told(run)) {
    const all = newIn(entry, seen)
    if (at && entry.number < at.entry) continue
    const here = at?.entry === entry.number ? at : null
    if (!here) yield entryFrame(signed)
    for (const [i, promise] of all.entries()) {
      if (here && i < here.objects) continue
      const bytes = await read(promise)
      if (!bytes) {
        yield noneFrame(promise.name)
        continue
      }
      const from = here && i === here.objects ? Math.min(here.blocks, blockCount(promise.size)) : 0
      for (let block = from; block < blockCount(promise.size); block++)
        yield blockFrame(promise.name, bytes.subarray(block * BLOCK, (block + 1) * BLOCK))
    }
  }
}
