// fat.ts — where on a FAT partition the one sector of a small file lies, so that it can be written in place. Reads, never writes.
//
// It knows only what the selector needs (Microsoft's FAT specification 1.03): FAT16 and FAT32, sectors of 512 bytes, a file of exactly one
// sector in the root folder. Every number of the disk is held against its bounds, and whatever is not as expected is refused: a sector that
// is written at the wrong place would be the end of the box.
import { Fault } from '../../lib/fault.ts'

/** Bytes of the partition. Fewer than asked for are an error of the reader. */
export type ReadAt = (at: number, length: number) => Promise<Uint8Array>

const SECTOR = 512
const ENTRY = 32
/** Folders of a card hold a dozen names. */
const MOST_ENTRIES = 4096
const VOLUME_OR_FOLDER = 0x08 | 0x10

const odd = (what: string): Fault => new Fault('selector-odd', `the card's first partition is not as it should be: ${what}`)

type Layout = {
  readonly is32: boolean
  readonly perCluster: number
  readonly fatAt: number
  readonly rootAt: number
  readonly rootSectors: number
  readonly rootCluster: number
  readonly dataAt: number
  readonly clusters: number
}

/**
 * Where the only sector of a file lies, in bytes.
 * @param size of the partition, bytes  @param name as in the folder: 'AUTOBOOTTXT', eight and three letters
 * @throws Fault 'selector-odd' when anything is not exactly as it should be
 */
export async function sectorOf(read: ReadAt, size: number, name: string): Promise<number> {
  const layout = layoutIn(await read(0, SECTOR), size)
  const entries = await rootOf(read, layout)
  const found = entries.filter((entry) => latin(entry.subarray(0, 11)) === name && ((entry[11] ?? 0) & VOLUME_OR_FOLDER) === 0)
  const [entry] = found
  if (!entry || found.length !== 1) throw odd(`${found.length} files are named ${name}`)
  const view = viewOf(entry)
  if (view.getUint32(28, true) !== SECTOR) throw odd(`${name} has ${view.getUint32(28, true)} bytes, not ${SECTOR}`)
  const cluster = view.getUint16(26, true) + (layout.is32 ? view.getUint16(20, true) * 0x10000 : 0)
  if (!(await isLast(read, layout, cluster))) throw odd(`${name} goes on behind its end`)
  return clusterAt(layout, cluster)
}

function layoutIn(boot: Uint8Array, size: number): Layout {
  const view = viewOf(boot)
  if (view.getUint16(510, true) !== 0xaa55) throw odd('no boot sector')
  if (view.getUint16(11, true) !== SECTOR) throw odd(`sectors of ${view.getUint16(11, true)} bytes`)
  const perCluster = view.getUint8(13)
  if (perCluster === 0 || (perCluster & (perCluster - 1)) !== 0) throw odd(`clusters of ${perCluster} sectors`)
  const reserved = view.getUint16(14, true)
  const fats = view.getUint8(16)
  if (reserved === 0 || fats === 0 || fats > 2) throw odd(`${fats} tables behind ${reserved} sectors`)
  const is32 = view.getUint16(22, true) === 0
  const perFat = is32 ? view.getUint32(36, true) : view.getUint16(22, true)
  const rootSectors = Math.ceil((view.getUint16(17, true) * ENTRY) / SECTOR)
  const total = view.getUint16(19, true) || view.getUint32(32, true)
  if (total * SECTOR > size) throw odd(`it is longer (${total} sectors) than its partition`)
  const rootAt = reserved + fats * perFat
  const dataAt = rootAt + rootSectors
  const clusters = Math.floor((total - dataAt) / perCluster)
  // The number of clusters, and nothing else, says which kind it is (page 14).
  if (clusters < 4085 || clusters >= 0x0ffffff5 || clusters >= 65525 !== is32) throw odd(`${clusters} clusters`)
  if (is32 !== (rootSectors === 0)) throw odd(`a root folder of ${rootSectors} sectors`)
  if ((clusters + 2) * (is32 ? 4 : 2) > perFat * SECTOR) throw odd('a table that is too short')
  return { is32, perCluster, fatAt: reserved, rootAt, rootSectors, rootCluster: is32 ? view.getUint32(44, true) : 0, dataAt, clusters }
}

/** All entries of the root folder up to its end. */
async function rootOf(read: ReadAt, layout: Layout): Promise<Uint8Array[]> {
  const found: Uint8Array[] = []
  const take = (bytes: Uint8Array): boolean => {
    for (let at = 0; at + ENTRY <= bytes.length; at += ENTRY) {
      const entry = bytes.subarray(at, at + ENTRY)
      if (entry[0] === 0) return true
      // 0xe5: it was removed. Attributes 0x0f: a part of a long name.
      if (entry[0] !== 0xe5 && ((entry[11] ?? 0) & 0x3f) !== 0x0f) found.push(entry)
    }
    return found.length > MOST_ENTRIES
  }
  if (!layout.is32) {
    take(await read(layout.rootAt * SECTOR, layout.rootSectors * SECTOR))
    return found
  }
  let cluster = layout.rootCluster
  for (let left = MOST_ENTRIES; left > 0; left--) {
    if (take(await read(clusterAt(layout, cluster), layout.perCluster * SECTOR))) return found
    const next = await after(read, layout, cluster)
    if (next >= END_32) return found
    cluster = next
  }
  throw odd('a root folder without an end')
}

const END_16 = 0xfff8
const END_32 = 0x0ffffff8

/** Where a cluster begins, in bytes. */
function clusterAt({ dataAt, perCluster, clusters }: Layout, cluster: number): number {
  if (cluster < 2 || cluster >= clusters + 2) throw odd(`there is no cluster ${cluster}`)
  return (dataAt + (cluster - 2) * perCluster) * SECTOR
}

async function isLast(read: ReadAt, layout: Layout, cluster: number): Promise<boolean> {
  clusterAt(layout, cluster)
  return (await after(read, layout, cluster)) >= (layout.is32 ? END_32 : END_16)
}

/** What stands in the table behind a cluster that is there. */
async function after(read: ReadAt, { is32, fatAt }: Layout, cluster: number): Promise<number> {
  const at = cluster * (is32 ? 4 : 2)
  const sector = await read((fatAt + Math.floor(at / SECTOR)) * SECTOR, SECTOR)
  const view = viewOf(sector)
  return is32 ? view.getUint32(at % SECTOR, true) & 0x0fffffff : view.getUint16(at % SECTOR, true)
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
const latin = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes)
