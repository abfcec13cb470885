// bundles.ts — small bundles, real ones and forged ones, in a folder that goes with the test.
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeBundle, manifestOf } from '../../../../image/rauc/bundle.ts'
import { type Keys, makeKeys } from '../../../../image/rauc/keys.ts'

const MB = 1024 * 1024

export class Bundles {
  readonly folder = mkdtempSync(join(tmpdir(), 'parlor-bundles-'))

  /** Two keys: of the release, which the card knows, and of development, which it does not. */
  keys(name: 'release' | 'development'): Promise<Keys> {
    const folder = join(this.folder, name)
    const keys = { key: join(folder, 'key.pem'), certificate: join(folder, 'certificate.pem') }
    return existsSync(keys.key) ? Promise.resolve(keys) : makeKeys(folder, `Parlor ${name}`)
  }

  /** system.conf of a card without its slots: enough to look at a bundle. */
  async conf(): Promise<string> {
    const { certificate } = await this.keys('release')
    const path = join(this.folder, 'system.conf')
    const text = readFileSync(join(import.meta.dirname, '../../../../image/rauc/system.conf.in'), 'utf8')
    const cut = text.slice(0, text.indexOf('[handlers]')).replace('@BOARD@', 'virtual').replace('/etc/rauc/keyring.pem', certificate)
    writeFileSync(path, cut.replace('bootloader=custom', 'bootloader=noop').replace('/state/rauc/status', join(this.folder, 'status')))
    return path
  }

  /** A whole bundle of some megabytes. */
  async make(about: { version?: string; board?: string; by?: 'release' | 'development' } = {}): Promise<string> {
    const { version = '0.5.0', board = 'virtual', by = 'release' } = about
    const out = join(this.folder, `${board}-${version}-${by}.raucb`)
    if (existsSync(out)) return out
    const root = join(this.folder, 'root.ext4')
    const boot = join(this.folder, 'boot.vfat')
    if (!existsSync(root)) writeFileSync(root, randomBytes(3 * MB))
    if (!existsSync(boot)) writeFileSync(boot, randomBytes(MB))
    makeBundle({ version, board, root, boot, keys: await this.keys(by), out })
    return out
  }

  /** The older format, whose blocks nobody checks while they are read. */
  plain(): Promise<string> {
    return this.#strange('plain', (manifest) => manifest.replace('format=verity', 'format=plain'))
  }

  /** Signed and whole, but it brings a boot partition alone. */
  half(): Promise<string> {
    return this.#strange('half', (manifest) => manifest.replace(/\[image.rootfs\][^[]*/, ''))
  }

  /** As no release makes one: RAUC itself is asked. */
  async #strange(name: string, change: (manifest: string) => string): Promise<string> {
    const out = join(this.folder, `${name}.raucb`)
    const folder = join(this.folder, name)
    mkdirSync(folder)
    await this.make()
    const manifest = change(manifestOf({ board: 'virtual', version: '0.5.0' }))
    for (const file of ['root.ext4', 'boot.vfat']) if (manifest.includes(file)) copyFileSync(join(this.folder, file), join(folder, file))
    writeFileSync(join(folder, 'manifest.raucm'), manifest)
    const { key, certificate } = await this.keys('release')
    const { status, stderr } = spawnSync('rauc', ['bundle', `--cert=${certificate}`, `--key=${key}`, folder, out], { encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr)
    return out
  }

  /** A whole one with something changed in it. */
  async forged(name: string, change: (bytes: Buffer, parts: { data: number; tree: number; signature: number }) => Buffer): Promise<string> {
    const bytes = readFileSync(await this.make())
    const length = Number(bytes.readBigUInt64BE(bytes.length - 8))
    const signature = bytes.length - 8 - length
    const tree = signature - 8 * Math.ceil(signature / 1024 / 8) // anywhere near its end
    const out = join(this.folder, `${name}.raucb`)
    writeFileSync(out, change(bytes, { data: MB, tree, signature }))
    return out
  }

  /** As large as it is empty; it takes no room. */
  async huge(bytes: number): Promise<string> {
    const out = join(this.folder, 'huge.raucb')
    copyFileSync(await this.make(), out)
    truncateSync(out, bytes)
    return out
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

export const flip = (bytes: Buffer, at: number): Buffer => {
  bytes[at] = (bytes[at] ?? 0) ^ 1
  return bytes
}
