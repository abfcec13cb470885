// bench.ts — a folder for what is in work: MediaFolder, with the paths that GStreamer needs, and gone when it is over.
import { join } from 'node:path'
import { type MediaFolder, openMediaFolder } from '../../system/media-folder.ts'
import type { Bench } from './remix.ts'

export type WorkBench = Bench & { readonly folder: string }

/** Throws a Fault when the folder cannot be made. */
export async function openBench(folder: string): Promise<WorkBench> {
  const files: MediaFolder = await openMediaFolder(folder)
  return {
    folder,
    append: (name, bytes) => files.append(name, bytes),
    read: (name, from, length) => files.read(name, from, length),
    size: (name) => files.size(name),
    remove: (name) => files.remove(name),
    release: (name) => files.release(name),
    path: (name) => join(folder, name),
  }
}
