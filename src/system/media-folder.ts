// media-folder.ts — a flat folder for what grows and is kept while it grows, like recordings (broadcast/store/port.ts says what it promises).
//
// Files are 0600; what is written to stays open until its owner is done with it, so that adding to it and keeping it cost one call each.
import { type FileHandle, open, readdir, rm, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, ensureDir, faultOf, syncFolder, writeAtomic } from './disk.ts'

/** Opens a folder, and makes it where there is none. Throws a Fault when it cannot. */
export async function openMediaFolder(path: string): Promise<MediaFolder> {
  await ensureDir(path)
  return new MediaFolder(path)
}

export class MediaFolder {
  readonly #path: string
  readonly #open = new Map<string, Promise<FileHandle>>()

  constructor(path: string) {
    this.#path = path
  }

  list(): Promise<readonly string[]> {
    return told(`cannot list ${this.#path}`, () => readdir(this.#path))
  }

  append(name: string, bytes: Uint8Array): Promise<void> {
    return told(`cannot write ${name}`, async () => {
      const file = await this.#file(name)
      for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten
    })
  }

  sync(name: string): Promise<void> {
    // What is not open here was not written to since it was last kept.
    return told(`cannot keep ${name}`, async () => (await this.#open.get(name))?.datasync())
  }

  syncNames(): Promise<void> {
    return told(`cannot keep ${this.#path}`, () => syncFolder(this.#path))
  }

  read(name: string, from: number, length: number): Promise<Uint8Array> {
    return told(`cannot read ${name}`, async () => {
      const file = await open(join(this.#path, name), 'r').catch(unlessMissing)
      if (!file) return new Uint8Array()
      try {
        const bytes = new Uint8Array(Math.min(length, Math.max(0, (await file.stat()).size - from)))
        let at = 0
        for (let got = 1; got > 0 && at < bytes.length; at += got)
          got = (await file.read(bytes, at, bytes.length - at, from + at)).bytesRead
        return bytes.subarray(0, at)
      } finally {
        await file.close()
      }
    })
  }

  size(name: string): Promise<number> {
    return told(`cannot look at ${name}`, async () => (await stat(join(this.#path, name)).catch(unlessMissing))?.size ?? 0)
  }

  release(name: string): Promise<void> {
    return told(`cannot close ${name}`, () => this.#shut(name))
  }

  truncate(name: string, length: number): Promise<void> {
    return told(`cannot mend ${name}`, () => truncate(join(this.#path, name), length))
  }

  remove(name: string): Promise<void> {
    return told(`cannot remove ${name}`, async () => {
      await this.#shut(name)
      await rm(join(this.#path, name), { force: true })
    })
  }

  replace(name: string, bytes: Uint8Array): Promise<void> {
    return writeAtomic(join(this.#path, name), bytes)
  }

  async close(): Promise<void> {
    for (const name of [...this.#open.keys()]) await this.#shut(name)
  }

  #file(name: string): Promise<FileHandle> {
    const file = this.#open.get(name) ?? open(join(this.#path, name), 'a', 0o600)
    this.#open.set(name, file)
    file.catch(() => this.#open.delete(name))
    return file
  }

  async #shut(name: string): Promise<void> {
    const file = this.#open.get(name)
    this.#open.delete(name)
    await (await file)?.close()
  }
}

function unlessMissing(error: unknown): null {
  if (codeOf(error) === 'ENOENT') return null
  throw error
}

async function told<T>(what: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw faultOf(error, what)
  }
}
