// disk.ts — a folder of a real disk, for the store. Files 0600; what is written to stays open until the store is done with it.
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '../../lib/fault.ts'
import type { MediaFolder } from './port.ts'

/** Opens a folder, and makes it where there is none. Throws a Fault when it cannot. */
export async function openMediaFolder(path: string): Promise<MediaFolder> {
  await told(`use the folder ${path}`, () => mkdir(path, { recursive: true, mode: 0o700 }))
  return new DiskFolder(path)
}

class DiskFolder implements MediaFolder {
  readonly #path: string
  readonly #open = new Map<string, Promise<FileHandle>>()

  constructor(path: string) {
    this.#path = path
  }

  list(): Promise<readonly string[]> {
    return told('list the recording', () => readdir(this.#path))
  }

  append(name: string, bytes: Uint8Array): Promise<void> {
    return told(`write ${name}`, async () => {
      const file = await this.#file(name)
      for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten
    })
  }

  sync(name: string): Promise<void> {
    // What is not open here was not written to since it was last kept.
    return told(`keep ${name}`, async () => (await this.#open.get(name))?.datasync())
  }

  syncNames(): Promise<void> {
    return told('keep the folder', () => synced(this.#path))
  }

  read(name: string, from: number, length: number): Promise<Uint8Array> {
    return told(`read ${name}`, async () => {
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
    return told(`look at ${name}`, async () => (await stat(join(this.#path, name)).catch(unlessMissing))?.size ?? 0)
  }

  release(name: string): Promise<void> {
    return told(`close ${name}`, () => this.#shut(name))
  }

  truncate(name: string, length: number): Promise<void> {
    return told(`mend ${name}`, () => truncate(join(this.#path, name), length))
  }

  remove(name: string): Promise<void> {
    return told(`remove ${name}`, async () => {
      await this.#shut(name)
      await rm(join(this.#path, name), { force: true })
    })
  }

  replace(name: string, bytes: Uint8Array): Promise<void> {
    return told(`write ${name}`, async () => {
      const fresh = join(this.#path, `${name}.tmp`)
      const file = await open(fresh, 'w', 0o600)
      try {
        await file.writeFile(bytes)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(fresh, join(this.#path, name))
      await synced(this.#path)
    })
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

async function synced(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')
function unlessMissing(error: unknown): null {
  if (codeOf(error) === 'ENOENT') return null
  throw error
}

async function told<T>(what: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    const isFull = ['ENOSPC', 'EDQUOT'].includes(codeOf(error))
    const why = isFull ? 'the disk is full; free some space' : error instanceof Error ? error.message : String(error)
    throw new Fault(isFull ? 'disk-full' : 'disk-fault', `cannot ${what}: ${why}`, { cause: error })
  }
}
