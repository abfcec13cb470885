// page-files.ts — the built pages, held in memory and compressed once, when first asked for.
//
// They are looked up by their name in a map, never by a path on a disk: there is nothing to climb out of.
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

export type Encoding = 'br' | 'gzip' | 'identity'
export type Sent = {
  readonly bytes: Uint8Array
  readonly encoding: Encoding
  readonly etag: string
  readonly type: string
  readonly cache: string
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json',
  map: 'application/json',
  webmanifest: 'application/manifest+json',
  svg: 'image/svg+xml',
  png: 'image/png',
  jpg: 'image/jpeg',
  ico: 'image/x-icon',
  wasm: 'application/wasm',
  txt: 'text/plain; charset=utf-8',
}
const PACKED = new Set(['html', 'js', 'css', 'json', 'map', 'webmanifest', 'svg', 'wasm', 'txt'])
/** Bytes; what is shorter does not gain by it. */
const WORTH_PACKING = 512

const squeeze = {
  br: promisify((bytes: Uint8Array, done: (error: Error | null, result: Uint8Array) => void) =>
    brotliCompress(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }, done),
  ),
  gzip: promisify((bytes: Uint8Array, done: (error: Error | null, result: Uint8Array) => void) => gzip(bytes, { level: 9 }, done)),
}

type File = { readonly bytes: Uint8Array; readonly ending: string; readonly etag: string; readonly cache: string }

export class PageFiles {
  readonly #files: ReadonlyMap<string, File>
  readonly #packed = new Map<string, Promise<Uint8Array>>()

  /** @param files bytes by path, like `index.html` or `assets/home-2o_xvY4T.js` */
  constructor(files: ReadonlyMap<string, Uint8Array>) {
    this.#files = new Map([...files].map(([path, bytes]) => [path, fileOf(path, bytes)]))
  }

  get size(): number {
    return this.#files.size
  }

  has(path: string): boolean {
    return this.#files.has(path)
  }

  /** A file as this browser likes it best; null when there is none of that name. */
  async send(path: string, acceptEncoding: string): Promise<Sent | null> {
    const file = this.#files.get(path)
    if (!file) return null
    const type = TYPES[file.ending] ?? 'application/octet-stream'
    const encoding = file.bytes.length >= WORTH_PACKING && PACKED.has(file.ending) ? best(acceptEncoding) : 'identity'
    const plain = { type, cache: file.cache, etag: `"${file.etag}"`, encoding: 'identity', bytes: file.bytes } as const
    if (encoding === 'identity') return plain
    const bytes = await this.#pack(path, file.bytes, encoding)
    return bytes.length < file.bytes.length ? { ...plain, encoding, bytes, etag: `"${file.etag}-${encoding}"` } : plain
  }

  #pack(path: string, bytes: Uint8Array, encoding: 'br' | 'gzip'): Promise<Uint8Array> {
    const name = `${encoding} ${path}`
    const packed = this.#packed.get(name) ?? squeeze[encoding](bytes)
    this.#packed.set(name, packed)
    return packed
  }
}

function fileOf(path: string, bytes: Uint8Array): File {
  const ending = /\.([a-z0-9]+)$/.exec(path)?.[1] ?? ''
  const etag = createHash('sha256').update(bytes).digest('base64url').slice(0, 22)
  const cache = path.startsWith('assets/') ? 'public, max-age=31536000, immutable' : ending === 'html' ? 'no-store' : 'no-cache'
  return { bytes, ending, etag, cache }
}

/** The best of ours among what a browser takes (RFC 9110, 12.5.3); a weight of zero means no. */
function best(accept: string): Encoding {
  const takes = (name: string) =>
    accept
      .toLowerCase()
      .split(',')
      .some((part) => {
        const [what, ...rest] = part.split(';').map((each) => each.trim())
        return what === name && !rest.some((each) => /^q=0(\.0*)?$/.test(each))
      })
  return takes('br') ? 'br' : takes('gzip') ? 'gzip' : 'identity'
}
