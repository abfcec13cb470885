// seal.ts — a private program from its making side: what is cut is sealed before it gets a name, so what opens it never travels beside it. Pure but for the random.
import { type Random, systemRandom } from '../../wire/crypto.ts'
import type { Entry } from '../../wire/manifest.ts'
import type { ObjectName } from '../../wire/object.ts'
import { type Slot, sealObject, unsealObject, type WatchKey } from '../../wire/watch-key.ts'
import type { Cut } from '../cutter/cut.ts'
import type { Update } from '../program.ts'

export const sealCut = (key: WatchKey, run: number, cut: Cut, random: Random = systemRandom): Cut => {
  const slot: Slot = { run, track: cut.track, sequence: cut.is === 'init' ? null : cut.sequence }
  return { ...cut, bytes: sealObject(key, slot, cut.bytes, random) }
}

/** Where an object stands in the entry that names it; null: it does not. */
export function slotIn({ run, inits, parts }: Entry, name: ObjectName): Slot | null {
  const part = parts.find(({ object }) => object.name === name)
  const init = inits.find(({ object }) => object.name === name)
  if (part) return { run, track: part.track, sequence: part.sequence }
  return init ? { run, track: init.track, sequence: null } : null
}

/** The same update with what its objects hold, for what the box itself makes of it; the names stay. What the key does not open is left out. */
export function openUpdate(key: WatchKey, { signed, entry, objects }: Update): Update {
  const opened = objects.flatMap(({ promise, bytes }) => {
    const slot = slotIn(entry, promise.name)
    const plain = slot && unsealObject(key, slot, bytes)
    return plain ? [{ promise, bytes: plain }] : []
  })
  return { signed, entry, objects: opened }
}
