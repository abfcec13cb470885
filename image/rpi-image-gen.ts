// rpi-image-gen.ts — what of the recipe in the terms of rpi-image-gen (image/rpi-image-gen) is derived from the one recipe: the packages, from
// image/packages and what scripts/setup names; the partitions, from layout.ts. Run by itself, it writes the files; a test says when they are old.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../hw/virtual/cache.ts'
import { packagesIn, setupPackages } from '../hw/virtual/parts.ts'
import { DISK, genimage, SIZE } from './layout.ts'

/** The files that are made, by their paths in the checkout. */
export async function derivedFiles(): Promise<ReadonlyMap<string, string>> {
  const packages = [...packagesIn('image/packages'), ...packagesIn('image/boards/arm64/packages'), ...(await setupPackages('runtime'))]
  return new Map([
    ['image/rpi-image-gen/layer/parlor-system.yaml', systemLayer([...new Set(packages)].sort())],
    ['image/rpi-image-gen/image/parlor-card.d/genimage.cfg.in', genimageTemplate()],
  ])
}

function systemLayer(packages: readonly string[]): string {
  return `# Made by image/rpi-image-gen.ts of image/packages, image/boards/arm64/packages and scripts/setup.
# METABEGIN
# X-Env-Layer-Name: parlor-system
# X-Env-Layer-Category: app
# X-Env-Layer-Desc: The Debian packages of a card, those that Parlor runs with among them.
# X-Env-Layer-Version: 1.0.0
# METAEND
---
mmdebstrap:
  packages:
${packages.map((name) => `    - ${name}\n`).join('')}`
}

/** The same card as layout.ts has, with file systems that genimage fills from the tree by their mount points. */
function genimageTemplate(): string {
  const image = (name: string, kind: 'vfat' | 'ext4', label: string, size: number, mountpoint: string, args: string) => `image ${name} {
   ${kind} {
      label = "${label}"
${kind === 'ext4' ? '      use-mke2fs = true\n' : ''}      extraargs = "${args}"
   }
   size = ${size}M
   mountpoint = "${mountpoint}"
}
`
  const uuid = (number: number) => `${DISK}-0000-4000-8000-00000000000${number}`
  return `# Made by image/rpi-image-gen.ts of image/layout.ts.
${image('selector.vfat', 'vfat', 'SELECTOR', SIZE.selector, '/selector', `-F 32 -s 1 -i ${DISK}`)}
${image('boot-a.vfat', 'vfat', 'BOOT', SIZE.boot, '/boot/firmware', `-F 32 -s 2 -i ${DISK}`)}
${image('state.ext4', 'ext4', 'STATE', SIZE.state, '/state', `-m 0 -U ${uuid(7)}`)}
${image('root.ext4', 'ext4', 'ROOT', SIZE.root, '/', `-m 0 -O ^has_journal -U ${uuid(5)}`)}
${genimage('<IMAGE_NAME>.<IMAGE_SUFFIX>', null)}`
}

if (import.meta.main) for (const [path, text] of await derivedFiles()) writeFileSync(join(ROOT, path), text)

/** Whether the files in the checkout are what would be made now. @returns the paths of those that are not */
export async function oldFiles(): Promise<string[]> {
  const here = (path: string): string | null => {
    try {
      return readFileSync(join(ROOT, path), 'utf8')
    } catch {
      return null // it was never made
    }
  }
  return [...(await derivedFiles())].filter(([path, text]) => here(path) !== text).map(([path]) => path)
}
