import { describe, expect, it } from 'vitest'
import { identityFrom } from '../../src/room/identity.ts'
import { hex, plainPrimitives, systemRandom, unhex } from '../../src/wire/crypto.ts'
import { closeEntry, entryBytes, keptEntry, lineOf, openEntry, type ProgramId } from '../../src/wire/manifest.ts'
import { ManifestReader } from '../../src/wire/manifest-reader.ts'
import {
  newWatchSecret,
  SEALED_MORE,
  type Slot,
  type Speaker,
  sealFrame,
  sealObject,
  sealTitle,
  unsealFrame,
  unsealObject,
  unsealTitle,
  watchKey,
  watchSecretIn,
} from '../../src/wire/watch-key.ts'
import vectors from '../vectors/private.json' with { type: 'json' }

const program = vectors.broadcaster.program as ProgramId
const other = '0123456789abcdefghjkmnpqrs' as ProgramId
const secret = watchSecretIn(vectors.secret) ?? newWatchSecret(systemRandom)
const key = watchKey(program, secret)
const ann = identityFrom(unhex(vectors.broadcaster.secretKey))
const slot: Slot = { run: 1_795_000_000_000, track: 1, sequence: 7 }
const plain = Uint8Array.from({ length: 70 }, (_, i) => i)
const flipped = (bytes: Uint8Array, bit: number) => bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))

describe('the key of a private program', () => {
  it('is the same for every version', () => {
    expect({ lock: key.lock, objects: hex(key.objects), chat: hex(key.chat), title: hex(key.title), whep: key.whep }).toEqual({
      lock: vectors.lock,
      ...vectors.keys,
    })
  })
  it('is another one for each program and each secret, and none of its keys is that of another use', () => {
    const all = [key, watchKey(other, secret), watchKey(program, newWatchSecret(systemRandom))]
    const keys = all.flatMap(({ lock, objects, chat, title, whep }) => [lock, hex(objects), hex(chat), hex(title), whep])
    expect(new Set(keys.map((each) => each.slice(0, 32))).size).toBe(15)
  })
  it('is read from what people do to it, and from nothing else', () => {
    expect(watchSecretIn(secret.toLowerCase())).toBe(secret)
    expect(watchSecretIn(secret.replace(/(.{4})/g, '$1-'))).toBe(secret)
    for (const text of ['', 'moderator', secret.slice(1), `${secret}0`, `${secret.slice(0, 25)}U`, 'K'.repeat(100)])
      expect(watchSecretIn(text), text).toBeNull()
  })
})

describe('a sealed object', () => {
  it('is opened from its golden bytes', () => {
    for (const { slot: at, plain: bytes, sealed } of vectors.objects) {
      expect(hex(unsealObject(key, at, unhex(sealed)) ?? new Uint8Array())).toBe(bytes)
      expect(sealed.length / 2).toBe(bytes.length / 2 + SEALED_MORE)
    }
  })
  it('is opened by plain JavaScript, as pages do it', () => {
    const [{ slot: at, sealed, plain: bytes } = { slot, sealed: '', plain: '' }] = vectors.objects.slice(1)
    const numbers = new Uint8Array(14)
    new DataView(numbers.buffer).setBigUint64(0, (BigInt(at.run) << 16n) | (BigInt(at.track) << 8n) | 1n)
    numbers.set([0, 0, 0, 0, 0, at.sequence ?? 0], 8)
    const place = new TextEncoder().encode(`parlor-private-1 object\n${program}`)
    const aad = Uint8Array.from([...place, ...numbers])
    const opened = plainPrimitives.unseal(key.objects, unhex(sealed).subarray(0, 24), aad, unhex(sealed).subarray(24))
    expect(hex(opened ?? new Uint8Array())).toBe(bytes)
  })
  it('is never sealed the same way twice', () => {
    const [one, two] = [sealObject(key, slot, plain, systemRandom), sealObject(key, slot, plain, systemRandom)]
    expect(hex(one)).not.toBe(hex(two))
    expect(hex(one.subarray(0, 24))).not.toBe(hex(two.subarray(0, 24)))
  })
  it('is refused with any one bit flipped, and cut short anywhere', () => {
    const sealed = sealObject(key, slot, plain, systemRandom)
    expect(unsealObject(key, slot, sealed)).toEqual(plain)
    for (let bit = 0; bit < sealed.length * 8; bit++) expect(unsealObject(key, slot, flipped(sealed, bit)), `bit ${bit}`).toBeNull()
    for (let length = 0; length < sealed.length; length++) expect(unsealObject(key, slot, sealed.subarray(0, length))).toBeNull()
  })
  it('is refused in any other place: run, track, sequence, header, program', () => {
    const sealed = sealObject(key, slot, plain, systemRandom)
    const elsewhere: Slot[] = [
      { ...slot, run: slot.run + 1 },
      { ...slot, run: slot.run + 2 ** 32 },
      { ...slot, track: 2 },
      { ...slot, sequence: 8 },
      { ...slot, sequence: 7 + 2 ** 32 },
      { ...slot, sequence: null },
    ]
    for (const at of elsewhere) expect(unsealObject(key, at, sealed), JSON.stringify(at)).toBeNull()
    const header = sealObject(key, { ...slot, sequence: null }, plain, systemRandom)
    expect(unsealObject(key, { ...slot, sequence: 0 }, header)).toBeNull()
    expect(unsealObject({ ...key, program: other }, slot, sealed)).toBeNull()
  })
  it('is refused with another key', () => {
    const sealed = sealObject(key, slot, plain, systemRandom)
    expect(unsealObject(watchKey(program, newWatchSecret(systemRandom)), slot, sealed)).toBeNull()
    expect(unsealObject(watchKey(other, secret), slot, sealed)).toBeNull()
    expect(unsealObject({ ...key, objects: key.chat }, slot, sealed)).toBeNull()
  })
})

