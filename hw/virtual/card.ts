// card.ts — the card of a virtual Pi as this machine reads and writes it while the machine is off: the built card, and what a run has changed
// of it (User-Mode Linux' copy-on-write file, version 3: a header, a bit for each sector that was changed, and the changed sectors
// in their places). The built card is never written.
import { closeSync, existsSync, openSync, readSync, statSync, writeSync } from 'node:fs'

const SECTOR = 512
const MAGIC = 0x4f4f4f4d
const VERSION = 3
const ALIGNMENT = 4096
const LONGEST_PATH = 4096
/** magic, version, mtime, size (u64), sector size, alignment, format; then the path of the built card. All big-endian. */
const FIELDS = 32
const up = (n: number) => Math.ceil(n / ALIGNMENT) * ALIGNMENT
const BITMAP = up(FIELDS + LONGEST_PATH)

export type Partition = { readonly number: number; readonly at: number; readonly length: number }

export class Card implements Disposable {
  readonly size: number
  readonly #built: number
  readonly #builtPath: string
  readonly #changesPath: string
  readonly #data: number
  #changes: number | null

  /** @param changes the file of changes; it need not be there, and appears with the first write */
  constructor(built: string, changes: string) {
    this.#builtPath = built
    this.#changesPath = changes
    this.#built = openSync(built, 'r')
    this.size = statSync(built).size
    this.#data = BITMAP + up(Math.ceil(this.size / SECTOR / 8))
    this.#changes = existsSync(changes) ? openSync(changes, 'r+') : null
  }

  /** @param at where, in bytes; what is behind the end reads as nothing */
  read(at: number, length: number): Buffer {
    const bytes = Buffer.alloc(length)
    readSync(this.#built, bytes, 0, length, at)
    if (this.#changes === null || length === 0) return bytes
    const first = Math.floor(at / SECTOR)
    const last = Math.floor((at + length - 1) / SECTOR)
    const bits = Buffer.alloc((last >> 3) - (first >> 3) + 1)
    readSync(this.#changes, bits, 0, bits.length, BITMAP + (first >> 3))
    for (let sector = first; sector <= last; sector++) {
      if (((bits[(sector >> 3) - (first >> 3)] ?? 0) & (1 << (sector & 7))) === 0) continue
      const from = Math.max(at, sector * SECTOR)
      readSync(this.#changes, bytes, from - at, Math.min(at + length, (sector + 1) * SECTOR) - from, this.#data + from)
    }
    return bytes
  }

  /** Writes whole sectors. @param at a multiple of 512 */
  write(at: number, bytes: Buffer): void {
    if (at % SECTOR !== 0 || bytes.length % SECTOR !== 0) throw new Error('a card is written in whole sectors')
    const changes = this.#begin()
    const first = at / SECTOR
    const last = first + bytes.length / SECTOR - 1
    const bits = Buffer.alloc((last >> 3) - (first >> 3) + 1)
    readSync(changes, bits, 0, bits.length, BITMAP + (first >> 3))
    for (let sector = first; sector <= last; sector++) {
      const place = (sector >> 3) - (first >> 3)
      bits[place] = (bits[place] ?? 0) | (1 << (sector & 7))
    }
    writeSync(changes, bytes, 0, bytes.length, this.#data + at)
    writeSync(changes, bits, 0, bits.length, BITMAP + (first >> 3))
  }

  /** Its partitions, by the numbers that Linux gives them: 1 to 4 stand in the first sector, 5 and more in a chain within the extended one. */
  partitions(): Partition[] {
    const found: Partition[] = []
    let extended = 0
    for (const [index, { type, at, length }] of table(this.read(0, SECTOR)).entries()) {
      if (type === 0) continue
      if (type === 0x05 || type === 0x0f) extended = at
      else found.push({ number: index + 1, at, length })
    }
    let number = 5
    for (let next = extended; next !== 0 && number < 64; number++) {
      const [logical, link] = table(this.read(next, SECTOR))
      if (logical && logical.type !== 0) found.push({ number, at: next + logical.at, length: logical.length })
      next = link && link.type !== 0 ? extended + link.at : 0
    }
    return found
  }

  [Symbol.dispose](): void {
    closeSync(this.#built)
    if (this.#changes !== null) closeSync(this.#changes)
  }

  #begin(): number {
    if (this.#changes !== null) return this.#changes
    const head = Buffer.alloc(BITMAP)
    head.writeUInt32BE(MAGIC, 0)
    head.writeUInt32BE(VERSION, 4)
    head.writeUInt32BE(Math.floor(statSync(this.#builtPath).mtimeMs / 1000), 8)
    head.writeBigUInt64BE(BigInt(this.size), 12)
    head.writeUInt32BE(SECTOR, 20)
    head.writeUInt32BE(ALIGNMENT, 24)
    head.write(this.#builtPath, FIELDS)
    this.#changes = openSync(this.#changesPath, 'w+')
    writeSync(this.#changes, head, 0, head.length, 0)
    writeSync(this.#changes, Buffer.alloc(1), 0, 1, this.#data + this.size - 1)
    return this.#changes
  }
}

/** The four entries of a partition table, in bytes. */
function table(sector: Buffer): { type: number; at: number; length: number }[] {
  if (sector.readUInt16LE(510) !== 0xaa55) return []
  return [446, 462, 478, 494].map((entry) => ({
    type: sector[entry + 4] ?? 0,
    at: sector.readUInt32LE(entry + 8) * SECTOR,
    length: sector.readUInt32LE(entry + 12) * SECTOR,
  }))
}
