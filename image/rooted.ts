// rooted.ts — the root of a made card as a folder of this machine, for looking into it; it is mounted, and cannot be written.
import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../hw/virtual/cache.ts'

export type Rooted = AsyncDisposable & { readonly tree: string }

/** @param image root.ext4 of a card */
export async function rooted(image: string): Promise<Rooted> {
  const tree = mkdtempSync(join(tmpdir(), 'parlor-root-'))
  await run('mount', ['-t', 'ext4', '-o', 'loop,ro,nosuid,nodev', image, tree])
  return {
    tree,
    [Symbol.asyncDispose]: async () => {
      await run('umount', [tree])
      rmdirSync(tree)
    },
  }
}
