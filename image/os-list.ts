// os-list.ts — what Raspberry Pi Imager reads to offer the card: one entry of an os_list (github.com/raspberrypi/rpi-imager, doc/json-schema).
// With `init_format: cloudinit` it asks for Wi-Fi, name, language and time zone, and leaves the answers on the card's first FAT partition,
// where the box finds them (src/system/imager). Pure but for `measure`.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'

/** A published card is no larger than this, bytes: people fetch it over slow lines. */
export const MOST_BYTES = 700_000_000

/** Bytes and SHA-256 (hex) of one file. */
export type Measure = { readonly bytes: number; readonly sha256: string }

export type Published = {
  readonly version: string
  /** Seconds since 1970; the day of it is shown. */
  readonly date: number
  /** Where card and icon will lie; ends in a slash. */
  readonly base: string
  /** The name of the compressed file there. */
  readonly file: string
  readonly image: Measure
  readonly compressed: Measure
}

export type OsEntry = {
  readonly name: string
  readonly description: string
  readonly icon: string
  readonly url: string
  readonly website: string
  readonly release_date: string
  readonly extract_size: number
  readonly extract_sha256: string
  readonly image_download_size: number
  readonly image_download_sha256: string
  readonly devices: readonly string[]
  readonly init_format: 'cloudinit'
  readonly architecture: 'armv8'
}

/** Imager's tags of the boards that the card is for; a Zero 2 W goes by that of the Pi 3, whose chip it has. */
const BOARDS = ['pi5-64bit', 'pi4-64bit', 'pi3-64bit'] as const

/** The list. @throws when the card is too large to publish, or the address is none that Imager fetches from */
export function osList(card: Published): { readonly os_list: readonly OsEntry[] } {
  if (card.compressed.bytes > MOST_BYTES) {
    throw new Error(`the compressed card has ${card.compressed.bytes} bytes, and may have ${MOST_BYTES}`)
  }
  if (!/^https?:\/\/.+\/$/.test(card.base)) throw new Error(`${card.base} is no address of a folder (https://HOST/.../)`)
  const entry: OsEntry = {
    name: `Parlor ${card.version}`,
    description: 'Calls on the TV, by a link: a box for the living room. For Raspberry Pi 4, 5 and Zero 2 W',
    icon: new URL('parlor.svg', card.base).href,
    url: new URL(card.file, card.base).href,
    website: card.base,
    release_date: new Date(card.date * 1000).toISOString().slice(0, 10),
    extract_size: card.image.bytes,
    extract_sha256: card.image.sha256,
    image_download_size: card.compressed.bytes,
    image_download_sha256: card.compressed.sha256,
    devices: BOARDS,
    init_format: 'cloudinit',
    architecture: 'armv8',
  }
  return { os_list: [entry] }
}

/** Reads a file once. @throws with the file's name when it cannot be read to its end */
export async function measure(file: string): Promise<Measure> {
  const { size } = await stat(file)
  const hash = createHash('sha256')
  let bytes = 0
  for await (const part of createReadStream(file, { highWaterMark: 1 << 20 })) {
    hash.update(part as Buffer)
    bytes += (part as Buffer).length
  }
  if (bytes !== size) throw new Error(`${basename(file)} changed while it was read`)
  return { bytes, sha256: hash.digest('hex') }
}
