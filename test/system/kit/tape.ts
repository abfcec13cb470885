// tape.ts — a disk whose every write is known: what a test does to it is taped, and afterwards the disk can be had as it was after any write, or
// after any power cut, which keeps some of what was not flushed and loses the rest.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, fstatSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Null where there can be none; else the reason. */
export const whyNoTape: string | null =
  process.getuid?.() !== 0
    ? 'it needs root, for loop devices'
    : !existsSync('/dev/fuse') || !existsSync('/dev/loop-control')
      ? 'there is no /dev/fuse or no loop device here'
      : null

type Write = { readonly at: number; readonly bytes: Buffer }

export class Tape {
  readonly #tape: string
  readonly #file: string
  readonly #server: ChildProcess
  readonly #before: Buffer
  readonly #loops: string[] = []

  private constructor(tape: string, file: string, server: ChildProcess, before: Buffer) {
    this.#tape = tape
    this.#file = file
    this.#server = server
    this.#before = before
  }

  /** @param image a file; it is changed  @param folder for what this needs */
  static async begin(image: string, folder: string): Promise<Tape> {
    const [file, tape] = [join(folder, 'taped'), join(folder, 'tape')]
    writeFileSync(file, '')
    const before = readFileSync(image)
    const kernel = openSync('/dev/fuse', 'r+')
    const options = 'fd=3,rootmode=100600,user_id=0,group_id=0'
    const stdio = ['ignore', 'pipe', 'inherit', kernel] as const
    execFileSync('mount', ['-i', '-t', 'fuse', '-o', options, 'tape', file], { stdio: [...stdio] })
    const server = spawn(process.execPath, [join(import.meta.dirname, 'tape-fuse.ts'), image, tape], { stdio: [...stdio] })
    closeSync(kernel)
    await once(server.stdout ?? server, 'data')
    return new Tape(tape, file, server, before)
  }

  /** A block device of a part of it. */
  device(at: number, length: number): string {
    const loop = execFileSync('losetup', ['-f', '--show', '-o', `${at}`, '--sizelimit', `${length}`, this.#file], {
      encoding: 'utf8',
    }).trim()
    this.#loops.push(loop)
    return loop
  }

  /** So much of the tape is full, in bytes: a moment to come back to. */
  get now(): number {
    return statSync(this.#tape).size
  }

  /** Ends the taping. Nothing may be mounted any more. */
  async end(): Promise<void> {
    for (const loop of this.#loops) execFileSync('losetup', ['-d', loop])
    execFileSync('umount', ['-l', this.#file])
    if (this.#server.exitCode === null) {
      this.#server.kill('SIGKILL')
      await once(this.#server, 'exit')
    }
  }

  /**
   * The disk at each moment: after each write as if all before had been kept, and, before each flush, with some of what was not flushed.
   * @param random 0 to 1  @param see is given the disk, to look at and not to change, and up to which moment of `now` all was flushed, and written
   */
  async replay(random: () => number, see: (disk: Buffer, flushed: number, written: number) => Promise<void>): Promise<number> {
    const file = openSync(this.#tape, 'r')
    const bytes = readFileSync(file)
    const { size } = fstatSync(file)
    closeSync(file)
    const kept = this.#before
    const ahead = Buffer.from(kept)
    let flushed = 0
    let loose: Write[] = []
    let cuts = 0
    const put = (to: Buffer, { at, bytes }: Write): void => void bytes.copy(to, at)
    for (let here = 0; here + 16 <= size; ) {
      const at = Number(bytes.readBigUInt64LE(here))
      const length = Number(bytes.readBigUInt64LE(here + 8))
      here += 16 + length
      if (length > 0) {
        const write = { at, bytes: bytes.subarray(here - length, here) }
        loose.push(write)
        put(ahead, write)
        await see(ahead, flushed, here)
        cuts++
        continue
      }
      if (loose.length > 1) {
        const some = loose.filter(() => random() < 0.5)
        const before = some.map(({ at, bytes }) => ({ at, bytes: Buffer.from(kept.subarray(at, at + bytes.length)) }))
        for (const write of some) put(kept, write)
        await see(kept, flushed, here)
        cuts++
        for (const write of before.reverse()) put(kept, write)
      }
      for (const write of loose) put(kept, write)
      loose = []
      flushed = here
    }
    return cuts
  }
}
