// folder.ts — a folder in memory that remembers every write, so that a test can cut the power after any of them.
import type { MediaFolder } from '../../../src/broadcast/store/port.ts'
import { Fault } from '../../../src/lib/fault.ts'

type Op =
  | { readonly do: 'append'; readonly name: string; readonly bytes: Uint8Array }
  | { readonly do: 'truncate'; readonly name: string; readonly length: number }
  | { readonly do: 'replace'; readonly name: string; readonly bytes: Uint8Array }
  | { readonly do: 'remove' | 'sync'; readonly name: string }
  | { readonly do: 'names' }

const SECTOR = 512

export class MemoryFolder implements MediaFolder {
  readonly files = new Map<string, Uint8Array>()
  readonly ops: Op[] = []
  /** Bytes that fit; a write past it is cut in the middle. */
  quota = Number.POSITIVE_INFINITY
  /** What a sync waits for. */
  slow: Promise<void> | null = null

  constructor(files: ReadonlyMap<string, Uint8Array> = new Map()) {
    for (const [name, bytes] of files) this.files.set(name, bytes)
  }
  get used(): number {
    return [...this.files.values()].reduce((sum, { length }) => sum + length, 0)
  }
  async list() {
    return [...this.files.keys()]
  }
  async append(name: string, bytes: Uint8Array) {
    await null
    const room = Math.max(0, this.quota - this.used)
    this.#do({ do: 'append', name, bytes: bytes.slice(0, room) })
    if (room < bytes.length) throw new Fault('disk-full', 'the disk is full')
  }
  async sync(name: string) {
    await this.slow
    this.#do({ do: 'sync', name })
  }
  async release() {}
  async syncNames() {
    this.#do({ do: 'names' })
  }
  async read(name: string, from: number, length: number) {
    return (this.files.get(name) ?? new Uint8Array()).slice(from, from + length)
  }
  async size(name: string) {
    return this.files.get(name)?.length ?? 0
  }
  async truncate(name: string, length: number) {
    this.#do({ do: 'truncate', name, length })
  }
  async remove(name: string) {
    this.#do({ do: 'remove', name })
  }
  async replace(name: string, bytes: Uint8Array) {
    this.#do({ do: 'replace', name, bytes })
  }
  async close() {}

  #do(op: Op): void {
    this.ops.push(op)
    apply(this.files, op)
  }

  /**
   * What is on the disk after a power cut behind the first `count` writes. Everything synced is there; of the rest, sector by sector, what `survives`
   * says. A file's length may have grown before its bytes came: those are zeros then.
   */
  after(count: number, survives: () => boolean): MemoryFolder {
    const ops = this.ops.slice(0, count)
    const files = new Map<string, Uint8Array>()
    for (const [i, op] of ops.entries()) {
      const isKept =
        op.do === 'replace' ||
        ops.slice(i).some((later) => later.do === 'names' || (later.do === 'sync' && 'name' in op && later.name === op.name))
      if (op.do !== 'append') {
        if (isKept || survives()) apply(files, op)
        continue
      }
      const before = files.get(op.name)
      const isNamed = before !== undefined || ops.slice(i).some((later) => later.do === 'names') || survives()
      const isSynced = ops.slice(i).some((later) => later.do === 'sync' && later.name === op.name)
      if (!isNamed) continue
      const bytes = op.bytes.slice()
      if (!isSynced) {
        if (!survives()) {
          files.set(op.name, before ?? new Uint8Array())
          continue
        }
        for (let at = 0; at < bytes.length; at += SECTOR) if (!survives()) bytes.fill(0, at, at + SECTOR)
      }
      apply(files, { ...op, bytes })
    }
    return new MemoryFolder(files)
  }
}

function apply(files: Map<string, Uint8Array>, op: Op): void {
  if (op.do === 'append') {
    const before = files.get(op.name) ?? new Uint8Array()
    const all = new Uint8Array(before.length + op.bytes.length)
    all.set(before)
    all.set(op.bytes, before.length)
    files.set(op.name, all)
  } else if (op.do === 'truncate') files.set(op.name, (files.get(op.name) ?? new Uint8Array()).slice(0, op.length))
  else if (op.do === 'replace') files.set(op.name, op.bytes)
  else if (op.do === 'remove') files.delete(op.name)
}
