// board.ts — what differs from card to card: the architecture, Debian packages, and what the board puts into root and boot partition. A
// board's files are in boards/NAME:
//
//   packages       Debian packages beside those of image/packages
//   root           root TREE WORD...: puts into the tree what only this board has. As the machine's root, on a mount of its own
//   boot           boot FOLDER WORD...: puts kernel, config.txt and cmdline.in (src/system/slots/line.ts) into the folder that becomes the boot partition,
//                  and what has to lie on the selector partition into FOLDER/selector
import { join } from 'node:path'
import { benchDebian, kernelPart, librariesPart, rigPart } from '../hw/virtual/parts.ts'

/** What a board brings, made already: paths, which are part of the hash of the card. */
export type Pieces = {
  /** A folder with opt/parlor/node_modules and what else is compiled, for the libraries of this Debian. */
  readonly libraries: string
  /** Words for boards/NAME/root and boards/NAME/boot. */
  readonly root: readonly string[]
  readonly boot: readonly string[]
}

export type Board = {
  readonly name: string
  readonly architecture: 'amd64' | 'arm64'
  /** Where the card is to be for trying it, MB: the file is as large as a card that one buys. Null: as large as what is on it. */
  readonly cardSize: number | null
  readonly pieces: () => Promise<Pieces>
}

/** The virtual Pi: User-Mode Linux, its devices, and the test agent. */
export const virtual: Board = {
  name: 'virtual',
  architecture: 'amd64',
  cardSize: 8000,
  pieces: async () => {
    const kernel = await kernelPart()
    const rig = await rigPart(kernel)
    const libraries = await librariesPart(await benchDebian())
    return { libraries: join(libraries, 'layer'), root: [join(rig, 'agent'), join(rig, 'files')], boot: [join(kernel, 'linux')] }
  },
}

export const BOARDS: Readonly<Record<string, Board>> = { virtual }
