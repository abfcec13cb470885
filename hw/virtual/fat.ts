// fat.ts — reads files of a FAT partition (FAT16 and FAT32, short and long names), as a Pi's boot ROM does. It writes nothing.
const ENTRY = 32
const LONG = 0x0f
const FOLDER = 0x10
const LABEL = 0x08

/** Bytes of the partition. */
export type Read = (at: number, length: number) => Buffer

type Entry = { readonly name: string; readonly isFolder: boolean; readonly cluster: number; readonly size: number }

export class Fat {
  readonly #read: Read
  readonly #perCluster: number
  /** The table of which cluster follows which. */
  readonly #fat: Buffer
  readonly #root: number
  readonly #rootLength: number
  readonly #data: number
  readonly #is32: boolean
  readonly #rootCluster: number

  /** @throws when this is no FAT partition */
  constructor(read: Read) {
    this.#read = read
    const boot = read(0, 512)
    const sector = boot.readUInt16LE(11)
    if (boot.readUInt16LE(510) !== 0xaa55 || ![512, 1024, 2048, 4096].includes(sector)) throw new Error('this is no FAT partition')
    this.#perCluster = (boot[13] ?? 0) * sector
    const fat = boot.readUInt16LE(14) * sector
    const entries = boot.readUInt16LE(17)
    const fatLength = (boot.readUInt16LE(22) || boot.readUInt32LE(36)) * sector
    this.#is32 = boot.readUInt16LE(22) === 0
    if (this.#perCluster === 0 || fatLength === 0) throw new Error('this is no FAT partition')
    this.#fat = read(fat, fatLength)
    this.#root = fat + (boot[16] ?? 0) * fatLength
    this.#rootLength = entries * ENTRY
    this.#data = this.#root + Math.ceil(this.#rootLength / sector) * sector
    this.#rootCluster = this.#is32 ? boot.readUInt32LE(44) : 0
  }

  /** The bytes of a file, its folders with slashes; whether letters are small or large does not count. Null when there is none. */
  file(path: string): Buffer | null {
    let entries = this.#entries(this.#is32 ? this.#chain(this.#rootCluster) : this.#read(this.#root, this.#rootLength))
    const parts = path.split('/').filter(Boolean)
    for (const [index, part] of parts.entries()) {
      const found = entries.find(({ name }) => name.toLowerCase() === part.toLowerCase())
      const isLast = index === parts.length - 1
      if (!found || found.isFolder === isLast) return null
      if (isLast) return this.#chain(found.cluster, found.size).subarray(0, found.size)
      entries = this.#entries(this.#chain(found.cluster))
    }
    return null
  }

  /** All of a chain of clusters, those that lie behind one another read at once. @throws when it runs in a circle */
  #chain(first: number, size = Number.POSITIVE_INFINITY): Buffer {
    const parts: Buffer[] = []
    let have = 0
    let cluster = first
    const isData = (n: number) => n >= 2 && n < (this.#is32 ? 0x0ffffff7 : 0xfff7)
    while (isData(cluster) && have < size) {
      const from = cluster
      let next = this.#next(cluster)
      while (next === cluster + 1 && have + (next - from) * this.#perCluster < size) {
        cluster = next
        next = this.#next(cluster)
      }
      const length = (cluster - from + 1) * this.#perCluster
      parts.push(this.#read(this.#data + (from - 2) * this.#perCluster, length))
      have += length
      if (have > 2 ** 31) throw new Error('a chain of clusters that does not end')
      cluster = next
    }
    return Buffer.concat(parts)
  }

  #next(cluster: number): number {
    const at = cluster * (this.#is32 ? 4 : 2)
    if (at + 4 > this.#fat.length) return 0
    return this.#is32 ? this.#fat.readUInt32LE(at) & 0x0fffffff : this.#fat.readUInt16LE(at)
  }

  #entries(bytes: Buffer): Entry[] {
    const found: Entry[] = []
    let long = ''
    for (let at = 0; at + ENTRY <= bytes.length && bytes[at] !== 0; at += ENTRY) {
      const entry = bytes.subarray(at, at + ENTRY)
      const attributes = entry[11] ?? 0
      if (entry[0] === 0xe5) long = ''
      else if (attributes === LONG) {
        long = `${Buffer.concat([entry.subarray(1, 11), entry.subarray(14, 26), entry.subarray(28, 32)]).toString('utf16le')}${long}`
      } else {
        const short = [entry.toString('latin1', 0, 8).trimEnd(), entry.toString('latin1', 8, 11).trimEnd()].filter(Boolean).join('.')
        const name = long.split('\0')[0] || short
        long = ''
        if ((attributes & LABEL) !== 0) continue
        const cluster = (this.#is32 ? entry.readUInt16LE(20) * 0x10000 : 0) + entry.readUInt16LE(26)
        found.push({ name, isFolder: (attributes & FOLDER) !== 0, cluster, size: entry.readUInt32LE(28) })
      }
    }
    return found
  }
}
