// publish.ts — what goes with a card that is published: the card compressed, its bill of materials (SPDX 2.3), the list that Raspberry Pi
// Imager reads, the icon that the list names, and the hashes of all of it. The same card gives the same files.
import { spawn } from 'node:child_process'
import { createWriteStream, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { ROOT, say } from '../hw/virtual/cache.ts'
import { need } from '../hw/virtual/need.ts'
import { measure, osList } from './os-list.ts'
import { type Card, epoch } from './recipe.ts'
import { rooted } from './rooted.ts'
import { installedPackages } from './sbom/dpkg.ts'
import { type Lockfile, runningPackages } from './sbom/npm.ts'
import { billOfMaterials, type SpdxDocument } from './sbom/spdx.ts'

/** Imager's icons are small and square, as that of the pages is. */
const ICON = join(ROOT, 'src/web/pages/kit/icon.svg')

export type Publishing = {
  readonly board: string
  readonly architecture: 'amd64' | 'arm64'
  readonly card: Card
  /** Where people will fetch the files; ends in a slash. */
  readonly base: string
  /** Where they are put. */
  readonly folder: string
  /** Is it a card that a board starts from? Imager is told of no other. */
  readonly starts: boolean
}

/** Writes the files. @returns their paths @throws when the card is too large, or the address is none */
export async function publish({ board, architecture, card, base, folder, starts }: Publishing): Promise<readonly string[]> {
  await need('xz-utils')
  mkdirSync(folder, { recursive: true })
  const name = `parlor-${card.version}-${board}`
  const compressed = join(folder, `${name}.img.xz`)
  say('compressing takes ten minutes')
  await compress(card.image, compressed)
  const list = osList({
    ...{ version: card.version, date: epoch(), base, file: basename(compressed) },
    ...{ image: await measure(card.image), compressed: await measure(compressed) },
  })
  const bill = await billOf({ board, architecture, card })
  const offer = [
    ['os_list.json', `${JSON.stringify(list, null, 2)}\n`],
    ['parlor.svg', readFileSync(ICON, 'utf8')],
  ] as const
  const made = [[`${name}.spdx.json`, `${JSON.stringify(bill, null, 2)}\n`] as const, ...(starts ? offer : [])]
  for (const [file, text] of made) writeFileSync(join(folder, file), text)
  const files = [basename(compressed), ...made.map(([file]) => file)].sort()
  const sums = await Promise.all(files.map(async (file) => `${(await measure(join(folder, file))).sha256}  ${file}\n`))
  writeFileSync(join(folder, 'SHA256SUMS'), sums.join(''))
  return [...files, 'SHA256SUMS'].map((file) => join(folder, file))
}

/** The bill of materials of a made card, from what its own root says. */
export async function billOf({ board, architecture, card }: Pick<Publishing, 'board' | 'architecture' | 'card'>): Promise<SpdxDocument> {
  await using root = await rooted(card.root)
  const lock = JSON.parse(readFileSync(join(root.tree, 'opt/parlor/package-lock.json'), 'utf8')) as Lockfile
  return billOfMaterials({
    board,
    version: card.version,
    date: epoch(),
    debian: installedPackages(readFileSync(join(root.tree, 'var/lib/dpkg/status'), 'utf8')),
    npm: runningPackages(lock, architecture === 'arm64' ? 'arm64' : 'x64'),
  })
}

/** xz, which every Imager reads. Blocks of one size and two threads: the bytes do not depend on how many processors there are. */
async function compress(from: string, to: string): Promise<void> {
  const xz = spawn('chrt', ['-i', '0', 'xz', '--threads=2', '--block-size=24MiB', '-6', '--stdout', from], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const file = createWriteStream(to)
  xz.stdout.pipe(file)
  const ended = new Promise<number | null>((done, fail) => xz.once('error', fail).once('close', done))
  await new Promise<void>((done, fail) => file.once('finish', () => done()).once('error', fail))
  const code = await ended
  if (code !== 0) throw new Error(`xz ended with ${code}`)
}