describe('an entry of a private program', () => {
  const golden = entryBytes(vectors.entry.line) ?? new Uint8Array()
  const entry = keptEntry(golden, program)

  it('is read from its golden bytes, names its lock, and is written to the same bytes', () => {
    expect(openEntry(golden, program)).toMatchObject({ ok: true, entry: { lock: vectors.lock } })
    expect(entry && lineOf(closeEntry(entry, ann))).toBe(vectors.entry.line)
  })
  it('is of a version of its own, so who does not know private programs refuses it clearly', () => expect(golden[0]).toBe(2))
  it('is signed for with its version and its lock', () => {
    const open = Uint8Array.from([1, ...golden.subarray(1, 84), ...golden.subarray(100)])
    for (const changed of [open, flipped(golden, 8 * 84), flipped(golden, 1)]) expect(openEntry(changed, program).ok).toBe(false)
  })
  it('stays under its lock for a whole run', () => {
    if (!entry) throw new Error('the golden entry is none')
    const tell = (lock: string | null) => {
      const reader = new ManifestReader(program)
      reader.read(golden)
      const { lock: _, ...open } = entry
      const previous = reader.head?.hash ?? new Uint8Array()
      const next = { ...open, number: 1, previous, inits: [], ...(lock === null ? {} : { lock }) }
      const read = reader.read(closeEntry(next, ann))
      return read.ok ? 'taken' : read.why
    }
    expect([tell(vectors.lock), tell(null), tell('0'.repeat(32))]).toEqual([
      'taken',
      'entry under another lock',
      'entry under another lock',
    ])
  })
})

describe('the chat and the title of a private program', () => {
  it('are opened from their golden bytes', () => {
    for (const { by, frame, sealed } of vectors.chat) expect(unsealFrame(key, by as Speaker, sealed, 4096)).toBe(frame)
    expect(unsealTitle(key, unhex(vectors.title.sealed))).toBe(vectors.title.title)
  })
  it('are refused from the other end, with a bit flipped, with another key, and when too long', () => {
    const sealed = sealFrame(key, 'viewer', 'Bravo!', systemRandom)
    const stranger = watchKey(program, newWatchSecret(systemRandom))
    expect(unsealFrame(key, 'viewer', sealed, 6)).toBe('Bravo!')
    expect(unsealFrame(key, 'viewer', sealed, 5)).toBeNull()
    expect(unsealFrame(key, 'box', sealed, 4096)).toBeNull()
    expect(unsealFrame(stranger, 'viewer', sealed, 4096)).toBeNull()
    expect(unsealFrame(key, 'viewer', '{"hello":1}', 4096)).toBeNull()
    expect(unsealFrame(key, 'viewer', `${sealed.slice(0, 40)}${sealed[40] === 'A' ? 'B' : 'A'}${sealed.slice(41)}`, 4096)).toBeNull()
    expect(unsealTitle(stranger, unhex(sealTitle(key, 'A surprise', systemRandom)))).toBeNull()
  })
})
