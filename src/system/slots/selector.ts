// selector.ts — which slot the Pi's firmware starts: read from the card, and changed by one write of one sector.
//
// The file system of the selector's partition is never asked to write: a FAT changes its table, its folder and the file in several writes, and
// a power cut between them leaves a card that starts nothing. Instead the file's one sector is found (fat.ts) and written in place, past all
// caches, by dd: the card takes a sector whole or not at all. What is there must be one of our two texts, before and after.
import { mkdtemp, open, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Fault } from '../../lib/fault.ts'
import { seconds } from '../../lib/unit.ts'
import { faultOf } from '../disk.ts'
import { run } from '../process.ts'
import { SECTOR, sectorFor, slotIn } from './autoboot.ts'
import { sectorOf } from './fat.ts'
import type { Slot } from './slot.ts'

const NAME = 'AUTOBOOTTXT'
/** A card that is tidying itself up takes its time. */
const PATIENCE = seconds(30)

export interface Selector {
  /** @throws Fault 'selector-odd' when there is anything but one of our two texts; Fault 'disk-fault' */
  read(): Promise<Slot>
  /** When it resolves, every start from now on begins this slot. @throws as read; then it starts what it did before, or this one */
  write(slot: Slot): Promise<void>
}

/** @param device of the selector's partition, or a file that holds it (a test) */
export const selectorOn = (device: string): Selector => ({
  read: async () => (await find(device)).slot,
  write: async (slot) => {
    const { at, slot: was } = await find(device)
    if (was !== slot) await put(device, at, sectorFor(slot))
    const is = await find(device)
    if (is.slot !== slot || is.at !== at) throw new Fault('disk-fault', 'the card does not keep which slot it shall start')
  },
})

/** Where the sector is, in bytes, and which slot it starts. */
async function find(device: string): Promise<{ readonly at: number; readonly slot: Slot }> {
  const file = await open(device, 'r').catch((error: unknown) => Promise.reject(faultOf(error, `cannot read ${device}`)))
  try {
    const readAt = async (at: number, length: number): Promise<Uint8Array> => {
      const bytes = new Uint8Array(length)
      const { bytesRead } = await file.read(bytes, 0, length, at)
      if (bytesRead !== length) throw new Fault('selector-odd', "the card's first partition ends too early")
      return bytes
    }
    const at = await sectorOf(readAt, await lengthOf(file), NAME)
    const slot = slotIn(await readAt(at, SECTOR))
    if (!slot) throw new Fault('selector-odd', 'autoboot.txt says what we have not written; it is left as it is')
    return { at, slot }
  } catch (error) {
    throw error instanceof Fault ? error : faultOf(error, `cannot read ${device}`)
  } finally {
    await file.close()
  }
}

/** Bytes of a device or a file: a device says 0 when it is asked as a file, so its last byte is searched. */
async function lengthOf(file: { read(bytes: Uint8Array, into: number, length: number, at: number): Promise<{ bytesRead: number }> }) {
  const has = async (sector: number): Promise<boolean> => (await file.read(new Uint8Array(1), 0, 1, sector * SECTOR)).bytesRead === 1
  let [there, gone] = [0, 1]
  while (gone < 2 ** 32 && (await has(gone))) [there, gone] = [gone, gone * 2]
  while (gone - there > 1) {
    const middle = Math.floor((there + gone) / 2)
    if (await has(middle)) there = middle
    else gone = middle
  }
  return (there + 1) * SECTOR
}

async function put(device: string, at: number, sector: Uint8Array): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'parlor-selector-'))
  try {
    const source = join(folder, 'sector')
    await writeFile(source, sector)
    const where = [`if=${source}`, `of=${await realpath(device)}`, `bs=${SECTOR}`, 'count=1', `seek=${at / SECTOR}`]
    const { ok, err } = await run('dd', [...where, 'conv=notrunc,nocreat', 'oflag=direct,dsync', 'status=none'], { timeLimit: PATIENCE })
    if (!ok) throw new Fault('disk-fault', `the card cannot be told which slot it shall start: ${err.trim()}`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
